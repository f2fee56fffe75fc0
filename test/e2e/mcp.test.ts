import { randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import { connect, createNodes, segmentsTool } from '../../tools/n8n/workflows';
import { until } from '../eventually';
import { describeOnEveryN8n } from './describeOnEveryN8n';
import { connectMcpClient, type McpClient } from './mcpClient';

const OPERATIONS = ['create', 'delete', 'get', 'getAll', 'refresh', 'update', 'upsert'];

describeOnEveryN8n((ctx) => {
	const clients: McpClient[] = [];
	afterEach(async () => {
		for (const client of clients.splice(0)) await client.close();
	});

	/**
	 * Publishes a workflow that offers the operations as tools.
	 *
	 * @returns connects a client
	 */
	const serve = async (tools: Record<string, string>, settings: Partial<INode> = {}) => {
		await waitUntilReady();
		const path = randomUUID();
		const trigger = {
			name: 'MCP Server Trigger',
			type: '@n8n/n8n-nodes-langchain.mcpTrigger',
			typeVersion: 2,
			webhookId: path,
			parameters: { path },
		};
		const saved = await ctx.n8n.createWorkflow({
			name: 'MCP',
			nodes: createNodes(
				trigger,
				...Object.entries(tools).map(([name, operation]) =>
					segmentsTool(name, operation, ctx.credential, settings),
				),
			),
			connections: Object.assign(
				{},
				...Object.keys(tools).map((name) => connect({ [name]: [trigger.name] }, 'ai_tool')),
			),
		});
		await ctx.n8n.activate(saved);
		return async () => {
			const client = await connectMcpClient(ctx.n8n.url, path);
			clients.push(client);
			return client;
		};
	};

	/** After many calls at once, n8n 2.41 may refuse requests until its database responds again. */
	const waitUntilReady = async () => {
		const url = `${ctx.n8n.url}/healthz/readiness`;
		await until('n8n to be ready', async () => (await fetch(url)).ok);
	};

	test('the operations are tools with different names and descriptions', async () => {
		const connectClient = await serve(
			Object.fromEntries(OPERATIONS.map((operation) => [`Segment: ${operation}`, operation])),
		);
		const tools = await (await connectClient()).listTools();
		expect(tools.map(({ name }) => name).sort()).toEqual(
			OPERATIONS.map((operation) => `Segment_${operation}`),
		);
		expect(new Set(tools.map(({ description }) => description)).size).toBe(OPERATIONS.length);
		const byName = new Map(tools.map((each) => [each.name, each]));
		expect(byName.get('Segment_delete')!.description).toMatch(/permanent/i);
		expect(byName.get('Segment_refresh')!.inputSchema).toMatchObject({
			properties: { segment_id: { type: 'string', description: 'ID of the segment' } },
			required: ['segment_id'],
		});
	});

	test('parallel calls of two clients: each gets its own result', async () => {
		const segments = ctx.simulator.addSegments(5);
		const connectClient = await serve({ Get: 'get', Refresh: 'refresh' });
		const [one, two] = [await connectClient(), await connectClient()];
		const refreshed = segments.slice(0, 3);
		const ask = async (client: McpClient, tool: string, { id }: { id: string }) => {
			const { text } = await client.call(tool, { segment_id: id });
			return (JSON.parse(text) as unknown[])[0];
		};
		const [ofOne, ofTwo, refreshes] = await Promise.all([
			Promise.all(segments.map(async (segment) => await ask(one, 'Get', segment))),
			Promise.all(segments.map(async (segment) => await ask(two, 'Get', segment))),
			Promise.all(refreshed.map(async (segment) => await ask(two, 'Refresh', segment))),
		]);
		const expected = segments.map(({ id, name }) =>
			expect.objectContaining({ segment_id: id, segment_name: name }),
		);
		expect(ofOne).toEqual(expected);
		expect(ofTwo).toEqual(expected);
		expect(refreshes).toEqual(
			refreshed.map(({ id, name }) =>
				expect.objectContaining({ status: 'accepted', segment_id: id, segment_name: name }),
			),
		);
		expect(ctx.simulator.requests('POST')).toHaveLength(refreshed.length);
	});

	test('two calls with the same arguments are two requests', async () => {
		const { id } = ctx.simulator.addSegment();
		const client = await (
			await serve({ Delete: 'delete' }, { onError: 'continueRegularOutput' })
		)();
		const answers = await Promise.all(
			[1, 2].map(async () => await client.call('Delete', { segment_id: id })),
		);
		const results = answers.map(({ text }) => JSON.parse(text));
		expect(results).toContainEqual([expect.objectContaining({ deleted: true, segment_id: id })]);
		expect(results).toContainEqual([
			{ error: expect.objectContaining({ message: `Segment ${id} does not exist` }) },
		]);
		// Each reads the segment, the second one before or after it is deleted.
		expect(ctx.simulator.requests('GET', id)).toHaveLength(2);
	});

	test.each(['stopWorkflow', 'continueRegularOutput'] as const)(
		"%s: a call that fails gets the node's message, and the other calls get their results",
		async (onError) => {
			const segment = ctx.simulator.addSegment();
			const missing = randomUUID();
			const client = await (await serve({ Get: 'get' }, { onError }))();
			const [failed, found, invalid] = await Promise.all(
				[missing, segment.id, '../api_keys'].map(
					async (id) => await client.call('Get', { segment_id: id }),
				),
			);
			expect(failed.text).toContain(`Segment ${missing} does not exist`);
			expect(invalid.text).toContain("'Segment' is not a valid ID");
			expect([failed, invalid].map(({ isError }) => isError)).toEqual(
				Array(2).fill(onError === 'stopWorkflow'),
			);
			expect(JSON.parse(found.text)).toMatchObject([{ segment_id: segment.id }]);
			expect(ctx.simulator.requests('GET')).toHaveLength(2);
		},
	);

	// Under "Continue", n8n does not retry a tool.
	test('"Retry On Fail": a rejected refresh is sent again, one whose response was lost is not', async () => {
		const { id } = ctx.simulator.addSegment();
		const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 };
		const client = await (await serve({ Refresh: 'refresh' }, settings))();
		const isRefresh = ({ method }: { method: string }) => method === 'POST';

		ctx.simulator.fault({ match: isRefresh, drop: 'beforeAnswer' });
		const lost = await client.call('Refresh', { segment_id: id });
		expect(lost).toEqual({
			isError: true,
			text: expect.stringContaining('may still have taken effect'),
		});
		expect(ctx.simulator.requests('POST')).toHaveLength(1);

		ctx.simulator.fault({ match: isRefresh, status: 403 });
		const accepted = await client.call('Refresh', { segment_id: id });
		expect(JSON.parse(accepted.text)).toMatchObject([{ status: 'accepted', segment_id: id }]);
		expect(ctx.simulator.requests('POST')).toHaveLength(1 + 2);
	});
});
