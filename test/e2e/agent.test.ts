import { randomUUID } from 'node:crypto';
import type { SavedCredential } from '../../demo/n8n/client';
import { startChatModel, type ChatModel } from './chatModel';
import { callWebhook, nodes, wires } from './runs';
import { segmentsNode, SEGMENTS_NODE } from './segmentWorkflow';
import { onEveryN8n } from './simulated';

onEveryN8n((at) => {
	let model: ChatModel;
	let modelCredential: SavedCredential;

	beforeAll(async () => {
		model = await startChatModel();
		modelCredential = await at.n8n.createCredential('Stand-in', 'openAiApi', {
			apiKey: 'none',
			url: model.url,
		});
	});
	afterAll(async () => {
		await model.stop();
	});

	const tool = (name: string, operation: string) => ({
		...segmentsNode(operation, at.credential, {
			parameters: {
				segmentId: {
					__rl: true,
					mode: 'id',
					value: "={{ $fromAI('segment_id', 'ID of the segment', 'string') }}",
				},
			},
			// What an agent is told of a failure under "Stop Workflow" differs from one n8n to the next.
			onError: 'continueRegularOutput',
		}),
		name,
		type: `${SEGMENTS_NODE}Tool`,
	});

	/** Asks an agent that has these tools something, over a webhook. */
	const ask = async (agentVersion: number, tools: Record<string, string>) =>
		await callWebhook(
			at.n8n,
			{
				name: 'Agent',
				nodes: nodes(
					{
						name: 'Webhook',
						type: 'n8n-nodes-base.webhook',
						typeVersion: 2,
						webhookId: randomUUID(),
						parameters: { httpMethod: 'POST', path: randomUUID(), responseMode: 'lastNode' },
					},
					{
						name: 'Agent',
						type: '@n8n/n8n-nodes-langchain.agent',
						typeVersion: agentVersion,
						parameters: { promptType: 'define', text: 'Do what you are told.', options: {} },
					},
					{
						name: 'Model',
						type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
						typeVersion: 1.2,
						parameters: { model: { __rl: true, mode: 'id', value: 'stand-in' }, options: {} },
						credentials: { openAiApi: modelCredential },
					},
					...Object.entries(tools).map(([name, operation]) => tool(name, operation)),
				),
				connections: {
					...wires({ Webhook: ['Agent'] }),
					...wires({ Model: ['Agent'] }, 'ai_languageModel'),
					...Object.assign(
						{},
						...Object.keys(tools).map((name) => wires({ [name]: ['Agent'] }, 'ai_tool')),
					),
				},
			},
			{},
		);

	describe.each([2.2, 3])('as a tool of AI Agent %s', (agentVersion) => {
		test('two calls in one turn are each carried out', async () => {
			const ids = at.simulator.addSegments(2).map(({ id }) => id);
			model.willCall(...ids.map((id) => ({ tool: 'Refresh', arguments: { segment_id: id } })));
			const { answer } = await ask(agentVersion, { Refresh: 'refresh' });

			expect(answer).toEqual({ status: 200, body: { output: 'Done.' } });
			expect(model.results()).toEqual(
				ids.map((id) => [
					{
						status: 'accepted',
						job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
						segment_id: id,
						user_time_zone: 'America/Chicago',
					},
				]),
			);
			expect(at.simulator.requests('POST')).toHaveLength(2);
		});

		test('two calls for one segment are two requests, and the model reads why one failed', async () => {
			const { id } = at.simulator.addSegment();
			const call = { tool: 'Refresh', arguments: { segment_id: id } };
			model.willCall(call, call);
			await ask(agentVersion, { Refresh: 'refresh' });

			// Which of the two comes first is the agent's choice.
			const results = model.results() as unknown[][];
			expect(results).toHaveLength(2);
			expect(results).toContainEqual([
				expect.objectContaining({ status: 'accepted', segment_id: id }),
			]);
			expect(results).toContainEqual([
				{
					error: expect.objectContaining({
						message: expect.stringContaining('one refresh per hour'),
						reason: 'segment_hourly',
					}),
				},
			]);
			expect(at.simulator.requests('POST')).toHaveLength(2);
		});

		test('calls of two tool nodes in one turn are each carried out', async () => {
			const [kept, gone] = at.simulator.addSegments(2).map(({ id }) => id);
			model.willCall(
				{ tool: 'Refresh', arguments: { segment_id: kept } },
				{ tool: 'Delete', arguments: { segment_id: gone } },
			);
			await ask(agentVersion, { Refresh: 'refresh', Delete: 'delete' });

			expect(model.results()).toEqual([
				[expect.objectContaining({ status: 'accepted', segment_id: kept })],
				[{ deleted: true, segment_id: gone }],
			]);
			expect([...at.simulator.segments.keys()]).toEqual([kept]);
		});

		test('an ID that is none is refused before a request leaves, and the model reads why', async () => {
			model.willCall({ tool: 'Delete', arguments: { segment_id: '../api_keys' } });
			await ask(agentVersion, { Delete: 'delete' });
			expect(model.results()).toEqual([
				[{ error: expect.objectContaining({ message: expect.stringContaining('"Segment"') }) }],
			]);
			expect(at.simulator.log).toEqual([]);
		});

		test('the model is told that a delete is permanent', async () => {
			model.willCall();
			await ask(agentVersion, { Delete: 'delete' });
			const [tool] = model.requests[0].tools!;
			expect(tool.function.name).toBe('Delete');
			expect(tool.function.description).toMatch(/permanent/i);
		});
	});
});
