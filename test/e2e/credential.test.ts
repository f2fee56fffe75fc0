import { startSimulator, type SimulatorKeys } from '../../simulator';
import { callWebhook } from '../../tools/n8n/executions';
import { itemsWorkflow, SEGMENTS_CREDENTIAL, segmentsNode } from '../../tools/n8n/workflows';
import { describeOnEveryN8n } from './describeOnEveryN8n';

describeOnEveryN8n((ctx) => {
	/** The test result that n8n shows after a credential with these values is saved. */
	const saveAndTest = async (data: { apiKey: string; baseUrl: string }) => {
		const credential = await ctx.n8n.createCredential('Tested', 'sendGridSegmentsApi', data);
		return await ctx.n8n.testCredential(credential, 'sendGridSegmentsApi', data);
	};
	const withKey = async (key: keyof SimulatorKeys) =>
		await saveAndTest({ apiKey: ctx.simulator.keys[key], baseUrl: ctx.simulator.url });

	test('a key with full access passes', async () => {
		expect(await withKey('full')).toMatchObject({ status: 'OK' });
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

	test('a base URL of another server is detected', async () => {
		const page = { status: 200, contentType: 'text/html', body: '<html>Hello</html>' };
		ctx.simulator.fault(page);
		expect(await withKey('full')).toEqual({
			status: 'Error',
			message: expect.stringContaining('not SendGrid'),
		});
	});

	test('the key is sent only over HTTPS or to this machine', async () => {
		const result = await saveAndTest({
			apiKey: ctx.simulator.keys.full,
			baseUrl: ctx.simulator.url.replace('127.0.0.1', 'example.com'),
		});
		expect(result).toEqual({
			status: 'Error',
			message: expect.stringContaining('must start with https://'),
		});
	});

	// The two simulators have the same segments, so that a request to the wrong one would succeed.
	test('a key and a base URL that are expressions: every item goes out with its own', async () => {
		const other = await startSimulator();
		try {
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
				items.map(({ id }) => ({ deleted: true, segment_id: id })),
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
		} finally {
			await other.stop();
		}
	});
});
