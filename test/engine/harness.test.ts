import {
	callTools,
	loadPackage,
	logged,
	type NodeRun,
	runNode,
	searchList,
	startNode,
} from './harness';
import { byId, credentials, MISSING, simulator, useSimulator } from './helpers';

useSimulator();

/** Deletes the segments named by the items' `id`. */
const deletion = (ids: string[]): NodeRun => ({
	parameters: {
		operation: 'delete',
		segmentId: byId('={{ $json.id }}'),
		options: { ifScheduled: 'delete' },
	},
	items: ids.map((id) => ({ id })),
	credentials: credentials(),
});

const deletes = () => simulator.requests('DELETE').length;

it('hands every item to the node and pairs both outputs', async () => {
	const [first, second] = simulator.addSegments(2).map(({ id }) => id);
	const run = await runNode({
		...deletion([first, MISSING, second]),
		onError: 'continueErrorOutput',
		evaluate: "={{ $('Source').item.json.id }}",
	});

	expect(run.error).toBeUndefined();
	expect(run.success.map(({ json }) => json.segment_id)).toEqual([first, second]);
	expect(run.failures).toHaveLength(1);
	expect(run.evaluated).toEqual({ success: [first, second], failures: [MISSING] });
	expect(deletes()).toBe(3);
	expect(run.fullRunJson).toContain(first);
	expect(run.fullRunJson).not.toContain(simulator.keys.full);
	expect(logged.join('\n')).toContain('SendGrid Segments');
	expect(logged.join('\n')).not.toContain(simulator.keys.full);
});

it('reports what stopped the workflow', async () => {
	const run = await runNode(deletion([MISSING]));
	expect(run.status).toBe('error');
	expect(run.error?.message).toContain(MISSING);
	expect(run.success).toEqual([]);
});

it('tries again where the node is set to', async () => {
	simulator.fault({ status: 403 });
	const [{ id }] = simulator.addSegments(1);
	const run = await runNode({ ...deletion([id]), retryOnFail: true });
	expect(run.success).toHaveLength(1);
	expect(deletes()).toBe(2);
});

it('cancels a run', async () => {
	simulator.fault({ hang: true });
	const { finished, cancel } = await startNode(deletion([MISSING]));
	setTimeout(cancel, 100);
	const run = await finished;
	expect(run.status).toBe('canceled');
	expect(run.durationMs).toBeLessThan(2000);
});

it('has the engine evaluate expressions', async () => {
	const run = await runNode({
		...deletion(['a', 'b']),
		parameters: { operation: 'delete', segmentId: "={{ $('Nowhere').item.json.id }}" },
	});
	expect(run.error?.message).toBe("Referenced node doesn't exist");
	expect(deletes()).toBe(0);
});

it.each(['call', 'request'] as const)('runs the node as a tool: %s', async (style) => {
	const ids = simulator.addSegments(2).map(({ id }) => id);
	const segmentId = byId("={{ $fromAI('segment', 'its ID') }}");
	const answers = await callTools({
		tools: { 'Remove One': { operation: 'delete', segmentId } },
		calls: ids.map((segment) => ({ tool: 'Remove One', args: { segment } })),
		style,
		credentials: credentials(),
	});
	expect(answers).toEqual(ids.map((segment_id) => ({ response: [{ deleted: true, segment_id }] })));
});

it('asks pickers', async () => {
	const [{ id }] = simulator.addSegments(3, (index) => ({ name: `Number ${index}` }));
	const found = await searchList('searchSegments', {
		filter: 'number 0',
		credentials: credentials(),
	});
	expect(found.results.map(({ value }) => value)).toEqual([id]);
});

it('has the request options of n8n, and the default for them', async () => {
	const { node } = await loadPackage();
	const added = node.description.properties.filter(({ name }) => name === 'requestOptions');
	expect(added.map(({ type }) => type)).toEqual(['collection', 'hidden']);
	expect(added[0].options).not.toEqual([]);
});
