import { getOrAdd, sleepUnlessAborted } from '../utils';

/** SendGrid counts the requests of each family of endpoints separately. */
export type RateLimitFamily =
	'segments' | 'lists' | 'singlesends' | 'contacts' | 'contactSearch' | 'exports';

/** If the wait is longer, the item fails and says when to try again. */
export const MAX_RESET_WAIT_MS = 60_000;

/** From this value on, `X-RateLimit-Reset` is Unix time; below, the seconds until the reset. */
const MIN_UNIX_TIME = 1_000_000_000;

/** Later values are not plausible timestamps, and not every one of them fits into a `Date`. */
const MAX_TIMESTAMP_MS = 8e15;

/** What a response says about the rate limit. */
export interface RateLimitHeaders {
	/** Requests that SendGrid accepts in each window. */
	limit?: number;
	/** Requests that it still accepts before the reset. */
	remaining?: number;
	/** When it resets, in ms of SendGrid's clock. */
	resetAt?: number;
	/** Ms from the response to the reset, 0 if it has passed. */
	msUntilReset?: number;
	/** Ms that a response asks to wait before the next attempt. */
	retryAfterMs?: number;
}

function parseNumericHeader(header: unknown): number | undefined {
	if (typeof header !== 'string' || header.trim() === '') return undefined;
	const number = Number(header);
	return Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** `Retry-After`, in seconds or as a date, as an instant in ms. */
function parseRetryAfter(header: unknown, serverTime: number): number | undefined {
	const seconds = parseNumericHeader(header);
	const date = typeof header === 'string' ? Date.parse(header) : NaN;
	const instant = seconds === undefined ? date : serverTime + seconds * 1000;
	return instant < MAX_TIMESTAMP_MS ? instant : undefined;
}

/** `X-RateLimit-Reset` as an instant in ms. */
function parseReset(header: unknown, serverTime: number): number | undefined {
	const reset = parseNumericHeader(header);
	if (reset === undefined) return undefined;
	const instant = reset >= MIN_UNIX_TIME ? reset * 1000 : serverTime + reset * 1000;
	return instant < MAX_TIMESTAMP_MS ? instant : undefined;
}

/**
 * Reads `X-RateLimit-Limit`, `-Remaining` and `-Reset`, and `Retry-After` if the last is missing.
 * Twilio's page shows the reset as Unix time; the Marketing API sends the seconds until it.
 *
 * @param serverTime of the response, in ms
 * @see https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
 */
export function parseRateLimit(
	headers: Record<string, unknown>,
	serverTime: number,
): RateLimitHeaders {
	const retryAt = parseRetryAfter(headers['retry-after'], serverTime);
	const resetAt = parseReset(headers['x-ratelimit-reset'], serverTime) ?? retryAt;
	const msUntil = (instant?: number) =>
		instant === undefined ? undefined : Math.max(instant - serverTime, 0);
	return {
		limit: parseNumericHeader(headers['x-ratelimit-limit']),
		remaining: parseNumericHeader(headers['x-ratelimit-remaining']),
		resetAt,
		msUntilReset: msUntil(resetAt),
		retryAfterMs: msUntil(retryAt),
	};
}

/** Whether a 429 is the general rate limit: no requests remain, or it says no more than when it resets. */
export function isGeneralRateLimit({ remaining, resetAt }: RateLimitHeaders): boolean {
	return remaining === undefined ? resetAt !== undefined : remaining === 0;
}

/** Holds back the requests of one family until SendGrid's general rate limit resets. */
export class RateLimitGate {
	/** On the monotonic clock, in ms. */
	private opensAt = 0;

	/** Holds back requests for `ms`. */
	pauseFor(ms: number): void {
		this.opensAt = Math.max(this.opensAt, performance.now() + ms);
	}

	/** If a response leaves no requests until the reset, sending another one is pointless. */
	learn({ remaining, msUntilReset = Infinity }: RateLimitHeaders): void {
		if (remaining === 0 && msUntilReset <= MAX_RESET_WAIT_MS) this.pauseFor(msUntilReset);
	}

	/**
	 * Waits until a request may start. If it does not have to wait, it may start at its deadline, as the
	 * last read of a poll does.
	 *
	 * @param deadline on the monotonic clock, in ms
	 * @returns false if it would have to wait until the deadline
	 * @throws the signal's reason
	 */
	async opens(signal: AbortSignal, deadline = Infinity): Promise<boolean> {
		signal.throwIfAborted();
		// Another response may have extended the pause in the meantime.
		while (performance.now() < this.opensAt) {
			if (this.opensAt >= deadline) return false;
			await sleepUnlessAborted(Math.ceil(this.opensAt - performance.now()), signal);
		}
		return true;
	}
}

/** The rate limits of one API key, as far as the run has learned about them. */
export class RateLimits {
	private readonly gates = new Map<RateLimitFamily, RateLimitGate>();

	for(family: RateLimitFamily): RateLimitGate {
		return getOrAdd(this.gates, family, () => new RateLimitGate());
	}
}
