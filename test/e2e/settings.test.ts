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

const ON_ERROR = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;

describeOnEveryN8n((ctx) => {
	const run = async (operation: string, settings: Partial<INode>, ids: string[]) =>
		await callWebhook(
			ctx.n8n,
			pairedItemsWorkflow(segmentsNode(operation, ctx.credential, settings)),
			itemsBody(ids),
		);

	describe.each(['delete', 'refresh'])('%s', (operation) => {
		const method = operation === 'delete' ? 'DELETE' : 'POST';

		test('"Continue": a failure keeps its place among the results, and its pairing', async () => {
			const [first, third] = ctx.simulator.addSegments(2).map(({ id }) => id);
			const missing = randomUUID();
			const { output } = await run(operation, { onError: 'continueRegularOutput' }, [
				first,
				missing,
				third,
			]);
			expect(output('Segments').map(({ json }) => Object.keys(json))).toEqual([
				expect.arrayContaining(['segment_id']),
				['error'],
				expect.arrayContaining(['segment_id']),
			]);
			expect(output('Segments')[1].json.error).toMatchObject({
				message: `Segment ${missing} does not exist`,
				http_status: 404,
			});
			expect(output('Succeeded').map(({ json }) => json.from)).toEqual([first, missing, third]);
		});

		test.each(ON_ERROR)(
			'"Retry On Fail" under %s sends only rejected requests again',
			async (onError) => {
				const ids = ctx.simulator.addSegments(10).map(({ id }) => id);
				ctx.simulator.fault({
					match: ({ method: sent, pathname }) => sent === method && pathname.endsWith(ids[0]),
					status: 403,
					body: { errors: [{ field: null, message: 'access forbidden' }] },
				});
				const { status, output } = await run(
					operation,
					{ onError, retryOnFail: true, maxTries: 2, waitBetweenTries: 10 },
					ids,
				);
				expect(status).toBe('success');
				expect(output('Succeeded').map(({ json }) => json.from)).toEqual(ids);
				expect(output('Segments').map(({ json }) => json.segment_id)).toEqual(ids);
				const sent = ids.map((id) => ctx.simulator.requests(method, id).length);
				expect(sent).toEqual([2, ...Array<number>(9).fill(1)]);
			},
		);

		test('"Execute Once" sends the first item only', async () => {
			const ids = ctx.simulator.addSegments(3).map(({ id }) => id);
			const { output } = await run(operation, { executeOnce: true }, ids);
			expect(output('Succeeded').map(({ json }) => json.from)).toEqual([ids[0]]);
			const sent = ctx.simulator.requests(method, '/segments/');
			expect(sent.map(({ pathname }) => pathname.split('/').at(-1))).toEqual([ids[0]]);
		});
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
