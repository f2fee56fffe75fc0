import { setTimeout as sleep } from 'node:timers/promises';

import type { Timing } from '../contract/session';

/** A little more than a second, so that a minute never has 60 requests. */
const MS_BETWEEN_REQUESTS = 1_050;

/** How long a run waits in reality: requests start more than a second apart. Ends every wait on the signal. */
export function realTiming(signal?: AbortSignal): Timing {
	let next = 0;
	const wait = async (ms: number) => {
		await sleep(ms, undefined, { signal }).catch(() => {});
	};
	return {
		beforeRequest: async () => {
			const now = performance.now();
			const start = Math.max(now, next);
			next = start + MS_BETWEEN_REQUESTS;
			if (start > now) await wait(start - now);
		},
		pause: (seconds) => wait(seconds * 1000),
	};
}
