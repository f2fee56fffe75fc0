import { N8nClient } from '../../tools/n8n/client';

/** An n8n that was started for the tests. */
interface Server {
	version: string;
	/** Address of its editor and webhooks. */
	url: string;
	/** Cookie of its owner. */
	session: string;
}

/** Environment variables are the only data that jest's global setup can pass to the tests. */
const VARIABLE = 'N8N_SERVERS';

export function publishServers(servers: Server[]): void {
	process.env[VARIABLE] = JSON.stringify(servers);
}

/** For `describe.each`: the version of every n8n that was started, and a client for it. */
export function servers(): Array<{ version: string; client: N8nClient }> {
	return (JSON.parse(process.env[VARIABLE] ?? '[]') as Server[]).map(
		({ version, url, session }) => ({ version, client: new N8nClient(url, session) }),
	);
}
