import type { SavedCredential } from '../../tools/n8n/client';
import { startChatModel, type ChatModel } from './chatModel';
import { callWebhook } from '../../tools/n8n/executions';
import { connect, createNodes, segmentsTool, webhookNode } from '../../tools/n8n/workflows';
import { describeOnEveryN8n } from './describeOnEveryN8n';

describeOnEveryN8n((ctx) => {
	let model: ChatModel;
	let modelCredential: SavedCredential;

	beforeAll(async () => {
		model = await startChatModel();
		modelCredential = await ctx.n8n.createCredential('Stand-in', 'openAiApi', {
			apiKey: 'none',
			url: model.url,
		});
	});
	afterAll(async () => {
		await model.stop();
	});

	/** Calls a webhook that runs an agent with these tools. */
	const ask = async (agentVersion: number, tools: Record<string, string>) =>
		await callWebhook(
			ctx.n8n,
			{
				name: 'Agent',
				nodes: createNodes(
					webhookNode(),
					{
						name: 'Agent',
						type: '@n8n/n8n-nodes-langchain.agent',
						typeVersion: agentVersion,
						parameters: { promptType: 'define', text: 'Follow the instructions.', options: {} },
					},
					{
						name: 'Model',
						type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
						typeVersion: 1.2,
						parameters: { model: { __rl: true, mode: 'id', value: 'stand-in' }, options: {} },
						credentials: { openAiApi: modelCredential },
					},
					...Object.entries(tools).map(([name, operation]) =>
						// With "Stop Workflow", what an agent is told about a failure depends on the n8n version.
						segmentsTool(name, operation, ctx.credential, { onError: 'continueRegularOutput' }),
					),
				),
				connections: {
					...connect({ Webhook: ['Agent'] }),
					...connect({ Model: ['Agent'] }, 'ai_languageModel'),
					...Object.assign(
						{},
						...Object.keys(tools).map((name) => connect({ [name]: ['Agent'] }, 'ai_tool')),
					),
				},
			},
			{},
		);

	describe.each([2.2, 3])('as a tool of AI Agent %s', (agentVersion) => {
		test('two calls in one turn are both executed', async () => {
			const segments = ctx.simulator.addSegments(2);
			const ids = segments.map(({ id }) => id);
			model.willCall(...ids.map((id) => ({ tool: 'Refresh', arguments: { segment_id: id } })));
			const { response } = await ask(agentVersion, { Refresh: 'refresh' });

			expect(response).toEqual({ status: 200, body: { output: 'Done.' } });
			expect(model.results()).toEqual(
				segments.map(({ id, name }) => [
					{
						status: 'accepted',
						segment_name: name,
						job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
						segment_id: id,
						user_time_zone: 'America/Chicago',
						refreshes_left: 1,
					},
				]),
			);
			expect(ctx.simulator.requests('POST')).toHaveLength(2);
		});

		test('two calls for one segment are two requests, and the model reads why one failed', async () => {
			const { id } = ctx.simulator.addSegment();
			const call = { tool: 'Refresh', arguments: { segment_id: id } };
			model.willCall(call, call);
			await ask(agentVersion, { Refresh: 'refresh' });

			// The agent may run the two calls in either order.
			const results = model.results() as unknown[][];
			expect(results).toHaveLength(2);
			expect(results).toContainEqual([
				expect.objectContaining({ status: 'accepted', segment_id: id }),
			]);
			expect(results).toContainEqual([
				{
					error: expect.objectContaining({
						message: expect.stringContaining('was refreshed less than an hour ago'),
						reason: 'segment_hourly',
					}),
				},
			]);
			// The second call reads the segment before or after the first has refreshed it.
			expect(ctx.simulator.accountRefreshesUsed).toBe(1);
		});
	});
});
