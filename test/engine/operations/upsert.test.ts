import type { IDataObject } from 'n8n-workflow';
import {
	byId,
	CONTINUE,
	expectFailure,
	jsonOf,
	pairsOf,
	readOf,
	run,
	sent,
	simulator,
	useSimulator,
} from '../helpers';
import type { NodeRun } from '../harness';

useSimulator();

const LIST = 'GET /v3/marketing/segments/2.0';
const CREATE = 'POST /v3/marketing/segments/2.0';
const change = (id: string) => `PATCH /v3/marketing/segments/2.0/${id}`;

const upsert = async (
	items: Array<{ name: string; query?: string }>,
	parameters: IDataObject = {},
	settings: Partial<NodeRun> = {},
) =>
	await run(
		{
			operation: 'upsert',
			name: '={{ $json.name }}',
			queryDsl: '={{ $json.query ?? "SELECT 1" }}',
			...parameters,
		},
		{ items, ...CONTINUE, ...settings },
	);

const createdOf = (items: Awaited<ReturnType<typeof upsert>>['success']) =>
	jsonOf(items).map(({ created }) => created);

it('creates a segment if the name is new', async () => {
	const { id: list } = simulator.addList({ name: 'Newsletter' });
	const { success } = await upsert([{ name: 'New' }], { parentListId: byId(list) });
	expect(sent()).toEqual([LIST, CREATE]);
	const [segment] = simulator.segments.values();
	expect(segment).toMatchObject({ name: 'New', query_dsl: 'SELECT 1', parent_list_ids: [list] });
	expect(success).toEqual([
		{
			json: expect.objectContaining({ segment_id: segment.id, segment_name: 'New', created: true }),
			pairedItem: { item: 0 },
		},
	]);
});

it('gives the query to the segment of exactly this name', async () => {
	const { id } = simulator.addSegment({ name: 'Known', query_dsl: 'SELECT 0' });
	for (const name of ['known', 'Known ', 'Known 2']) simulator.addSegment({ name });
	const { success } = await upsert([{ name: 'Known' }]);
	expect(sent()).toEqual([LIST, readOf(id), change(id)]);
	expect(simulator.log[2].body).toEqual({ query_dsl: 'SELECT 1' });
	expect(jsonOf(success)).toMatchObject([
		{ segment_id: id, segment_name: 'Known', query_dsl: 'SELECT 1', created: false },
	]);
	expect(simulator.segments.size).toBe(4);
});

it('the second item of one name and query finds the segment of the first', async () => {
	const { success } = await upsert([{ name: 'New' }, { name: 'New' }]);
	const [{ id }] = simulator.segments.values();
	expect(sent()).toEqual([LIST, CREATE, readOf(id)]);
	expect(createdOf(success)).toEqual([true, false]);
	expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 1 }]);
});

it('items of one name with different queries follow each other', async () => {
	const queries = ['SELECT 1', 'SELECT 2', 'SELECT 3'];
	const { success } = await upsert(queries.map((query) => ({ name: 'New', query })));
	expect(createdOf(success)).toEqual([true, false, false]);
	expect(jsonOf(success).map(({ query_dsl }) => query_dsl)).toEqual(queries);
	const [{ id, query_dsl }] = simulator.segments.values();
	expect(query_dsl).toBe('SELECT 3');
	expect(sent()).toEqual([LIST, CREATE, readOf(id), change(id), readOf(id), change(id)]);
});

it.each([
	['none', 'one'],
	['one', 'none'],
	['one', 'other'],
])('a segment on %s list cannot move to %s', async (has, wanted) => {
	const lists: Record<string, string> = {
		none: '',
		one: simulator.addList({ name: 'One' }).id,
		other: simulator.addList({ name: 'Other' }).id,
	};
	const { id } = simulator.addSegment({
		name: 'Known',
		parent_list_ids: has === 'none' ? null : [lists[has]],
	});
	const { success } = await upsert([{ name: 'Known' }], { parentListId: byId(lists[wanted]) });
	expectFailure(success[0], {
		message: "'Parent List' differs from that of the existing segment",
		description: expect.stringContaining("SendGrid cannot change a segment's parent list."),
		segment_id: id,
	});
	expect(sent()).toEqual([LIST]);
});

it('the same parent list is no difference', async () => {
	const { id: list } = simulator.addList({ name: 'One' });
	simulator.addSegment({ name: 'Known', parent_list_ids: [list] });
	const { success } = await upsert([{ name: 'Known' }], { parentListId: byId(list.toUpperCase()) });
	expect(createdOf(success)).toEqual([false]);
});

it('creates nothing if the list cannot be read', async () => {
	const body = { errors: [{ message: 'access forbidden' }] };
	simulator.fault({ status: 403, body, times: Infinity });
	const { success } = await upsert([{ name: 'A' }, { name: 'B' }]);
	for (const item of success) {
		expectFailure(item, {
			message: 'The API key has no access to Marketing segments',
			http_status: 403,
		});
	}
	expect(sent()).toEqual([LIST, LIST]);
});

it('an item finds what an earlier one of its name created without an answer', async () => {
	simulator.fault({
		drop: 'beforeAnswer',
		apply: 'after',
		match: ({ method }) => method === 'POST',
	});
	const { success } = await run(
		{ operation: 'upsert', name: 'New', queryDsl: '={{ $json.query }}' },
		{ items: ['SELECT 1', 'SELECT 2', 'SELECT 1'].map((query) => ({ query })), ...CONTINUE },
	);
	expect(success[0].json.error).toBeDefined();
	expect(jsonOf(success.slice(1))).toMatchObject([{ created: false }, { created: false }]);
	expect(simulator.requests('POST')).toHaveLength(1);
	expect([...simulator.segments.values()]).toMatchObject([{ name: 'New', query_dsl: 'SELECT 1' }]);
});

it('Retry On Fail finds what an uncertain try created', async () => {
	simulator.fault({
		match: ({ method }) => method === 'POST',
		drop: 'beforeAnswer',
		apply: 'after',
	});
	const { success } = await upsert([{ name: 'New' }], {}, { retryOnFail: true });
	expect(jsonOf(success)).toMatchObject([{ segment_name: 'New', query_dsl: 'SELECT 1' }]);
	expect(simulator.segments.size).toBe(1);
	expect(simulator.requests('POST')).toHaveLength(1);
});
