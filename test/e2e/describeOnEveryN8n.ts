import { startSimulator, type Simulator } from '../../simulator';
import type { N8nClient, SavedCredential } from '../../tools/n8n/client';
import { SEGMENTS_CREDENTIAL } from '../../tools/n8n/workflows';
import { servers } from './servers';

export interface TestContext {
	n8n: N8nClient;
	/** Reset before each test. */
	simulator: Simulator;
	/** For the simulator, with full access. */
	credential: SavedCredential;
}

/** Runs the tests on every n8n version, each with a simulator of its own. */
export function describeOnEveryN8n(tests: (ctx: TestContext) => void): void {
	describe.each(servers())('n8n $version', ({ client }) => {
		const ctx = { n8n: client } as TestContext;
		beforeAll(async () => {
			ctx.simulator = await startSimulator();
			ctx.credential = await client.createCredential('SendGrid Segments', SEGMENTS_CREDENTIAL, {
				apiKey: ctx.simulator.keys.full,
				baseUrl: ctx.simulator.url,
			});
		});
		afterAll(async () => {
			await ctx.simulator.stop();
		});
		beforeEach(() => {
			ctx.simulator.reset();
		});
		tests(ctx);
	});
}
