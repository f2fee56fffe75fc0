import { N8nClient } from '../../demo/n8n/client';

/** An n8n that was started for the tests. */
interface Server {
	version: string;
	/** Address of its editor and webhooks. */
	url: string;
	/** Cookie of its owner. */
	session: string;
}

/** The environment is all that jest hands from its setup to the tests. */
const VARIABLE = 'N8N_SERVERS';

export function announce(servers: Server[]): void {
	process.env[VARIABLE] = JSON.stringify(servers);
}

/** For `describe.each`: the version and a client of every n8n that was started. */
export function servers(): Array<{ version: string; client: N8nClient }> {
	return (JSON.parse(process.env[VARIABLE] ?? '[]') as Server[]).map(
		({ version, url, session }) => ({ version, client: new N8nClient(url, session) }),
	);
}
