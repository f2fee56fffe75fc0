import type { SimulatorKeys } from '../../simulator';
import { onEveryN8n } from './simulated';

onEveryN8n((at) => {
	/** What n8n says when a credential with these values is saved. */
	const saved = async (data: { apiKey: string; baseUrl: string }) => {
		const credential = await at.n8n.createCredential('Tested', 'sendGridSegmentsApi', data);
		return await at.n8n.testCredential(credential, 'sendGridSegmentsApi', data);
	};
	const withKey = async (key: keyof SimulatorKeys) =>
		await saved({ apiKey: at.simulator.keys[key], baseUrl: at.simulator.url });

	test('a key with all rights passes', async () => {
		expect(await withKey('full')).toMatchObject({ status: 'OK' });
	});

	test('wrong key, no access and no connection fail, each with words of its own', async () => {
		const answers = [
			await withKey('revoked'),
			await withKey('noMarketing'),
			await saved({ apiKey: at.simulator.keys.full, baseUrl: 'http://127.0.0.1:1' }),
		];
		// Before version 2, n8n says the first two in its own words.
		expect(answers).toEqual(
			[
				/rejected the API key|^Authorization failed/,
				/no access to Marketing|^Forbidden/,
				/ECONNREFUSED|refused the connection/,
			].map((words) => ({ status: 'Error', message: expect.stringMatching(words) })),
		);
	});

	test('an address where something else answers is no SendGrid', async () => {
		const page = { status: 200, contentType: 'text/html', body: '<html>Hello</html>' };
		at.simulator.fault(page);
		expect(await withKey('full')).toEqual({
			status: 'Error',
			message: expect.stringContaining('not SendGrid'),
		});
	});

	test('the key goes nowhere but to SendGrid or this machine', async () => {
		const answer = await saved({
			apiKey: at.simulator.keys.full,
			baseUrl: at.simulator.url.replace('127.0.0.1', 'example.com'),
		});
		expect(answer).toEqual({
			status: 'Error',
			message: expect.stringContaining('must start with https://'),
		});
	});
});
