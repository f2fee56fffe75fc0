import type { Prepared } from '../../tools/n8n/prepare';

/** Environment variables are the only data that jest's global setup can pass to the tests. */
const VARIABLE = 'N8N_QUEUE_PREPARED';

export function publishPrepared(prepared: Prepared): void {
	process.env[VARIABLE] = JSON.stringify(prepared);
}

export const prepared = (): Prepared => JSON.parse(process.env[VARIABLE]!) as Prepared;
