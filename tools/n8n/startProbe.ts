import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A time in which a request to n8n had no response yet, in ms since the epoch. */
export interface Wait {
	from: number;
	to: number;
}

/** Measures how long n8n keeps everybody waiting. */
export interface Probe {
	/** The longest time in ms that n8n took to respond since the last call. */
	longestFreeze(): Promise<number>;
	/** Every time that n8n took to respond since the last call. */
	waits(): Promise<Wait[]>;
	stop(): void;
}

/** Starts `probe.ts` in a process of its own, so that a busy n8n or bench does not delay it. */
export function startProbe(n8nUrl: string): Probe {
	const child = fork(join(__dirname, 'probe.ts'), [n8nUrl], { execArgv: ['--import', 'tsx'] });
	const waits = async () => {
		child.send('read');
		const [received] = (await once(child, 'message')) as [Wait[]];
		return received;
	};
	return {
		waits,
		longestFreeze: async () => longestWait(await waits()),
		stop: () => child.disconnect(),
	};
}

/** The longest wait in ms, as far as it lies within the given time. */
export function longestWait(
	waits: Wait[],
	{ from, to } = { from: -Infinity, to: Infinity },
): number {
	return Math.max(0, ...waits.map((wait) => Math.min(wait.to, to) - Math.max(wait.from, from)));
}
