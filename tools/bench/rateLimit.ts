import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulator } from '../../simulator';
import { callWebhook } from '../n8n/executions';
import { itemsWorkflow, SEGMENTS_CREDENTIAL } from '../n8n/workflows';
import type { Setup } from './runTask';
import type { Subject } from './subjects';

const WINDOW_MS = 60_000;

/** What became of the items, and how long the node took. */
export interface LimitedRun {
	succeeded: number;
	seconds: number;
	/** Requests that the rate limit turned away. */
	refused: number;
}

/**
 * Reads segments of the simulator, whose rate limit is as recorded of SendGrid: 600 requests in each
 * minute of the clock. Starts with a minute, so that every subject has the same windows.
 */
export async function getThroughRateLimit(
	{ n8n }: Setup,
	subject: Subject,
	count: number,
	segmentCount: number,
): Promise<LimitedRun> {
	const simulator = await startSimulator();
	try {
		const credential = await n8n.client.createCredential('SendGrid', SEGMENTS_CREDENTIAL, {
			apiKey: simulator.keys.full,
			baseUrl: simulator.url,
		});
		const segments = simulator.addSegments(segmentCount);
		const items = Array.from({ length: count }, (_, n) => ({ id: segments[n % segmentCount].id }));
		const node = subject('get', simulator.url, credential);
		await sleep(WINDOW_MS - (Date.now() % WINDOW_MS));
		const { data, output } = await callWebhook(n8n.client, itemsWorkflow(node), { items });
		return {
			succeeded: output(node.name).filter(({ json }) => json.error === undefined).length,
			seconds: data.resultData.runData[node.name][0].executionTime / 1000,
			refused: simulator.rateLimited,
		};
	} finally {
		await simulator.stop();
	}
}
