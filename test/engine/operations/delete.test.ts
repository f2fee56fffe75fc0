import type { IDataObject } from 'n8n-workflow';
import {
	byId,
	CONTINUE,
	expectFailure,
	jsonOf,
	MISSING,
	readOf,
	run,
	runOn,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const LOOK_UP = 'POST /v3/marketing/singlesends/search?page_size=50';

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

it('reads the segment, then deletes it with a request without a body', async () => {
	const segment = addSegment();
	const { success } = await runOn('delete', [segment.id]);

	const { id, name } = segment;
	const definition = definitionOf({ ...segment });
	const json = { deleted: true, segment_id: id, segment_name: name, segment: definition };
	expect(success).toEqual([{ json, pairedItem: { item: 0 } }]);
	expect(sent()).toEqual([LOOK_UP, readOf(id), `DELETE /v3/marketing/segments/2.0/${id}`]);
	const { headers, body } = simulator.log[2];
	expect(body).toBeUndefined();
	expect(headers.authorization).toBe(`Bearer ${simulator.keys.full}`);
	expect(headers['content-length']).toBeUndefined();
	expect(simulator.segments.size).toBe(0);
});

it('Dry Run deletes nothing, and shows what would be deleted', async () => {
	const segment = addSegment();
	const { success } = await runOn('delete', [segment.id], { dryRun: true });

	expect(jsonOf(success)).toEqual([
		{
			deleted: false,
			would_delete: true,
			segment_name: segment.name,
			segment_id: segment.id,
			used_by: [],
			segment: definitionOf({ ...segment }),
		},
	]);
	expect(sent()).toEqual([LOOK_UP, readOf(segment.id)]);
	expect(simulator.segments.has(segment.id)).toBe(true);
});

it.each([
	[{}, undefined],
	[{ dryRun: true }, undefined],
	[{ options: { ignoreNotFound: true } }, 'not_found'],
	[{ dryRun: true, options: { ignoreNotFound: true } }, 'not_found'],
])('a segment that does not exist, with %j', async (parameters, reason) => {
	const { success } = await runOn('delete', [MISSING], parameters, CONTINUE);
	if (reason) {
		expect(jsonOf(success)).toEqual([{ deleted: false, segment_id: MISSING, reason }]);
	} else {
		expectFailure(success[0], {
			message: `Segment ${MISSING} does not exist`,
			http_status: 404,
			segment_id: MISSING,
		});
	}
	expect(sent()).toEqual([LOOK_UP, readOf(MISSING)]);
});

it.each([
	['nested 20,000 deep', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
	['nested in an object', '{"0":"1588e03b-50aa-454a-97d1-e1530345a5ec"}'],
	['numbers', '[1]'],
])('deletes nothing if the parent lists to return are %s', async (_, parentLists) => {
	const { id } = addSegment();
	simulator.fault({
		times: Infinity,
		match: ({ method }) => method === 'GET',
		body: `{"id":"${id}","name":"A","query_dsl":"SELECT 1","parent_list_ids":${parentLists}}`,
	});
	const { success } = await runOn('delete', [id], {}, CONTINUE);
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
	const { success } = await runOn('delete', [id], { options: { ignoreNotFound: true } });
	expect(jsonOf(success)).toEqual([{ deleted: false, segment_id: id, reason: 'not_found' }]);
});

it('does not share between items with different options', async () => {
	const { id } = addSegment();
	const { success } = await run(
		{ operation: 'delete', segmentId: byId(id), dryRun: '={{ $json.dryRun }}' },
		{ items: [{ dryRun: true }, { dryRun: false }] },
	);
	expect(success.map(({ json }) => json.deleted)).toEqual([false, true]);
	expect(simulator.requests('DELETE')).toHaveLength(1);
});

it.each([{ hasParentList: true }, { hasParentList: false }])(
	'can be undone with Create from its output alone (parent list: $hasParentList)',
	async ({ hasParentList }) => {
		const segment = addSegment();
		if (!hasParentList) segment.parent_list_ids = null;
		const deleted = await runOn('delete', [segment.id]);
		expect(simulator.segments.size).toBe(0);

		const { success } = await run(
			{
				operation: 'create',
				name: '={{ $json.segment.name }}',
				queryDsl: '={{ $json.segment.query_dsl }}',
				parentListId: hasParentList
					? byId('={{ $json.segment.parent_list_ids[0] }}')
					: { mode: 'list', value: '' },
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
