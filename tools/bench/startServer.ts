import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The requests since the last call, and how long after it the first arrived. */
export interface Arrivals {
	received: number;
	firstAfterMs: number;
}

/** The server that receives the measured requests. */
export interface Server {
	url: string;
	/** Delays responses from now on. Returns what arrived since the last call. */
	setLatency: (latencyMs: number) => Promise<Arrivals>;
	stop: () => void;
}

/** Starts `server.ts` in a process of its own, so that it does not slow down n8n's process. */
export async function startServer(): Promise<Server> {
	const child = fork(join(__dirname, 'server.ts'));
	const [{ url }] = (await once(child, 'message')) as [{ url: string }];
	return {
		url,
		setLatency: async (latencyMs) => {
			child.send({ latencyMs });
			const [arrivals] = (await once(child, 'message')) as [Arrivals];
			return arrivals;
		},
		stop: () => child.disconnect(),
	};
}
