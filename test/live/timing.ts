import { setTimeout } from 'node:timers/promises';

import type { Timing } from '../contract/session';

/** A little more than a second, so that a minute never has 60 requests. */
const MS_BETWEEN_REQUESTS = 1_050;

export interface Clock {
	/** Milliseconds since any instant. */
	now: () => number;
	/** Resolves after the time, or on the signal. */
	sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

const realClock: Clock = {
	now: () => performance.now(),
	sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
};

/** Requests start more than a second apart. Every wait ends on the signal. */
export function realTiming(signal?: AbortSignal, clock = realClock): Timing {
	let nextStart = -Infinity;
	return {
		beforeRequest: async () => {
			const now = clock.now();
			const start = Math.max(now, nextStart);
			nextStart = start + MS_BETWEEN_REQUESTS;
			if (start > now) await clock.sleep(start - now, signal);
		},
		pause: (seconds) => clock.sleep(seconds * 1000, signal),
	};
}
