import { readFile } from 'node:fs/promises';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator';
import { redirectHosts } from '../../tools/httpsProxy';
import type { N8nClient, SavedCredential } from '../../tools/n8n/client';
import { SEGMENTS_CREDENTIAL } from '../../tools/n8n/workflows';
import { onFailure, requestLines } from '../failures';
import { servers } from './servers';

export interface TestContext {
	n8n: N8nClient;
	version: string;
	/** Brings n8n's requests for these hosts to these servers; see `redirectHosts`. */
	redirectHosts: (targets: Record<string, string>) => Promise<void>;
	/** Reset before each test. */
	simulator: Simulator;
	/** For the simulator, with full access. */
	credential: SavedCredential;
}

/** Runs the tests on every n8n version, each with a simulator of its own. */
export function describeOnEveryN8n(
	tests: (ctx: TestContext) => void,
	options: SimulatorOptions = {},
): void {
	describe.each(servers())('n8n $version', ({ client, version, proxy, logFile }) => {
		const ctx = {
			n8n: client,
			version,
			redirectHosts: async (targets) => await redirectHosts(proxy, targets),
		} as TestContext;
		beforeAll(async () => {
			ctx.simulator = await startSimulator(options);
			ctx.credential = await client.createCredential('SendGrid Segments', SEGMENTS_CREDENTIAL, {
				apiKey: ctx.simulator.keys.full,
				baseUrl: ctx.simulator.url,
			});
		});
		afterAll(async () => {
			await ctx.simulator.stop();
		});
		onFailure(
			{
				'n8n.log': async () => await readFile(logFile),
				'requests.jsonl': () => requestLines(ctx.simulator?.log),
			},
			`n8n ${version}`,
		);
		beforeEach(() => {
			ctx.simulator.reset();
		});
		tests(ctx);
	});
}
