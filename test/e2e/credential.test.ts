import type { SimulatorKeys } from '../../simulator';
import { describeOnEveryN8n } from './describeOnEveryN8n';

describeOnEveryN8n((ctx) => {
	/** The test result that n8n shows after a credential with these values is saved. */
	const saveAndTest = async (data: { apiKey: string; baseUrl: string }) => {
		const credential = await ctx.n8n.createCredential('Tested', 'sendGridSegmentsApi', data);
		return await ctx.n8n.testCredential(credential, 'sendGridSegmentsApi', data);
	};
	const withKey = async (key: keyof SimulatorKeys) =>
		await saveAndTest({ apiKey: ctx.simulator.keys[key], baseUrl: ctx.simulator.url });

	test('a key with full access passes; wrong key, no access and no connection say what is wrong', async () => {
		expect(await withKey('full')).toMatchObject({ status: 'OK' });
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
});
