import { randomUUID } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import { startSimulator } from '../../../simulator';
import {
	CONTINUE,
	credentials,
	expectFailure,
	jsonOf,
	pairsOf,
	run,
	sent,
	simulator,
	useSimulator,
} from '../helpers';
import type { NodeRun } from '../harness';

useSimulator();

const LIST = '/v3/marketing/segments/2.0';

const getAll = async (parameters: IDataObject = {}, settings: Partial<NodeRun> = {}) =>
	await run({ operation: 'getAll', ...parameters }, settings);

const filtered = async (filters: IDataObject) => {
	const { success } = await getAll({ returnAll: true, filters });
	return jsonOf(success)
		.map(({ segment_name }) => segment_name)
		.sort();
};

/** Segments A and B on list 1, C on list 2, D on none. */
function addFour() {
	const [one, two] = ['One', 'Two'].map((name) => simulator.addList({ name }).id);
	const parents = { 'A first': [one], 'B second': [one], 'C FIRST': [two], 'D %_.* (x)': [] };
	const ids = Object.entries(parents).map(
		([name, parent_list_ids]) => simulator.addSegment({ name, parent_list_ids }).id,
	);
	return { one, two, ids, names: Object.keys(parents) };
}

it('lists segments, simplified, all paired with the item that asked', async () => {
	const [older, newer] = simulator.addSegments(2, (index) => ({ refreshes_used: index }));
	const { success } = await getAll({}, { items: [{}, {}] });

	expect(sent()).toEqual([`GET ${LIST}`]);
	expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 0 }, { item: 1 }, { item: 1 }]);
	expect(success[0].json).toEqual({
		segment_id: newer.id,
		segment_name: newer.name,
		contacts_count: 2,
		status: 'VALID',
		error_message: null,
		parent_list_ids: [],
		sample_updated_at: newer.sample_updated_at,
		next_sample_update: newer.next_sample_update,
		refreshes_left: 1,
	});
	expect(success[1].json).toMatchObject({ segment_id: older.id, refreshes_left: 2 });
});

it('returns nothing if there is nothing', async () => {
	const { success, status } = await getAll({ returnAll: true });
	expect({ success, status }).toEqual({ success: [], status: 'success' });
});

it('returns 50 by default, Limit if given, and all 200 of an account', async () => {
	simulator.addSegments(200);
	expect((await getAll()).success).toHaveLength(50);
	expect((await getAll({ limit: '={{ "3" }}' })).success).toHaveLength(3);
	expect((await getAll({ limit: 5000 })).success).toHaveLength(200);
	expect((await getAll({ limit: 1, returnAll: true })).success).toHaveLength(200);
	expect(sent()).toHaveLength(4);
});

describe('filters', () => {
	it('by the parent lists, by having none, and by both', async () => {
		const { one, two, names } = addFour();
		const [a, b, c, d] = names;

		expect(await filtered({ parentListIds: [one] })).toEqual([a, b]);
		expect(await filtered({ parentListIds: [two, one] })).toEqual([a, b, c]);
		expect(await filtered({ noParentList: true })).toEqual([d]);
		expect(await filtered({ noParentList: true, parentListIds: [two] })).toEqual([c, d]);
		expect(await filtered({ noParentList: false })).toEqual(names);
		expect(await filtered({ nameContains: ' ' })).toEqual(names);

		expect(sent()).toEqual([
			`GET ${LIST}?parent_list_ids=${one}`,
			`GET ${LIST}?parent_list_ids=${encodeURIComponent(`${two},${one}`)}`,
			`GET ${LIST}?no_parent_list_id=true`,
			`GET ${LIST}?parent_list_ids=${two}&no_parent_list_id=true`,
			`GET ${LIST}`,
			`GET ${LIST}`,
		]);
	});

	it('by 250 IDs in requests of 100, no further than the limit needs', async () => {
		const ids = simulator.addSegments(250).map(({ id }) => id);
		const idsPerRequest = () =>
			simulator.log.map(({ path }) => new URL(path, simulator.url).searchParams.getAll('ids'));

		const filters = { ids: [...ids, ids[0]].join() };
		const { success } = await getAll({ returnAll: true, filters });
		expect(new Set(jsonOf(success).map(({ segment_id }) => segment_id))).toEqual(new Set(ids));
		expect(success).toHaveLength(250);
		expect(idsPerRequest().flat()).toEqual(ids);
		expect(idsPerRequest().map(({ length }) => length)).toEqual([100, 100, 50]);

		simulator.resetLog();
		expect((await getAll({ limit: 150, filters })).success).toHaveLength(150);
		expect(idsPerRequest().map(({ length }) => length)).toEqual([100, 100]);
	});

	it('by a part of the name, as it is, case-insensitive', async () => {
		const { names, one } = addFour();

		expect(await filtered({ nameContains: 'first' })).toEqual([names[0], names[2]]);
		expect(await filtered({ nameContains: ' SECOND ' })).toEqual([names[1]]);
		expect(await filtered({ nameContains: '%_.* (' })).toEqual([names[3]]);
		expect(await filtered({ nameContains: '.*f' })).toEqual([]);
		expect(await filtered({ nameContains: 'first', parentListIds: one })).toEqual([names[0]]);
		expect(new Set(sent())).toEqual(new Set([`GET ${LIST}`, `GET ${LIST}?parent_list_ids=${one}`]));
	});

	it.each([{ parentListIds: [randomUUID()] }, { noParentList: true }])(
		'refuses IDs together with a parent-list filter ($#)',
		async (others) => {
			const filters = { ids: randomUUID(), ...others };
			const { success } = await getAll({ filters }, CONTINUE);
			expectFailure(success[0], {
				message: "'Segment IDs' cannot be combined with a parent-list filter",
			});
			expect(sent()).toEqual([]);
		},
	);

	it('accepts 50 parent lists and refuses 51', async () => {
		const parentListIds = Array.from({ length: 51 }, () => randomUUID());
		expect(await filtered({ parentListIds: parentListIds.slice(1) })).toEqual([]);
		expect(sent()).toHaveLength(1);
		const { success } = await getAll({ filters: { parentListIds } }, CONTINUE);
		expectFailure(success[0], { message: "'Parent List Names or IDs' contains 51 lists" });
		expect(sent()).toHaveLength(1);
	});
});

describe('an API that pages', () => {
	const paged = async (parameters: IDataObject, { segments = 35, pageSize = 10 } = {}) => {
		const other = await startSimulator({ pageSize, rateLimit: { limit: 100_000 } });
		other.addSegments(segments, (index) => ({ name: index % 2 ? 'odd' : 'even' }));
		const { success } = await getAll(parameters, {
			credentials: { ...credentials(), baseUrl: other.url },
			...CONTINUE,
		});
		const requests = other.log.map(({ path }) => new URL(path, other.url).searchParams);
		await other.stop();
		return { success, requests };
	};

	it('is followed to the end, with the filters on each page', async () => {
		const { success, requests } = await paged({ returnAll: true, filters: { noParentList: true } });
		expect(new Set(jsonOf(success).map(({ segment_id }) => segment_id)).size).toBe(35);
		expect(requests.map((query) => query.has('page_token'))).toEqual([false, true, true, true]);
		expect(requests.map((query) => query.get('no_parent_list_id'))).toEqual(Array(4).fill('true'));
	});

	it.each([
		[{ limit: 10 }, 10, 1],
		[{ limit: 11 }, 11, 2],
		[{ limit: 6, filters: { nameContains: 'odd' } }, 6, 2],
		[{ filters: { nameContains: 'odd' } }, 17, 4],
	])('is followed no further than %j needs', async (parameters, items, pages) => {
		const { success, requests } = await paged(parameters);
		expect(success).toHaveLength(items);
		expect(requests).toHaveLength(pages);
	});
});
