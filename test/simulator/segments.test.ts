import { refresh, SEGMENTS, send, sim, useSimulator } from './client';

useSimulator({ refreshSeconds: Infinity, countSeconds: Infinity });

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

test.each([
	"SELECT contact_id FROM contact_data WHERE city = 'from nowhere, contains (last_opened)'",
	'-- from nowhere\nselect c.contact_id from contact_data c join event_data e on c.contact_id = e.contact_id',
])('the validator does not refuse %s', async (query_dsl) => {
	expect((await send(sim, 'POST', SEGMENTS, { name: 'New', query_dsl })).status).toBe(201);
});

describe('an update within five minutes of the last change', () => {
	const rename = async (id: string, name: string) =>
		await send(sim, 'PATCH', `${SEGMENTS}/${id}`, { name });

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

test('its own name is no conflict for an update, that of another is', async () => {
	const [own, other] = sim.addSegments(2);
	const path = `${SEGMENTS}/${own.id}`;
	expect((await send(sim, 'PATCH', path, { name: own.name })).status).toBe(200);
	const { status, json } = await send(sim, 'PATCH', path, { name: other.name });
	expect([status, json.errors[0].field]).toEqual([400, 'name']);
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
