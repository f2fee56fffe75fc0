import type { N8nClient, SavedCredential } from '../../demo/n8n/client';
import { startSimulator, type Simulator } from '../../simulator';
import { servers } from './servers';

/** What a test works with. */
export interface Setting {
	n8n: N8nClient;
	/** Empty at the beginning of each test. */
	simulator: Simulator;
	/** Of the simulator, with all rights. */
	credential: SavedCredential;
}

/** Describes tests that are run on every n8n that was started, each against a simulator. */
export function onEveryN8n(tests: (setting: Setting) => void): void {
	describe.each(servers())('n8n $version', ({ client }) => {
		const setting = { n8n: client } as Setting;
		beforeAll(async () => {
			setting.simulator = await startSimulator();
			setting.credential = await client.createCredential(
				'SendGrid Segments',
				'sendGridSegmentsApi',
				{
					apiKey: setting.simulator.keys.full,
					baseUrl: setting.simulator.url,
				},
			);
		});
		afterAll(async () => {
			await setting.simulator.stop();
		});
		beforeEach(() => {
			setting.simulator.reset();
		});
		tests(setting);
	});
}
