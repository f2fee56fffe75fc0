import { N8nClient } from '../../tools/n8n/client';
import type { InstalledN8n } from '../../tools/n8n/install';

/** An n8n that was started for the tests. */
export interface Server {
	version: string;
	/** Where it is installed, to start another one. */
	installed: InstalledN8n;
	/** The packed package that is installed in it. */
	tarball: string;
	/** Address of its editor and webhooks. */
	url: string;
	/** Cookie of its owner. */
	session: string;
	/** The file that it writes its log to. */
	logFile: string;
	/** Address of the proxy that it sends its HTTPS requests through. */
	proxy: string;
}

/** Environment variables are the only data that jest's global setup can pass to the tests. */
const VARIABLE = 'N8N_SERVERS';

export function publishServers(servers: Server[]): void {
	process.env[VARIABLE] = JSON.stringify(servers);
}

/** For `describe.each`: every n8n that was started, and a client for it. */
export function servers(): Array<Omit<Server, 'url' | 'session'> & { client: N8nClient }> {
	return (JSON.parse(process.env[VARIABLE] ?? '[]') as Server[]).map(
		({ url, session, ...server }) => ({ ...server, client: new N8nClient(url, session) }),
	);
}
