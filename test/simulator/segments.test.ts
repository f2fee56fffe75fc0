import { refresh, SEGMENTS, send, sim, useSimulator } from './client';

const MISSING = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';

useSimulator({ refreshSeconds: Infinity, countSeconds: Infinity });

describe('Create', () => {
	const valid = { name: 'New', query_dsl: 'SELECT contact_id FROM contact_data' };

	test.each([
		['name', { ...valid, name: 'x'.repeat(101) }],
		['query_dsl', { ...valid, query_dsl: ' \n' }],
		['parent_list_ids', { ...valid, parent_list_ids: ['abc'] }],
		[null, 'not JSON'],
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

test('an ID in capital letters is the same segment, list and import', async () => {
	const { id: list } = sim.addList({ name: 'Customers' });
	const { id } = sim.addSegment({ parent_list_ids: [list] });
	const { id: job } = sim.addImport();
	const upper = (value: string) => value.toUpperCase();
	const get = async (path: string) => (await send(sim, 'GET', path)).json;
	expect((await get(`${SEGMENTS}/${upper(id)}`)).id).toBe(id);
	expect((await get(`${SEGMENTS}?ids=${upper(id)}`)).results).toHaveLength(1);
	expect((await get(`${SEGMENTS}?parent_list_ids=${upper(list)}`)).results).toHaveLength(1);
	expect((await get(`/v3/marketing/contacts/imports/${upper(job)}`)).id).toBe(job);
	expect((await refresh(sim, upper(id))).status).toBe(202);
	expect((await send(sim, 'DELETE', `${SEGMENTS}/${upper(id)}`)).status).toBe(202);
	expect(sim.segments.size).toBe(0);
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
		['parent_list_ids', { name: 'New', parent_list_ids: [] }],
		[null, {}],
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
