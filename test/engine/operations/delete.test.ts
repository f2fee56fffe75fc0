import type { IDataObject } from 'n8n-workflow';
import {
	expectFailure,
	jsonOf,
	MISSING,
	pairsOf,
	run,
	runOn,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const path = (id: string) => `/v3/marketing/segments/2.0/${id}`;
const read = (id: string) => `GET ${path(id)}?contacts_sample=false`;
const deletion = (id: string) => `DELETE ${path(id)}`;
/** For scheduled Single Sends, once per run. */
const SEARCH = 'POST /v3/marketing/singlesends/search?page_size=50';

const addSegment = () =>
	simulator.addSegment({
		name: 'Böblingen & 100% "new"',
		query_dsl: "SELECT contact_id, updated_at FROM contact_data WHERE city = 'Böblingen'",
		parent_list_ids: [simulator.addList({ name: 'Newsletter' }).id],
		contacts_count: 7,
	});

const definitionOf = ({ id, name, query_dsl, parent_list_ids, contacts_count }: IDataObject) => ({
	id,
	name,
	query_dsl,
	parent_list_ids,
	contacts_count,
});

it('sends one request, without a body', async () => {
	const { id } = addSegment();
	const { success } = await runOn('delete', [id]);

	expect(success).toEqual([{ json: { deleted: true, segment_id: id }, pairedItem: { item: 0 } }]);
	expect(sent()).toEqual([SEARCH, deletion(id)]);
	const [, { headers, body }] = simulator.log;
	expect(body).toBeUndefined();
	expect(headers.authorization).toBe(`Bearer ${simulator.keys.full}`);
	expect(headers['content-length']).toBeUndefined();
	expect(simulator.segments.size).toBe(0);
});

describe.each([
	{ options: {} },
	{ options: { returnDefinition: true } },
	{ options: { ignoreNotFound: true } },
	{ options: { dryRun: true } },
	{ options: { returnDefinition: true, ignoreNotFound: true } },
	{ options: { returnDefinition: true, dryRun: true } },
	{ options: { dryRun: true, ignoreNotFound: true } },
	{ options: { dryRun: true, ignoreNotFound: true, returnDefinition: true } },
	{ options: { dryRun: 'true', ignoreNotFound: 'false', returnDefinition: null } },
])('with $options', ({ options }) => {
	const { dryRun, ignoreNotFound, returnDefinition } = options as IDataObject;
	const reads = Boolean(dryRun) || returnDefinition === true;

	it('answers for a segment that exists', async () => {
		const segment = addSegment();
		const { success } = await runOn('delete', [segment.id], { options });

		const definition = { segment: definitionOf({ ...segment }) };
		expect(jsonOf(success)).toEqual([
			dryRun
				? { deleted: false, dry_run: true, segment_id: segment.id, ...definition, used_by: [] }
				: { deleted: true, segment_id: segment.id, ...(reads && definition) },
		]);
		expect(sent()).toEqual([
			SEARCH,
			...(reads ? [read(segment.id)] : []),
			...(dryRun ? [] : [deletion(segment.id)]),
		]);
		expect(simulator.segments.has(segment.id)).toBe(Boolean(dryRun));
	});

	it('answers for a segment that does not exist', async () => {
		const { success } = await runOn(
			'delete',
			[MISSING],
			{ options },
			{ onError: 'continueRegularOutput' },
		);

		if (ignoreNotFound === true) {
			expect(jsonOf(success)).toEqual([
				{ deleted: false, segment_id: MISSING, reason: 'not_found' },
			]);
		} else {
			expectFailure(success[0], {
				message: `Segment ${MISSING} does not exist`,
				http_status: 404,
				segment_id: MISSING,
			});
		}
		expect(sent()).toEqual([SEARCH, reads ? read(MISSING) : deletion(MISSING)]);
	});
});

it.each([{ returnDefinition: true }, { returnDefinition: true, ignoreNotFound: true }])(
	'deletes nothing with %j if the read before it fails',
	async (options) => {
		const { id } = addSegment();
		simulator.fault({ status: 403, match: ({ method }) => method === 'GET' });
		const { success } = await runOn(
			'delete',
			[id],
			{ options },
			{ onError: 'continueRegularOutput' },
		);

		expectFailure(success[0], {
			message: 'The API key has no access to Marketing segments',
			http_status: 403,
			segment_id: id,
		});
		expect(sent()).toEqual([SEARCH, read(id)]);
		expect(simulator.segments.has(id)).toBe(true);
	},
);

it('lives with a segment that goes away between read and delete, if asked to', async () => {
	const { id } = addSegment();
	simulator.fault({ match: ({ method }) => method === 'DELETE', status: 404 });
	const { success } = await runOn('delete', [id], {
		options: { returnDefinition: true, ignoreNotFound: true },
	});
	expect(jsonOf(success)).toEqual([{ deleted: false, segment_id: id, reason: 'not_found' }]);
});

it.each(['returnDefinition', 'dryRun', 'ignoreNotFound'])(
	'refuses %s unless it is true or false',
	async (option) => {
		const { id } = addSegment();
		const { success } = await runOn(
			'delete',
			[id],
			{ options: { [option]: '={{ "yes" }}' } },
			{ onError: 'continueRegularOutput' },
		);
		expectFailure(success[0], { message: expect.stringMatching(/^'.+' must be true or false$/) });
		expect(sent()).toEqual([]);
	},
);

it('shares one request between items that ask for the same, each output its own', async () => {
	const { id } = addSegment();
	const options = { returnDefinition: true };
	const { success } = await runOn('delete', [id, id.toUpperCase(), ` ${id} `], { options });

	expect(sent()).toEqual([SEARCH, read(id), deletion(id)]);
	expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	expect(new Set(success.map(({ json }) => JSON.stringify(json))).size).toBe(1);
	expect(success[0].json.segment).not.toBe(success[1].json.segment);
});

it('does not share between items with different options', async () => {
	const { id } = addSegment();
	const { success } = await run(
		{
			operation: 'delete',
			segmentId: id,
			options: { dryRun: '={{ $json.dryRun }}', ignoreNotFound: true },
		},
		{ items: [{ dryRun: true }, { dryRun: false }] },
	);
	expect(jsonOf(success)).toMatchObject([{ deleted: false, dry_run: true }, { deleted: true }]);
});

describe('maxConcurrency', () => {
	it.each([0, 201, 1.5, -1, 'many', '', {}, true])(
		'is not %j, and nothing is sent',
		async (value) => {
			const ids = simulator.addSegments(2).map(({ id }) => id);
			const { success } = await run(
				{
					operation: 'delete',
					segmentId: '={{ $json.id }}',
					options: { maxConcurrency: '={{ $json.value }}' },
				},
				{ items: ids.map((id) => ({ id, value })), onError: 'continueRegularOutput' },
			);
			expect(success).toHaveLength(2);
			for (const item of success) {
				expectFailure(item, { message: "'Max Concurrency' must be a whole number from 1 to 200" });
			}
			expect(sent()).toEqual([]);
		},
	);

	it('is read once, from the first item', async () => {
		const ids = simulator.addSegments(10).map(({ id }) => id);
		simulator.setLatency(50);
		await run(
			{
				operation: 'delete',
				segmentId: '={{ $json.id }}',
				options: { maxConcurrency: '={{ $itemIndex === 0 ? 2 : 1000 }}' },
			},
			{ items: ids.map((id) => ({ id })) },
		);
		expect(sent()).toHaveLength(11);
		expect(simulator.maxInFlight).toBe(2);
	});
});

it.each([true, false])(
	'can be undone with Create from its output alone (parent list: %s)',
	async (hasParentList) => {
		const segment = addSegment();
		if (!hasParentList) segment.parent_list_ids = null;
		const deleted = await runOn('delete', [segment.id], { options: { returnDefinition: true } });
		expect(simulator.segments.size).toBe(0);

		const { success } = await run(
			{
				operation: 'create',
				name: '={{ $json.segment.name }}',
				queryDsl: '={{ $json.segment.query_dsl }}',
				additionalFields: {
					parentListId: {
						__rl: true,
						mode: 'id',
						value: '={{ $json.segment.parent_list_ids[0] }}',
					},
				},
			},
			{ items: jsonOf(deleted.success) },
		);

		const [restored] = simulator.segments.values();
		const { id, name, query_dsl, parent_list_ids } = restored;
		expect({ name, query_dsl, parent_list_ids }).toEqual({
			name: segment.name,
			query_dsl: segment.query_dsl,
			parent_list_ids: segment.parent_list_ids,
		});
		expect(id).not.toBe(segment.id);
		expect(success[0].json.segment_id).toBe(id);
	},
);

describe('a segment that a scheduled Single Send uses', () => {
	const schedule = (...segment_ids: string[]) =>
		simulator.addSingleSend({
			name: 'Newsletter',
			send_at: '2099-01-01T08:00:00Z',
			send_to: { segment_ids },
		});

	it('is kept, and the failure names the Single Send and its time', async () => {
		const ids = simulator.addSegments(1000).map(({ id }) => id);
		const { id, name, send_at } = schedule(ids[7]);
		const settings = { onError: 'continueRegularOutput' as const };
		const { success } = await runOn('delete', ids, {}, settings);
		expectFailure(success[7], {
			message: 'A scheduled Single Send uses this segment: "Newsletter"',
			description: expect.stringContaining('It goes out at 2099-01-01T08:00:00Z.'),
			segment_id: ids[7],
			used_by: [{ id, name, send_at }],
		});
		expect([...simulator.segments.keys()]).toEqual([ids[7]]);
		expect(simulator.requests('POST')).toHaveLength(1);
	});

	it('keeps all where the look-up fails', async () => {
		const ids = simulator.addSegments(3).map(({ id }) => id);
		schedule(ids[0]);
		simulator.fault({ status: 403, match: ({ path: to }) => to.includes('singlesends') });
		const settings = { onError: 'continueRegularOutput' as const };
		const { success } = await runOn('delete', ids, {}, settings);
		for (const [index, item] of success.entries()) {
			expectFailure(item, {
				message: 'The scheduled Single Sends could not be looked up, so nothing was deleted',
				http_status: 403,
				segment_id: ids[index],
			});
		}
		expect(simulator.segments.size).toBe(3);
	});

	it('is deleted without a look-up, if asked to', async () => {
		const { id } = addSegment();
		schedule(id);
		await runOn('delete', [id], { options: { ifScheduled: 'delete' } });
		expect(sent()).toEqual([deletion(id)]);
	});

	it('is shown by Dry Run', async () => {
		const { id } = addSegment();
		schedule(id);
		const { success } = await runOn('delete', [id], { options: { dryRun: true } });
		expect(success[0].json.used_by).toEqual([expect.objectContaining({ name: 'Newsletter' })]);
	});
});
