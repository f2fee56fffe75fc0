import { SEGMENTS, send, sim, useSimulator } from './client';

const MISSING = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';

useSimulator({ refreshSeconds: Infinity, countSeconds: Infinity });

describe('Get', () => {
	test('leaves the sample out with contacts_sample=false only', async () => {
		const path = `${SEGMENTS}/${sim.addSegment().id}?contacts_sample=`;
		expect((await send(sim, 'GET', `${path}false`)).json).not.toHaveProperty('contacts_sample');
		expect((await send(sim, 'GET', `${path}true`)).json).toHaveProperty('contacts_sample');
		expect((await send(sim, 'GET', `${path}no`)).status).toBe(400);
	});

	test('takes an ID in any letter case', async () => {
		const { id } = sim.addSegment({ id: 'AAAAAAAA-0000-4000-8000-000000000001' });
		expect(id).toBe('aaaaaaaa-0000-4000-8000-000000000001');
		const { json } = await send(sim, 'GET', `${SEGMENTS}/${id.toUpperCase()}`);
		expect(json.id).toBe(id);
	});
});

test.each(['GET', 'PATCH', 'DELETE'])(
	'%s: 404 if there is none, 400 if it is no UUID',
	async (method) => {
		const body = method === 'PATCH' ? { name: 'New' } : undefined;
		const missing = await send(sim, method, `${SEGMENTS}/${MISSING}`, body);
		expect(missing.status).toBe(404);
		expect(missing.json).toEqual({ errors: [{ field: null, message: expect.any(String) }] });
		for (const id of [
			'abc',
			'',
			`x${MISSING}`,
			`${MISSING}%0A`,
			encodeURIComponent('../x'),
			'a'.repeat(10_000),
		]) {
			const answer = await send(sim, method, `${SEGMENTS}/${id}`, body);
			expect(answer.status).toBe(400);
			expect(answer.json.errors).toHaveLength(1);
		}
	},
);

describe('Create', () => {
	const valid = { name: 'New', query_dsl: 'SELECT contact_id FROM contact_data' };

	test('a name of 100 characters is taken, characters outside the BMP counted once', async () => {
		const answer = await send(sim, 'POST', SEGMENTS, { ...valid, name: '😀'.repeat(100) });
		expect(answer.status).toBe(201);
	});

	test.each([
		['name', { query_dsl: 'x' }],
		['name', { ...valid, name: '' }],
		['name', { ...valid, name: 'x'.repeat(101) }],
		['name', { ...valid, name: 5 }],
		['query_dsl', { name: 'New' }],
		['query_dsl', { ...valid, query_dsl: ' \n' }],
		['parent_list_ids', { ...valid, parent_list_ids: MISSING }],
		['parent_list_ids', { ...valid, parent_list_ids: ['abc'] }],
		['parent_list_ids', { ...valid, parent_list_ids: [MISSING, MISSING] }],
		[null, 'not JSON'],
		[null, '[]'],
		[null, undefined],
	])('400 with the field %s', async (field, body) => {
		const { status, json } = await send(sim, 'POST', SEGMENTS, body);
		expect(status).toBe(400);
		expect(json.errors.map((entry) => entry.field)).toEqual([field]);
		expect(sim.segments.size).toBe(0);
	});

	test('404 if the parent list does not exist; none and an empty array are fine', async () => {
		const withMissing = { ...valid, parent_list_ids: [MISSING] };
		expect((await send(sim, 'POST', SEGMENTS, withMissing)).status).toBe(404);
		expect(sim.segments.size).toBe(0);
		expect((await send(sim, 'POST', SEGMENTS, { ...valid, parent_list_ids: [] })).status).toBe(201);
	});
});

describe('Update', () => {
	test('its own name is no conflict, that of another is', async () => {
		const [own, other] = sim.addSegments(2);
		const path = `${SEGMENTS}/${own.id}`;
		expect((await send(sim, 'PATCH', path, { name: own.name })).status).toBe(200);
		const { status, json } = await send(sim, 'PATCH', path, { name: other.name });
		expect([status, json.errors[0].field]).toEqual([400, 'name']);
	});

	test.each([
		['name', { name: '' }],
		['query_dsl', { name: 'New', query_dsl: ' ' }],
		['parent_list_ids', { name: 'New', parent_list_ids: [] }],
		[null, {}],
		[null, '"New"'],
	])('400 with the field %s, and nothing changes', async (field, body) => {
		const segment = sim.addSegment();
		const before = { ...segment };
		const { status, json } = await send(sim, 'PATCH', `${SEGMENTS}/${segment.id}`, body);
		expect([status, json.errors[0].field]).toEqual([400, field]);
		expect(segment).toEqual(before);
	});
});

test('queries are judged again when they are changed, and only then', async () => {
	const invalid = { query_validation: 'INVALID', error_message: 'no such column' } as const;
	const { id } = sim.addSegment();
	sim.queryRules = [{ initialStatus: invalid }];
	const path = `${SEGMENTS}/${id}`;
	const renamed = await send(sim, 'PATCH', path, { name: 'New' });
	expect(renamed.json.status).toEqual({ query_validation: 'VALID' });
	expect((await send(sim, 'PATCH', path, { query_dsl: 'x' })).json.status).toEqual(invalid);
	sim.queryRules = [];
	expect((await send(sim, 'PATCH', path, { query_dsl: 'y' })).json.status).toEqual({
		query_validation: 'VALID',
	});
});

test.each(['0', '1001', 'x', '1.5'])('lists: 400 for page_size=%s', async (size) => {
	expect((await send(sim, 'GET', `/v3/marketing/lists?page_size=${size}`)).status).toBe(400);
});
