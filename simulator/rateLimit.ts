import type { SimulatedClock } from './clock';

export interface RateLimit {
	limit: number;
	windowSeconds: number;
}

/** The general rate limit: so many requests per window of simulated time, windows end on a whole second. */
export class RateLimiter {
	private windowEndMs = 0;
	private used = 0;

	constructor(
		private readonly rate: RateLimit,
		private readonly clock: SimulatedClock,
	) {}

	/** Counts a request; false if the window has no room for it. */
	take(): boolean {
		this.roll();
		if (this.used >= this.rate.limit) return false;
		this.used++;
		return true;
	}

	headers(): Record<string, string> {
		this.roll();
		return {
			'x-ratelimit-limit': String(this.rate.limit),
			'x-ratelimit-remaining': String(this.rate.limit - this.used),
			'x-ratelimit-reset': String(this.windowEndMs / 1000),
		};
	}

	reset(): void {
		this.windowEndMs = 0;
	}

	private roll(): void {
		const now = this.clock.ms();
		const windowMs = this.rate.windowSeconds * 1000;
		const clockWasSetBack = this.windowEndMs - now > windowMs + 1000;
		if (now < this.windowEndMs && !clockWasSetBack) return;
		// Down, so that a window of a minute is never announced as longer than that.
		this.windowEndMs = Math.floor((now + windowMs) / 1000) * 1000;
		this.used = 0;
	}
}
