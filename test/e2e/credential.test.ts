import { startSimulator, type Simulator, type SimulatorKeys } from '../../simulator';
import { callWebhook } from '../../tools/n8n/executions';
import {
	connect,
	createNodes,
	itemsBody,
	itemsWorkflow,
	SEGMENTS_CREDENTIAL,
	segmentsNode,
	webhookNode,
} from '../../tools/n8n/workflows';
import { onFailure, requestLines } from '../failures';
import { describeOnEveryN8n } from './describeOnEveryN8n';

describeOnEveryN8n((ctx) => {
	let other: Simulator;
	onFailure({ 'requests-other.jsonl': () => requestLines(other?.log) });
	beforeAll(async () => {
		other = await startSimulator();
	});
	beforeEach(() => other.reset());
	afterAll(async () => await other.stop());

	/** The test result that n8n shows after a credential with these values is saved. */
	const saveAndTest = async (data: {
		apiKey: string;
		baseUrl: string;
		[field: string]: string;
	}) => {
		const credential = await ctx.n8n.createCredential('Tested', 'sendGridSegmentsApi', data);
		return await ctx.n8n.testCredential(credential, 'sendGridSegmentsApi', data);
	};
	const withKey = async (key: keyof SimulatorKeys) =>
		await saveAndTest({ apiKey: ctx.simulator.keys[key], baseUrl: ctx.simulator.url });

	test.each([
		['Global', 'https://api.sendgrid.com'],
		['EU', 'https://api.eu.sendgrid.com'],
		['an address of their own', undefined],
	])('%s: the test passes, and requests go there', async (_, host) => {
		// All other hosts are out of reach.
		if (host) await ctx.redirectHosts({ [new URL(host).hostname]: ctx.simulator.url });
		const baseUrl = host ?? ctx.simulator.url;
		const data = { apiKey: ctx.simulator.keys.full, baseUrl };
		expect(await saveAndTest(data)).toMatchObject({ status: 'OK' });

		const { id } = ctx.simulator.addSegment();
		const credential = await ctx.n8n.createCredential('Region', SEGMENTS_CREDENTIAL, data);
		const workflow = itemsWorkflow(segmentsNode('get', credential));
		const { output } = await callWebhook(ctx.n8n, workflow, itemsBody([id]));
		expect(output('Segments').map(({ json }) => json.segment_id)).toEqual([id]);
		await ctx.redirectHosts({});
	});

	test('wrong key, no access and no connection have different messages', async () => {
		const results = [
			await withKey('revoked'),
			await withKey('noMarketing'),
			await saveAndTest({ apiKey: ctx.simulator.keys.full, baseUrl: 'http://127.0.0.1:1' }),
		];
		// Before version 2, n8n replaces the first two messages with its own.
		expect(results).toEqual(
			[
				/rejected the API key|^Authorization failed/,
				/no access to Marketing|^Forbidden/,
				/ECONNREFUSED|refused the connection/,
			].map((words) => ({ status: 'Error', message: expect.stringMatching(words) })),
		);
	});

	// Fields that n8n adds to credentials. They apply to declarative nodes, too.
	test('"Allowed HTTP Request Domains": nothing is sent to another host, and nothing else is refused', async () => {
		const { id } = ctx.simulator.addSegment({ contacts_count: 2 });
		const use = async (restriction: {
			allowedHttpRequestDomains: string;
			allowedDomains?: string;
		}) => {
			const data = { apiKey: ctx.simulator.keys.full, baseUrl: ctx.simulator.url, ...restriction };
			const credential = await ctx.n8n.createCredential('Restricted', SEGMENTS_CREDENTIAL, data);
			const parameters = { resource: 'contact', options: { pollSeconds: 2 } };
			const node = segmentsNode('getAll', credential, { parameters });
			const run = await callWebhook(ctx.n8n, itemsWorkflow(node), itemsBody([id]));
			return { ...run, tested: await saveAndTest(data) };
		};

		const allowedDomains = 'sendgrid.example.com';
		const { tested, error } = await use({ allowedHttpRequestDomains: 'domains', allowedDomains });
		const reason = expect.stringMatching(
			/Domain not allowed: .*127\.0\.0\.1.*sendgrid\.example\.com/,
		);
		expect(tested).toEqual({ status: 'Error', message: reason });
		expect(error).toMatchObject({ message: 'SendGrid could not be reached', description: reason });
		expect(ctx.simulator.log).toEqual([]);

		for (const restriction of [
			{ allowedHttpRequestDomains: 'domains', allowedDomains: '127.0.0.1' },
			{ allowedHttpRequestDomains: 'none' },
		]) {
			const { tested, output } = await use(restriction);
			expect(tested).toMatchObject({ status: 'OK' });
			expect(output('Segments')).toHaveLength(2);
		}
	});

	test('a base URL of another server is detected', async () => {
		const page = { status: 200, contentType: 'text/html', body: '<html>Hello</html>' };
		ctx.simulator.fault(page);
		expect(await withKey('full')).toEqual({
			status: 'Error',
			message: expect.stringContaining('not SendGrid'),
		});
	});

	test('the HTTP Request node follows a redirect to another host without the key', async () => {
		ctx.simulator.fault({
			status: 302,
			headers: { location: `${other.url.replace('127.0.0.1', 'localhost')}/elsewhere` },
		});
		const { error } = await callWebhook(
			ctx.n8n,
			{
				name: 'Redirect',
				nodes: createNodes(webhookNode(), {
					name: 'HTTP Request',
					type: 'n8n-nodes-base.httpRequest',
					typeVersion: 4.2,
					parameters: {
						url: `${ctx.simulator.url}/v3/scopes`,
						authentication: 'predefinedCredentialType',
						nodeCredentialType: SEGMENTS_CREDENTIAL,
					},
					credentials: { [SEGMENTS_CREDENTIAL]: ctx.credential },
				}),
				connections: connect({ Webhook: ['HTTP Request'] }),
			},
			{},
		);
		expect(error).toMatchObject({ httpCode: '404' });
		const key = `Bearer ${ctx.simulator.keys.full}`;
		const sent = ({ log }: Simulator) =>
			log.map(({ pathname, headers }) => [pathname, headers.authorization]);
		expect(sent(ctx.simulator)).toEqual([['/v3/scopes', key]]);
		expect(sent(other)).toEqual([['/elsewhere', undefined]]);
	});

	// The two simulators have the same segments, so that a request to the wrong one would succeed.
	test('a key and a base URL that are expressions: every item goes out with its own', async () => {
		const tenants = [
			{ key: ctx.simulator.keys.full, server: ctx.simulator },
			{ key: ctx.simulator.keys.second, server: ctx.simulator },
			{ key: ctx.simulator.keys.full, server: other },
		];
		const items = ctx.simulator.addSegments(30).map(({ id }, index) => {
			other.addSegment({ id });
			const { key, server } = tenants[index % tenants.length];
			return { id, key, url: server.url };
		});
		const credential = await ctx.n8n.createCredential('Tenants', SEGMENTS_CREDENTIAL, {
			apiKey: '={{ $json.key }}',
			baseUrl: '={{ $json.url }}',
		});
		const { output } = await callWebhook(
			ctx.n8n,
			itemsWorkflow(segmentsNode('delete', credential)),
			{ items },
		);
		expect(output('Segments').map(({ json }) => json)).toEqual(
			items.map(({ id }) => expect.objectContaining({ deleted: true, segment_id: id })),
		);
		const deleted = [ctx.simulator, other].flatMap((server) =>
			server.requests('DELETE').map(({ pathname, headers }) => ({
				id: pathname.split('/').at(-1)!,
				key: headers.authorization!.replace('Bearer ', ''),
				url: server.url,
			})),
		);
		const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
		expect(deleted.sort(byId)).toEqual(items.sort(byId));
	});
});
