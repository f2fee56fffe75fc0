import type { IDataObject } from 'n8n-workflow';
import {
	byId,
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
const LOOK_UP = 'POST /v3/marketing/singlesends/search?page_size=50';
const read = (id: string) => `GET ${path(id)}?contacts_sample=false`;
const deletion = (id: string) => `DELETE ${path(id)}`;

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
	expect(sent()).toEqual([LOOK_UP, deletion(id)]);
	const { headers, body } = simulator.log[1];
	expect(body).toBeUndefined();
	expect(headers.authorization).toBe(`Bearer ${simulator.keys.full}`);
	expect(headers['content-length']).toBeUndefined();
	expect(simulator.segments.size).toBe(0);
});

it('takes 204 for a success, too', async () => {
	const { id } = addSegment();
	simulator.fault({ status: 204, apply: 'after', match: ({ method }) => method === 'DELETE' });
	const { success } = await runOn('delete', [id]);
	expect(jsonOf(success)).toEqual([{ deleted: true, segment_id: id }]);
});

describe.each([
	{ options: { returnDefinition: true } },
	{ options: { dryRun: true } },
	{ options: { returnDefinition: true, ignoreNotFound: true } },
	{ options: { dryRun: true, ignoreNotFound: true, returnDefinition: true } },
])('with $options', ({ options }) => {
	const { dryRun, ignoreNotFound } = options as IDataObject;

	it('a segment that exists', async () => {
		const segment = addSegment();
		const { success } = await runOn('delete', [segment.id], { options });

		const definition = { segment: definitionOf({ ...segment }) };
		expect(jsonOf(success)).toEqual([
			dryRun
				? { deleted: false, dry_run: true, segment_id: segment.id, ...definition, used_by: [] }
				: { deleted: true, segment_id: segment.id, ...definition },
		]);
		expect(sent()).toEqual([LOOK_UP, read(segment.id), ...(dryRun ? [] : [deletion(segment.id)])]);
		expect(simulator.segments.has(segment.id)).toBe(Boolean(dryRun));
	});

	it('a segment that does not exist', async () => {
		const { success } = await runOn(
			'delete',
			[MISSING],
			{ options },
			{ onError: 'continueRegularOutput' },
		);

		if (ignoreNotFound) {
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
		expect(sent()).toEqual([LOOK_UP, read(MISSING)]);
	});
});

it('Ignore If Not Found: a missing segment does not stop the workflow', async () => {
	const ids = [MISSING, ...simulator.addSegments(3).map(({ id }) => id)];
	const { error, success } = await runOn(
		'delete',
		ids,
		{ options: { ignoreNotFound: true, maxConcurrency: 1 } },
		{ onError: 'stopWorkflow' },
	);
	expect(error).toBeUndefined();
	expect(jsonOf(success).map(({ deleted }) => deleted)).toEqual([false, true, true, true]);
});

it.each([{ returnDefinition: true }, { dryRun: true }])(
	'deletes nothing with %j where the read before it fails',
	async (options) => {
		const { id } = addSegment();
		simulator.fault({
			match: ({ method }) => method === 'GET',
			status: 403,
			body: { errors: [{ message: 'access forbidden' }] },
		});
		const { success } = await runOn(
			'delete',
			[id],
			{ options: { ...options, ignoreNotFound: true } },
			{ onError: 'continueRegularOutput' },
		);

		expectFailure(success[0], {
			message: 'The API key has no access to Marketing segments',
			http_status: 403,
			segment_id: id,
		});
		expect(sent()).toEqual([LOOK_UP, read(id)]);
		expect(simulator.segments.has(id)).toBe(true);
	},
);

it.each([
	['nested 20,000 deep', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
	['nested in an object', '{"0":"1588e03b-50aa-454a-97d1-e1530345a5ec"}'],
	['numbers', '[1]'],
])('deletes nothing where the parent lists to return are %s', async (_, parentLists) => {
	const { id } = addSegment();
	simulator.fault({
		times: Infinity,
		match: ({ method }) => method === 'GET',
		body: `{"id":"${id}","name":"A","query_dsl":"SELECT 1","parent_list_ids":${parentLists}}`,
	});
	const { success } = await runOn(
		'delete',
		[id],
		{ options: { returnDefinition: true } },
		{ onError: 'continueRegularOutput' },
	);
	expectFailure(success[0], {
		message: "SendGrid's response could not be read",
		description: expect.stringContaining('Nothing was deleted.'),
		segment_id: id,
	});
	expect(simulator.requests('DELETE')).toEqual([]);
});

it('ignores, if asked to, a segment that goes away between read and delete', async () => {
	const { id } = addSegment();
	simulator.fault({ match: ({ method }) => method === 'DELETE', status: 404 });
	const { success } = await runOn('delete', [id], {
		options: { returnDefinition: true, ignoreNotFound: true },
	});
	expect(jsonOf(success)).toEqual([{ deleted: false, segment_id: id, reason: 'not_found' }]);
});

it.each([
	['returnDefinition', "'Return Definition' must be true or false"],
	['dryRun', "'Dry Run' must be true or false"],
	['ignoreNotFound', "'Ignore If Not Found' must be true or false"],
	['ifScheduled', `'If Scheduled' must be "fail" or "delete"`],
	['maxConcurrency', "'Max Concurrency' must be a whole number from 1 to 200"],
])('refuses a value that %s cannot have, and sends nothing', async (option, message) => {
	const { id } = addSegment();
	const { success } = await runOn(
		'delete',
		[id, id],
		{ options: { [option]: '={{ "yes" }}' } },
		{ onError: 'continueRegularOutput' },
	);
	expect(success).toHaveLength(2);
	for (const item of success) expectFailure(item, { message });
	expect(sent()).toEqual([]);
});

it('shares one request between items that ask for the same, each output its own', async () => {
	const { id } = addSegment();
	const options = { returnDefinition: true };
	const { success } = await runOn('delete', [id, id.toUpperCase(), ` ${id} `], { options });

	expect(sent()).toEqual([LOOK_UP, read(id), deletion(id)]);
	expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	expect(new Set(success.map(({ json }) => JSON.stringify(json))).size).toBe(1);
	expect(success[0].json.segment).not.toBe(success[1].json.segment);
});

it('does not share between items with different options', async () => {
	const { id } = addSegment();
	const { success } = await run(
		{
			operation: 'delete',
			segmentId: byId(id),
			options: { dryRun: '={{ $json.dryRun }}' },
		},
		{ items: [{ dryRun: true }, { dryRun: false }] },
	);
	expect(success.map(({ json }) => json.deleted)).toEqual([false, true]);
	expect(simulator.requests('DELETE')).toHaveLength(1);
});

it("limits concurrent requests by the first item's Max Concurrency", async () => {
	const ids = simulator.addSegments(10).map(({ id }) => id);
	simulator.setLatency(50);
	await runOn('delete', ids, {
		options: { maxConcurrency: '={{ $itemIndex === 0 ? 2 : 1000 }}' },
	});
	expect(simulator.requests('DELETE')).toHaveLength(10);
	expect(simulator.maxInFlight).toBe(2);
});

it.each([{ hasParentList: true }, { hasParentList: false }])(
	'can be undone with Create from its output alone (parent list: $hasParentList)',
	async ({ hasParentList }) => {
		const segment = addSegment();
		if (!hasParentList) segment.parent_list_ids = null;
		const deleted = await runOn('delete', [segment.id], { options: { returnDefinition: true } });
		expect(simulator.segments.size).toBe(0);

		const { success } = await run(
			{
				operation: 'create',
				name: '={{ $json.segment.name }}',
				queryDsl: '={{ $json.segment.query_dsl }}',
				additionalFields: { parentListId: byId('={{ $json.segment.parent_list_ids[0] }}') },
			},
			{ items: jsonOf(deleted.success) },
		);

		const [{ id, name, query_dsl, parent_list_ids }] = simulator.segments.values();
		expect({ name, query_dsl }).toEqual({ name: segment.name, query_dsl: segment.query_dsl });
		expect(parent_list_ids ?? []).toEqual(segment.parent_list_ids ?? []);
		expect(id).not.toBe(segment.id);
		expect(success[0].json.segment_id).toBe(id);
	},
);
