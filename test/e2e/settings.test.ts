import { randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import { callWebhook, runManually } from '../../tools/n8n/executions';
import {
	connect,
	createNodes,
	itemsBody,
	pairedItemsWorkflow,
	segmentsNode,
	startNode,
} from '../../tools/n8n/workflows';
import { describeOnEveryN8n } from './describeOnEveryN8n';

describeOnEveryN8n((ctx) => {
	const run = async (operation: string, settings: Partial<INode>, ids: string[]) =>
		await callWebhook(
			ctx.n8n,
			pairedItemsWorkflow(segmentsNode(operation, ctx.credential, settings)),
			itemsBody(ids),
		);

	test('"Retry On Fail" sends only rejected requests again, and each output keeps its pairing', async () => {
		const ids = ctx.simulator.addSegments(10).map(({ id }) => id);
		ctx.simulator.fault({
			match: ({ method, pathname }) => method === 'POST' && pathname.endsWith(ids[0]),
			status: 403,
			body: { errors: [{ field: null, message: 'access forbidden' }] },
		});
		const { status, output } = await run(
			'refresh',
			{ retryOnFail: true, maxTries: 2, waitBetweenTries: 10 },
			ids,
		);
		expect(status).toBe('success');
		expect(output('Succeeded').map(({ json }) => json.from)).toEqual(ids);
		expect(output('Segments').map(({ json }) => json.segment_id)).toEqual(ids);
		const sent = ids.map((id) => ctx.simulator.requests('POST', id).length);
		expect(sent).toEqual([2, ...Array<number>(9).fill(1)]);
	});

	test('"Continue (using error output)": results and failures, each paired', async () => {
		const [first, third] = ctx.simulator.addSegments(2).map(({ id }) => id);
		const missing = randomUUID();
		const ids = [first, missing, third];
		const { output, text } = await run('delete', { onError: 'continueErrorOutput' }, ids);
		expect(output('Succeeded').map(({ json }) => [json.segment_id, json.from])).toEqual([
			[first, first],
			[third, third],
		]);
		expect(output('Failed').map(({ json }) => json)).toMatchObject([
			{ from: missing, error: { message: `Segment ${missing} does not exist`, http_status: 404 } },
		]);
		// All that n8n stores about the execution.
		expect(text).not.toContain(ctx.simulator.keys.full);
	});

	test('"Always Output Data": a list without a match continues with an empty item', async () => {
		ctx.simulator.addSegments(2);
		const parameters = { returnAll: true, filters: { nameContains: 'no such name' } };
		const { output } = await run('getAll', { parameters, alwaysOutputData: true }, ['any']);
		expect(output('Segments').map(({ json }) => json)).toEqual([{}]);
		expect(output('Succeeded')).toHaveLength(1);
	});

	test('"Execute step" runs the node on earlier output, and no node after it', async () => {
		const { id } = ctx.simulator.addSegment();
		const workflow = {
			name: 'In the editor',
			nodes: createNodes(
				startNode,
				{
					name: 'Items',
					type: 'n8n-nodes-base.set',
					typeVersion: 3.4,
					parameters: { mode: 'raw', jsonOutput: JSON.stringify({ id }) },
				},
				segmentsNode('refresh', ctx.credential),
				{ name: 'Next', type: 'n8n-nodes-base.noOp' },
			),
			connections: connect({ Start: ['Items'], Items: ['Segments'], Segments: ['Next'] }),
		};
		const before = await runManually(ctx.n8n, workflow, { trigger: 'Start', step: 'Items' });
		expect(ctx.simulator.log).toEqual([]);

		const { status, output, data } = await runManually(ctx.n8n, workflow, {
			step: 'Segments',
			earlier: before,
		});
		expect(status).toBe('success');
		expect(output('Segments').map(({ json }) => json)).toEqual([
			expect.objectContaining({ status: 'accepted', segment_id: id }),
		]);
		expect(Object.keys(data.resultData.runData)).not.toContain('Next');
		expect(ctx.simulator.requests('POST')).toHaveLength(1);
	});
});
