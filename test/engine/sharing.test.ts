import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { inBatches } from './faults/setup';
import {
	byId,
	CONTINUE,
	jsonOf,
	MISSING,
	pairsOf,
	run,
	runOn,
	simulator,
	useSimulator,
} from './helpers';

useSimulator({ refreshSeconds: 1, countSeconds: 1 });

/** Which segment each request was for that changed one, or read one; in order. */
const sentFor = (method: string) =>
	simulator.requests(method, '/segments/2.0/').map(({ pathname }) => pathname.split('/').at(-1));

describe('which request item 3 shares', () => {
	it.each([
		['refresh', 'POST', {}],
		['refresh', 'POST', inBatches(1, 2000)],
		['refresh', 'POST', inBatches(2, 2000)],
		['get', 'GET', {}],
		['get', 'GET', inBatches(1, 2000)],
		['delete', 'DELETE', {}],
		['delete', 'DELETE', inBatches(2, 2000)],
	])(
		'%s: that of item 1, which names the same segment (%s, %j)',
		async (operation, method, requestOptions) => {
			const [a, b] = simulator.addSegments(2).map(({ id }) => id);
			for (const onError of ['continueRegularOutput', 'stopWorkflow'] as const) {
				simulator.resetLog();
				const ids = [a, b, a.toUpperCase(), b];
				const { success } = await runOn(operation, ids, {}, { onError, requestOptions });
				expect(sentFor(method)).toEqual([a, b]);
				expect(pairsOf(success)).toEqual([0, 1, 2, 3].map((item) => ({ item })));
				expect(success[3].json).toEqual(success[1].json);
				for (const id of [a, b]) simulator.addSegment({ id });
			}
		},
	);

	it.each([
		['create: none', 'create', 4],
		['update: that of the same change, which SendGrid would refuse a second time', 'update', 1],
	])('%s', async (_title, operation, count) => {
		const { id } = simulator.addSegment();
		const parameters = { name: 'New', queryDsl: 'SELECT 1', updateFields: { name: 'New' } };
		await runOn(operation, [id, id, id, id], parameters, CONTINUE);
		expect(simulator.log.filter(({ method }) => /POST|PATCH/.test(method))).toHaveLength(count);
	});
});

describe('an item that fails costs no other its request', () => {
	it('of one segment: the first time zone that can be used is sent', async () => {
		const { id } = simulator.addSegment();
		const { success } = await run(
			{ operation: 'refresh', segmentId: byId(id), timeZone: '={{ $json.zone }}' },
			{ items: [{ zone: 'EST' }, { zone: 'Asia/Tokyo' }, { zone: 'UTC' }], ...CONTINUE },
		);
		expect(jsonOf(success).map(({ user_time_zone }) => user_time_zone)).toEqual([
			undefined,
			'Asia/Tokyo',
			'Asia/Tokyo',
		]);
		expect(sentFor('POST')).toEqual([id]);
	});

	it('of many: the others are sent in their order', async () => {
		const ids = simulator.addSegments(6).map(({ id }) => id);
		ids.splice(3, 0, 'not an ID', MISSING);
		const parameters = { updateFields: { name: '={{ "New " + $itemIndex }}' } };
		const { success } = await runOn('update', ids, parameters, CONTINUE);
		expect(sentFor('PATCH')).toEqual(ids.filter((id) => id !== 'not an ID'));
		expect(success.map(({ json }) => 'error' in json)).toEqual(
			ids.map((_, index) => index === 3 || index === 4),
		);
	});
});

describe('outputs of items that share a request', () => {
	function objectsIn(value: unknown): object[] {
		if (typeof value !== 'object' || value === null) return [];
		return [value, ...Object.values(value).flatMap(objectsIn)];
	}

	/** Nested objects that stand in the output of more than one item. */
	function sharedObjects(items: INodeExecutionData[]): object[] {
		const seen = new Set<object>();
		return items
			.flatMap(({ json }) => objectsIn(json))
			.filter((one) => seen.size === seen.add(one).size);
	}

	const usedSegment = () => {
		const { id } = simulator.addList({ name: 'A list' });
		const segment = simulator.addSegment({ parent_list_ids: [id] });
		const send_to = { segment_ids: [segment.id] };
		simulator.addSingleSend({ name: 'May', send_at: '2030-05-01T10:00:00Z', send_to });
		return segment;
	};

	it.each<[string, IDataObject]>([
		['get', {}],
		['get', { simplify: false, options: { includeContactsSample: true } }],
		['getAll', {}],
		['getAll', { simplify: false }],
		['delete', { options: { ifScheduled: 'delete' } }],
		['delete', { dryRun: true }],
		['delete', {}],
		['refresh', {}],
		['refresh', { waitForCompletion: true }],
	])('share no nested objects: %s, %j', async (operation, parameters) => {
		const { id } = usedSegment();
		const { success } = await runOn(operation, [id, id, id], parameters, CONTINUE);
		expect(success).toHaveLength(3);
		expect(JSON.stringify(success[2].json).replace('[item 2]', '[item 0]')).toBe(
			JSON.stringify(success[0].json),
		);
		expect(sharedObjects(success)).toEqual([]);
	});
});
