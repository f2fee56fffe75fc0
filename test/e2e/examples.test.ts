import { randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import {
	configureExample,
	DEFINITION_COLUMNS,
	EXAMPLES,
	readExample,
	runsOn,
	type ExampleName,
} from '../../tools/examples';
import type { SavedWorkflow, WorkflowFile } from '../../tools/n8n/client';
import { callWebhook, runManually, runSaved } from '../../tools/n8n/executions';
import { SEGMENTS_NODE } from '../../tools/n8n/workflows';
import { startChatModel, type ChatModel } from './chatModel';
import { until } from '../eventually';
import { describeOnEveryN8n } from './describeOnEveryN8n';
import { connectMcpClient } from './mcpClient';
import { startSlack, type Slack } from './slack';

const nodeOf = ({ nodes }: WorkflowFile, name: string) => nodes.find((node) => node.name === name)!;

describeOnEveryN8n((ctx) => {
	/** An example with the simulator's credential and segment selected. */
	const readConfigured = async (name: ExampleName, segment?: { id: string; name: string }) =>
		configureExample(await readExample(name), { credential: ctx.credential, segment });

	/** Runs an example from its trigger. Nodes that need another service output their pinned data. */
	const run = async (
		workflow: WorkflowFile,
		pinned: Record<string, Array<Record<string, string>>> = {},
		trigger = workflow.nodes.find(({ type }) => type.endsWith('Trigger'))!.name,
	) => {
		const pinData = Object.fromEntries(
			Object.entries(pinned).map(([node, items]) => [node, items.map((json) => ({ json }))]),
		);
		return await runManually(ctx.n8n, { ...workflow, pinData }, { trigger });
	};

	let knownTypes: string[];
	let slack: Slack;
	beforeAll(async () => {
		slack = await startSlack();
		await ctx.redirectHosts({ 'api.sendgrid.com': ctx.simulator.url, 'slack.com': slack.url });
		knownTypes = (await ctx.n8n.nodeTypes()).map(({ name }) => name);
	});

	afterAll(async () => {
		await ctx.redirectHosts({});
		await slack.stop();
	});
	beforeEach(() => {
		slack.messages.length = 0;
	});

	/** What a user selects in a Slack node. */
	const chooseSlackChannel = async (node: INode) => {
		const credential = await ctx.n8n.createCredential('Slack', 'slackApi', {
			accessToken: 'any',
		});
		node.credentials = { slackApi: credential };
		node.parameters.channelId = { __rl: true, mode: 'id', value: 'C0123456789' };
	};

	test.each(EXAMPLES)(
		'%s is imported unchanged, and this n8n knows all its nodes if it is new enough',
		async (name) => {
			const example = await readExample(name);
			const types = example.nodes.map(({ type }) => type);
			expect(types.some((type) => type.startsWith(SEGMENTS_NODE))).toBe(true);
			const unknownTypes = types.filter((type) => !knownTypes.includes(type));
			expect(unknownTypes.length > 0).toBe(!runsOn(name, ctx.version));
			const { id } = await ctx.n8n.createWorkflow(example);
			const saved = await ctx.n8n.request<SavedWorkflow & WorkflowFile>('GET', `/workflows/${id}`);
			const { nodes, pinData } = example;
			expect(saved).toMatchObject({ name: example.name, nodes, pinData });
		},
	);

	test('webhook → refresh → respond: 202 with the job ID, then 429 with the time', async () => {
		const segment = ctx.simulator.addSegment();
		const call = async () =>
			await callWebhook(ctx.n8n, await readConfigured('webhook-refresh-respond', segment), {});
		expect((await call()).response).toEqual({
			status: 202,
			body: {
				status: 'accepted',
				segment_name: segment.name,
				job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
				reason: null,
				next_refresh_at: null,
				segment_id: segment.id,
			},
		});
		expect((await call()).response).toEqual({
			status: 429,
			body: {
				status: 'skipped',
				segment_name: segment.name,
				job_id: null,
				reason: 'segment_hourly',
				next_refresh_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
				segment_id: segment.id,
			},
		});
		expect(ctx.simulator.requests('POST')).toHaveLength(1);
	});

	test('webhook → refresh → respond: "Execute workflow" runs it with the pinned request', async () => {
		const segment = ctx.simulator.addSegment();
		const example = await readConfigured('webhook-refresh-respond', segment);
		const { status, output } = await runManually(ctx.n8n, example, { trigger: 'Webhook' });
		expect(status).toBe('success');
		expect(output('Respond').map(({ json }) => json)).toMatchObject([{ status: 'accepted' }]);
	});

	test('CRM sync → refresh: one request for all items', async () => {
		const segment = ctx.simulator.addSegment();
		const { output } = await run(await readConfigured('crm-sync-refresh', segment));
		const refreshed = output('Refresh segment').map(({ json }) => json);
		expect(refreshed).toHaveLength(3);
		expect(new Set(refreshed.map(({ job_id }) => job_id)).size).toBe(1);
		expect(ctx.simulator.requests('POST')).toHaveLength(1);
	});

	test('CRM sync → upsert → refresh and wait → report the new count to Slack', async () => {
		const segment = ctx.simulator.addSegment({ contacts_count: 10, nextContactsCount: 12 });
		const example = await readConfigured('crm-sync-upsert-refresh-and-wait-slack', segment);
		const { parameters } = nodeOf(example, 'Refresh segment');
		parameters.options = { ...(parameters.options as object), pollSeconds: 5 };
		nodeOf(example, 'Create or update contacts').credentials = {
			sendGridApi: await ctx.n8n.createCredential('SendGrid', 'sendGridApi', {
				apiKey: ctx.simulator.keys.full,
			}),
		};
		await chooseSlackChannel(nodeOf(example, 'Post to Slack'));

		/** How many contacts were imported when the refresh arrived. */
		let imported: number | undefined;
		ctx.simulator.fault({
			match: ({ method }) => {
				if (method !== 'POST') return false;
				const [contactImport] = ctx.simulator.imports.values();
				imported = contactImport.results.created_count;
				return false;
			},
		});
		const { status, output } = await run(example);
		expect(status).toBe('success');
		expect(imported).toBe(2);
		expect(output('Refresh segment')[0].json).toMatchObject({
			status: 'completed',
			segment_name: segment.name,
			contacts_count: 12,
		});
		expect(slack.messages.map(({ text }) => text)).toEqual([
			expect.stringContaining(`"${segment.name}" has 12 contacts now.`),
		]);
	});

	test('nightly refresh: segments at their limit are skipped, with the time of the next', async () => {
		ctx.simulator.addSegments(8);
		const limited = ctx.simulator.addSegment({
			name: 'At its limit',
			refreshes_used: 1,
			last_refreshed_at: new Date().toISOString(),
		});
		const { status, output } = await run(await readConfigured('nightly-refresh-ten-segments'));
		expect(status).toBe('success');
		expect(ctx.simulator.accountRefreshesUsed).toBe(8);
		expect(output('Skipped segments').map(({ json }) => json.segment_id)).toEqual([limited.id]);
		expect(output('Next refresh time').map(({ json }) => json)).toEqual([
			{
				message: expect.stringMatching(
					/^"At its limit" was not refreshed, .* \(segment_hourly\)\. Next refresh possible: \d{4}-/,
				),
			},
		]);
	});

	test("a segment's query is invalid → Slack, with SendGrid's words", async () => {
		ctx.simulator.addSegment({
			name: 'Berlin',
			status: { query_validation: 'INVALID', error_message: 'unknown field' },
		});
		const example = await readConfigured('broken-query-slack');
		await chooseSlackChannel(nodeOf(example, 'Post to Slack'));
		const { status, output } = await run(example);
		expect(status).toBe('success');
		expect(output('Query is invalid').map(({ json }) => json)).toMatchObject([
			{ event: 'invalid', segment_name: 'Berlin' },
		]);
		expect(slack.messages.map(({ text }) => text)).toEqual([
			expect.stringContaining('"Berlin" is no longer valid. SendGrid says: unknown field'),
		]);
	});

	test('nightly refresh, and its count to a sheet when it is done', async () => {
		const segment = ctx.simulator.addSegment({ name: 'Berlin', contacts_count: 12 });
		const example = await readConfigured('nightly-refresh-count-to-sheet', segment);
		const pinned = { 'Add to sheet': [{ ok: 'pinned' }] };

		const refreshed = await run(example, pinned);
		expect(refreshed.output('Refresh segment').map(({ json }) => json)).toMatchObject([
			{ status: 'accepted', segment_id: segment.id },
		]);

		const done = await run(example, pinned, 'Segment was refreshed');
		expect(done.status).toBe('success');
		expect(done.output('Row').map(({ json }) => json)).toEqual([
			{ Time: expect.stringMatching(/Z$/), Segment: 'Berlin', Contacts: 12, Change: 0 },
		]);
	});

	test('who entered the segment: everyone, then only those who are new, in one message', async () => {
		const segment = ctx.simulator.addSegment({ name: 'VIP' });
		const enter = (...emails: string[]) =>
			ctx.simulator.addContacts(
				segment.id,
				emails.map((email) => ({ email })),
			);
		const example = await readConfigured('who-entered-the-segment-slack');
		await chooseSlackChannel(nodeOf(example, 'Post to Slack'));
		const saved = await ctx.n8n.createWorkflow(example);
		const post = async () => {
			slack.messages.length = 0;
			const { status } = await runSaved(ctx.n8n, saved, { trigger: 'Segment was refreshed' });
			expect(status).toBe('success');
			return slack.messages.map(({ text }) => text);
		};

		enter('contact-1@example.com', 'contact-2@example.com');
		expect(await post()).toEqual([
			expect.stringContaining(
				'New in "VIP": 2 contacts\ncontact-1@example.com, contact-2@example.com\n',
			),
		]);
		expect(await post()).toEqual([]);
		enter('contact-3@example.com');
		expect(await post()).toEqual([
			expect.stringContaining('New in "VIP": 1 contact\ncontact-3@example.com\n'),
		]);
	});

	test('segment → sheet: a row per contact', async () => {
		const segment = ctx.simulator.addSegment();
		ctx.simulator.addContacts(segment.id, [
			{ contact_id: randomUUID(), email: 'contact-1@example.com', first_name: 'One' },
			{ contact_id: randomUUID(), email: 'contact-2@example.com' },
		]);
		const { status, output } = await run(await readConfigured('segment-to-sheet', segment), {
			'Add or update in sheet': [{ ok: 'pinned' }],
		});
		expect(status).toBe('success');
		const row = { contact_id: expect.any(String), last_name: '', last_seen: expect.any(String) };
		expect(output('Row').map(({ json }) => json)).toEqual([
			{ ...row, email: 'contact-1@example.com', first_name: 'One' },
			{ ...row, email: 'contact-2@example.com', first_name: '' },
		]);
		expect(ctx.simulator.requests('POST', 'refresh')).toEqual([]);
	});

	describe('is this customer a VIP?', () => {
		const readVip = async () => {
			const segment = ctx.simulator.addSegment();
			ctx.simulator.addContacts(segment.id, [{ email: 'contact-1@example.com' }]);
			return await readConfigured('is-this-customer-a-vip', segment);
		};

		test.each([
			['a contact of the segment', 'contact-1@example.com', 200, { vip: true }],
			['an unknown address', 'contact-2@example.com', 200, { vip: false }],
			['no address', undefined, 400, { error: expect.any(String) }],
		])('%s', async (_, email, status, body) => {
			const { response } = await callWebhook(ctx.n8n, await readVip(), { email });
			expect(response).toEqual({ status, body: status === 200 ? { email, ...body } : body });
		});

		test('SendGrid refuses: not what it responds to a caller without an address', async () => {
			const vip = await readVip();
			ctx.simulator.fault({ status: 403 });
			const { response } = await callWebhook(ctx.n8n, vip, { email: 'contact-1@example.com' });
			expect(response).toEqual({ status: 502, body: { error: expect.any(String) } });
		});

		test('"Execute workflow" runs it with the pinned request', async () => {
			const { output } = await runManually(ctx.n8n, await readVip(), { trigger: 'Webhook' });
			expect(output('Check contact').map(({ json }) => json)).toMatchObject([
				{ email: 'contact-1@example.com', in_segment: true },
			]);
		});
	});

	test('segments over MCP: a client with the token finds, reads, checks and refreshes a segment', async () => {
		const [segment] = ctx.simulator.addSegments(2, (index) => ({ name: `Number ${index}` }));
		const example = await readConfigured('segments-over-mcp');
		const token = randomUUID();
		nodeOf(example, 'MCP Server Trigger').credentials = {
			httpBearerAuth: await ctx.n8n.createCredential('MCP', 'httpBearerAuth', { token }),
		};
		const saved = await ctx.n8n.createWorkflow(example);
		await ctx.n8n.activate(saved);

		await expect(connectMcpClient(ctx.n8n.url, 'segments')).rejects.toMatchObject({
			code: 403,
		});
		const client = await connectMcpClient(ctx.n8n.url, 'segments', token);
		const call = async (name: string, args: Record<string, unknown>) =>
			JSON.parse((await client.call(name, args)).text) as unknown[];
		const tools = await client.listTools();
		expect(tools.map(({ name }) => name).sort()).toEqual([
			'Check_contact',
			'Find_segments',
			'Get_segment',
			'Refresh_segment',
		]);

		expect(await call('Find_segments', { name: '' })).toHaveLength(2);
		expect(await call('Find_segments', { name: 'number 0' })).toMatchObject([
			{ segment_id: segment.id, segment_name: segment.name },
		]);
		const segment_id = segment.id;
		expect(await call('Get_segment', { segment_id })).toMatchObject([
			{ segment_id, query_dsl: segment.query_dsl },
		]);
		ctx.simulator.addContacts(segment_id, [{ email: 'contact-1@example.com' }]);
		expect(
			await call('Check_contact', { segment_id, email: 'contact-1@example.com' }),
		).toMatchObject([{ in_segment: true, contact_found: true }]);
		const refresh = async () => await call('Refresh_segment', { segment_id });
		expect(await refresh()).toMatchObject([{ status: 'accepted', segment_id }]);
		expect(await refresh()).toMatchObject([{ status: 'skipped', reason: 'segment_hourly' }]);
		await client.close();
	});

	let model: ChatModel;
	beforeAll(async () => {
		model = await startChatModel();
	});
	afterAll(async () => {
		await model.stop();
	});

	const chooseModel = async (example: WorkflowFile) => {
		nodeOf(example, 'Model').credentials = {
			openAiApi: await ctx.n8n.createCredential('Stand-in', 'openAiApi', {
				apiKey: 'none',
				url: model.url,
			}),
		};
	};

	const chat = (chatInput: string) => ({
		'When chat message received': [{ chatInput, sessionId: 'any' }],
	});

	test('an agent checks whether a customer is in the VIP segment', async () => {
		const segment = ctx.simulator.addSegment({ name: 'VIP' });
		ctx.simulator.addContacts(segment.id, [{ email: 'contact-1@example.com' }]);
		const example = await readConfigured('agent-is-vip', segment);
		await chooseModel(example);
		const email = 'contact-1@example.com';
		model.willCall({ tool: 'Is_in_VIP_segment', arguments: { email } });
		const { status } = await run(example, chat(`Is ${email} in our VIP segment?`));
		expect(status).toBe('success');
		expect(model.results()).toMatchObject([
			[{ in_segment: true, contact_found: true, email, segment_name: 'VIP' }],
		]);
	});

	if (runsOn('agent-delete-with-approval', ctx.version)) {
		describe('an agent deletes a segment if a person approves', () => {
			/**
			 * Has the agent delete a segment and clicks a button of the message in Slack.
			 *
			 * @returns what the model was told, as JSON
			 */
			const review = async (segmentId: string, buttonLabel: string) => {
				const example = await readConfigured('agent-delete-with-approval');
				await chooseSlackChannel(nodeOf(example, 'Approve in Slack'));
				await chooseModel(example);
				const args = { toolParameters: { segment_id: segmentId }, hitlParameters: {} };
				model.willCall({ tool: 'Delete_segment', arguments: args });
				const posted = slack.nextMessage();
				const finished = run(example, chat('Delete it.'));
				const { blocks = [] } = await Promise.race([posted, finished.then(() => ({ blocks: [] }))]);
				expect(blocks.map(({ text }) => text?.text)).toContainEqual(
					expect.stringContaining(`https://mc.sendgrid.com/segments/${segmentId}`),
				);
				expect(ctx.simulator.requests('DELETE')).toEqual([]);

				const buttons = blocks.flatMap(({ elements = [] }) => elements);
				await click(buttons.find(({ text }) => text.text === buttonLabel)!.url);
				expect((await finished).status).toBe('success');
				return JSON.stringify(model.results());
			};

			/** n8n is ready for the click only a moment after it has posted the message. */
			const click = async (url: string) => {
				// n8n ignores the clicks of bots.
				const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
				await until('n8n to accept the click', async () => {
					const { ok } = await fetch(url, { headers: { 'user-agent': userAgent } });
					return ok;
				});
			};

			test('approved: the segment is deleted, and the agent gets its definition', async () => {
				const { id, name, query_dsl } = ctx.simulator.addSegment();
				const told = await review(id, 'Approve');
				const segment = expect.objectContaining({ name, query_dsl });
				expect(JSON.parse(told)).toEqual([
					[{ deleted: true, segment_id: id, segment_name: name, segment }],
				]);
				expect(ctx.simulator.segments.size).toBe(0);
			});

			test('declined: nothing is sent, and the agent is told', async () => {
				const { id } = ctx.simulator.addSegment();
				expect(await review(id, 'Decline')).toContain('rejected');
				expect(ctx.simulator.log).toEqual([]);
				expect([...ctx.simulator.segments.keys()]).toEqual([id]);
			});
		});
	}

	describe('clean up empty segments', () => {
		/** With a data table chosen, and the node that fills it activated. */
		const prepare = async () => {
			const { id, path } = await ctx.n8n.createDataTable(
				`Definitions ${Date.now()}`,
				DEFINITION_COLUMNS,
			);
			const example = configureExample(await readExample('clean-up-empty-segments'), {
				credential: ctx.credential,
				dataTableId: id,
			});
			const rows = async () =>
				(await ctx.n8n.request<{ data: unknown[] }>('GET', `${path}/rows`)).data;
			return { example, rows };
		};

		test('runs unprepared, deletes nothing, and shows what it would delete', async () => {
			const { id, name } = ctx.simulator.addSegment({ contacts_count: 0 });
			const { status, output } = await run(await readConfigured('clean-up-empty-segments'));
			expect(status).toBe('success');
			expect(output('Definition as a row').map(({ json }) => json)).toMatchObject([
				{ segment_name: name, segment_id: id, deleted: false, note: 'Dry run: would be deleted' },
			]);
			expect(ctx.simulator.requests('DELETE')).toEqual([]);
		});

		test('by default, a row says which Single Send would keep a segment', async () => {
			const { id } = ctx.simulator.addSegment({ contacts_count: 0 });
			ctx.simulator.addSingleSend({
				name: 'Newsletter',
				send_at: '2099-01-01T08:00:00Z',
				send_to: { segment_ids: [id] },
			});
			const { example, rows } = await prepare();
			expect((await run(example)).status).toBe('success');
			expect(await rows()).toEqual([
				expect.objectContaining({
					segment_id: id,
					deleted: false,
					note: 'Dry run: would be kept, because the Single Send "Newsletter" uses it',
				}),
			]);
		});

		test('stores the definitions of the segments that it deletes', async () => {
			const list = ctx.simulator.addList({ name: 'Newsletter' });
			const empty = ctx.simulator.addSegment({ contacts_count: 0, parent_list_ids: [list.id] });
			const full = ctx.simulator.addSegment({ contacts_count: 3 });
			const pending = ctx.simulator.addSegment({
				contacts_count: 0,
				status: { query_validation: 'PENDING' },
			});
			const used = ctx.simulator.addSegment({ contacts_count: 0, name: 'In use' });
			ctx.simulator.addSingleSend({
				name: 'Newsletter',
				send_at: '2099-01-01T08:00:00Z',
				send_to: { segment_ids: [used.id] },
			});
			const { example, rows } = await prepare();
			nodeOf(example, 'Delete segment').parameters.dryRun = false;

			expect((await run(example)).status).toBe('success');
			expect([...ctx.simulator.segments.keys()]).toEqual([full.id, pending.id, used.id]);
			expect(await rows()).toEqual(
				expect.arrayContaining([
					expect.objectContaining({
						segment_name: empty.name,
						segment_id: empty.id,
						query_dsl: empty.query_dsl,
						parent_list_id: list.id,
						deleted: true,
						note: 'Deleted',
					}),
					expect.objectContaining({
						segment_id: used.id,
						deleted: false,
						note: expect.stringContaining('"Newsletter"'),
					}),
				]),
			);
		});
	});
});
