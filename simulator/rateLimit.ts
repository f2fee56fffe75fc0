import { REQUESTS_PER_MINUTE, SEARCHES_PER_MINUTE } from '../nodes/SendGridSegments/limits';
import type { SimulatedClock } from './clock';

/** The general rate limit. What is left out is as SendGrid has it. */
export interface RateLimit {
	/** Requests per window, API key and endpoint family; default 600. */
	limit?: number;
	/** The same for contact search; default 200. */
	searchLimit?: number;
	/** Windows begin at multiples of this length since 1970; default 60: with the minute. */
	windowSeconds?: number;
	/**
	 * What `X-RateLimit-Reset` says: whole seconds from `Date` until the reset (default), as recorded
	 * of /v3/marketing, or Unix time, as Twilio's reference has it.
	 */
	resetFormat?: 'seconds' | 'unixTime';
}

const RECORDED: Required<RateLimit> = {
	limit: REQUESTS_PER_MINUTE,
	searchLimit: SEARCHES_PER_MINUTE,
	windowSeconds: 60,
	resetFormat: 'seconds',
};

const SEARCH_FAMILY = 'contacts/search';

/** Counts requests per window of simulated time, each bucket by itself. */
export class RateLimiter {
	/** Requests turned away. */
	refused = 0;

	private current: Required<RateLimit>;
	private window = NaN;
	private readonly used = new Map<string, number>();

	constructor(
		private readonly initial: RateLimit,
		private readonly clock: SimulatedClock,
	) {
		this.current = complete(initial);
	}

	get rateLimit(): Required<RateLimit> {
		return this.current;
	}

	/**
	 * Replaces the limit, and begins to count from zero.
	 *
	 * @throws RangeError if a value is out of range
	 */
	set rateLimit(rateLimit: RateLimit) {
		this.current = complete(rateLimit);
		this.used.clear();
	}

	/** Counts a request; false if the window has no room for it. */
	tryAcquire(bucket: string): boolean {
		this.rollWindow(this.clock.ms());
		const used = this.used.get(bucket) ?? 0;
		if (used >= this.limitOf(bucket)) {
			this.refused++;
			return false;
		}
		this.used.set(bucket, used + 1);
		return true;
	}

	headers(bucket: string, nowMs: number): Record<string, string> {
		this.rollWindow(nowMs);
		const { windowSeconds, resetFormat } = this.current;
		const limit = this.limitOf(bucket);
		const resetSeconds = (this.window + 1) * windowSeconds;
		const from = resetFormat === 'seconds' ? Math.floor(nowMs / 1000) : 0;
		return {
			'x-ratelimit-limit': String(limit),
			'x-ratelimit-remaining': String(limit - (this.used.get(bucket) ?? 0)),
			'x-ratelimit-reset': String(Math.ceil(resetSeconds - from)),
		};
	}

	reset(): void {
		this.rateLimit = this.initial;
		this.refused = 0;
	}

	private limitOf(bucket: string): number {
		const { limit, searchLimit } = this.current;
		return bucket.startsWith(`${SEARCH_FAMILY} `) ? searchLimit : limit;
	}

	private rollWindow(nowMs: number): void {
		const window = Math.floor(nowMs / (this.current.windowSeconds * 1000));
		if (window === this.window) return;
		this.window = window;
		this.used.clear();
	}
}

/** Which requests share a budget: those of one key to one family of endpoints, such as segments or lists. */
export function rateLimitBucket(pathname: string, authorization = ''): string {
	const family = /^\/v3\/(?:marketing\/)?(contacts\/search|[^/]*)/.exec(pathname)?.[1] ?? '';
	return `${family} ${authorization}`;
}

function complete(rateLimit: RateLimit): Required<RateLimit> {
	const completed = { ...RECORDED, ...rateLimit };
	const { limit, searchLimit, windowSeconds, resetFormat } = completed;
	for (const [name, value] of Object.entries({ limit, searchLimit })) {
		if (!Number.isInteger(value) || value < 0)
			throw new RangeError(`${name} must be a whole number`);
	}
	if (!Number.isFinite(windowSeconds) || windowSeconds <= 0) {
		throw new RangeError('windowSeconds must be a positive number');
	}
	if (resetFormat !== 'seconds' && resetFormat !== 'unixTime') {
		throw new RangeError('resetFormat must be "seconds" or "unixTime"');
	}
	return completed;
}
