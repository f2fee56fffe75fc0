import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The server that the measured requests go to. */
export interface Server {
	url: string;
	/** Lets answers take this long from now on; gives the number of requests since the last call. */
	setLatency: (latencyMs: number) => Promise<number>;
	stop: () => void;
}

/** Starts `server.ts` in a process of its own, so that it takes no time from n8n's. */
export async function startServer(): Promise<Server> {
	const child = fork(join(__dirname, 'server.ts'));
	const [{ url }] = (await once(child, 'message')) as [{ url: string }];
	return {
		url,
		setLatency: async (latencyMs) => {
			child.send({ latencyMs });
			const [{ received }] = (await once(child, 'message')) as [{ received: number }];
			return received;
		},
		stop: () => child.disconnect(),
	};
}
