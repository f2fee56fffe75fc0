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

describe('a query that the validator refuses', () => {
	test.each([
		[
			"SELECT contact_id FROM contact_data WHERE CONTAINS(email, 'a')",
			"unsupported SQL function: 'CONTAINS'",
		],
		[
			'SELECT contact_id FROM contact_data WHERE last_opened > 1',
			"illegal column name: 'last_opened' referenced for table: 'contact_data'",
		],
		['SELECT id FROM contacts', "illegal table name: 'contacts'"],
		[
			'SELECT c.contact_id FROM contact_data c JOIN opens o ON c.contact_id = o.contact_id',
			"illegal table name: 'opens'",
		],
		["email LIKE '%@example.com'", 'invalid query: it must begin with SELECT'],
		['DELETE FROM contact_data', 'invalid query: it must begin with SELECT'],
	])('%s', async (query_dsl, message) => {
		const refused = { errors: [{ field: 'query_dsl', message }] };
		const created = await send(sim, 'POST', SEGMENTS, { name: 'New', query_dsl });
		expect([created.status, created.json]).toEqual([400, refused]);
		expect(sim.segments.size).toBe(0);

		const segment = sim.addSegment();
		const before = { ...segment };
		const updated = await send(sim, 'PATCH', `${SEGMENTS}/${segment.id}`, { query_dsl });
		expect([updated.status, updated.json]).toEqual([400, refused]);
		expect(segment).toEqual(before);
	});

	test.each([
		"SELECT contact_id FROM contact_data WHERE city = 'from nowhere, contains (last_opened)'",
		'-- from nowhere\nselect c.contact_id from contact_data c join event_data e on c.contact_id = e.contact_id',
	])('is not %s', async (query_dsl) => {
		expect((await send(sim, 'POST', SEGMENTS, { name: 'New', query_dsl })).status).toBe(201);
	});
});

describe('an update within five minutes of the last change', () => {
	const message = 'Update request came too soon, please wait 5 minutes before trying again';
	const rename = async (id: string, name: string) =>
		await send(sim, 'PATCH', `${SEGMENTS}/${id}`, { name });

	test('is accepted unless that is set', async () => {
		const { id } = sim.addSegment();
		expect((await rename(id, 'A')).status).toBe(200);
		expect((await rename(id, 'B')).status).toBe(200);
	});

	test('is refused until five minutes after its creation, and after each update', async () => {
		sim.updateTooSoon = { status: 429 };
		const body = { name: 'New', query_dsl: 'SELECT 1' };
		const { id } = (await send(sim, 'POST', SEGMENTS, body)).json;
		for (const name of ['A', 'B']) {
			const refused = await rename(id, name);
			expect([refused.status, refused.json.errors]).toEqual([429, [{ field: null, message }]]);
			expect([...refused.headers.keys()].filter((key) => key.startsWith('x-ratelimit'))).toEqual(
				[],
			);
			sim.clock.advance(5 * 60_000);
			expect((await rename(id, name)).json.name).toBe(name);
		}
	});

	test('has the status that is set, with the usual headers if it is not 429', async () => {
		sim.updateTooSoon = { status: 400 };
		const { status, headers } = await rename(sim.addSegment().id, 'A');
		expect([status, headers.get('x-ratelimit-limit')]).toEqual([400, '600']);
	});

	test('does not hold up a delete', async () => {
		sim.updateTooSoon = { status: 429 };
		const { id } = sim.addSegment();
		expect((await send(sim, 'DELETE', `${SEGMENTS}/${id}`)).status).toBe(202);
	});
});

test.each([
	['array' as const, []],
	['null' as const, null],
	['absent' as const, undefined],
])('lists without entries are sent as %s if that is set', async (emptyLists, sent) => {
	sim.emptyLists = emptyLists;
	const get = async (path: string) => JSON.parse((await send(sim, 'GET', path)).text);
	const searched = await send(sim, 'POST', '/v3/marketing/singlesends/search', {});
	expect((await get(SEGMENTS)).results).toEqual(sent);
	expect((await get('/v3/marketing/lists')).result).toEqual(sent);
	expect(JSON.parse(searched.text).result).toEqual(sent);
	sim.addSegment();
	expect((await get(SEGMENTS)).results).toHaveLength(1);
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
	expect((await send(sim, 'PATCH', path, { query_dsl: 'SELECT 1' })).json.status).toEqual(invalid);
	sim.queryRules = [];
	expect((await send(sim, 'PATCH', path, { query_dsl: 'SELECT 2' })).json.status).toEqual({
		query_validation: 'VALID',
	});
});
