import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Measures how long n8n keeps everybody waiting. */
export interface Probe {
	/** The longest time in ms that n8n took to respond since the last call. */
	longestFreeze(): Promise<number>;
	stop(): void;
}

/** Starts `probe.ts` in a process of its own, so that a busy n8n or bench does not delay it. */
export function startProbe(n8nUrl: string): Probe {
	const child = fork(join(__dirname, 'probe.ts'), [n8nUrl], { execArgv: ['--import', 'tsx'] });
	return {
		longestFreeze: async () => {
			child.send('read');
			const [longest] = (await once(child, 'message')) as [number];
			return longest;
		},
		stop: () => child.disconnect(),
	};
}
