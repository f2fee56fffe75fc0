import { startInstances } from '../e2e/globalSetup';

/** Starts only the newest n8n: the editors of older versions look and work differently. */
export default async function startNewest(): Promise<void> {
	process.env.N8N_VERSION = '2.41.1';
	// The editor reads the npm registry.
	await startInstances({ withProxy: false });
}
