import { byId, jsonOf, run, sent, simulator, useSimulator } from '../helpers';

useSimulator();

/** Each step works on what the step before it put out, as nodes in a workflow do. */
it('a segment is created, listed, read, renamed, refreshed, deleted and created again', async () => {
	const list = simulator.addList({ name: 'Newsletter' });
	const segmentId = byId('={{ $json.segment_id }}');
	const parentListId = byId('={{ $json.segment?.parent_list_ids[0] ?? $json.list }}');

	const created = await run(
		{
			operation: 'create',
			name: '={{ $json.name }}',
			queryDsl: '={{ $json.query }}',
			additionalFields: { parentListId },
		},
		{ items: [{ name: 'Opened', query: 'SELECT 1', list: list.id }] },
	);
	const listed = await run(
		{ operation: 'getAll', filters: { ids: '={{ $json.segment_id }}' } },
		{ items: jsonOf(created.success) },
	);
	const read = await run({ operation: 'get', segmentId }, { items: jsonOf(listed.success) });
	const renamed = await run(
		{ operation: 'update', segmentId, updateFields: { name: '={{ $json.name }} often' } },
		{ items: jsonOf(read.success) },
	);
	const refreshed = await run(
		{ operation: 'refresh', segmentId },
		{ items: jsonOf(renamed.success) },
	);
	const deleted = await run(
		{ operation: 'delete', segmentId, options: { returnDefinition: true } },
		{ items: jsonOf(refreshed.success) },
	);
	expect(simulator.segments.size).toBe(0);
	const restored = await run(
		{
			operation: 'create',
			name: '={{ $json.segment.name }}',
			queryDsl: '={{ $json.segment.query_dsl }}',
			additionalFields: { parentListId },
		},
		{ items: jsonOf(deleted.success) },
	);

	expect(restored.success[0].json).toMatchObject({
		name: 'Opened often',
		query_dsl: 'SELECT 1',
		parent_list_ids: [list.id],
	});
	expect(sent().map((request) => request.split(' ')[0])).toEqual([
		'POST',
		'GET',
		'GET',
		'PATCH',
		'GET',
		'POST',
		'POST',
		'GET',
		'DELETE',
		'POST',
	]);
});
