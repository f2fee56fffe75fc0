import startServers from '../e2e/globalSetup';

/** The newest n8n alone: an older one's editor looks and works in other ways. */
export default async function startNewest(): Promise<void> {
	process.env.N8N_VERSION = '2.41.1';
	await startServers();
}
