import { sleep } from 'n8n-workflow';
import { abortable, sleepUnlessAborted } from '../utils';

/** A longer wait is not worth keeping a run for: the item fails and says when to run again. */
export const MAX_RESET_WAIT_MS = 60_000;

/** Requests that are sent before the first response has told how many SendGrid accepts. */
const UNKNOWN_BUDGET = 5;

/** Requests that waited for a reset start within this time after it, not in one instant. */
const SPREAD_MS = 500;

/** Resets are whole seconds, so that two responses of one window can be up to a second apart. */
const RESET_TOLERANCE_MS = 1500;

/** From here on, `X-RateLimit-Reset` is Unix time; below, the seconds until the reset. */
const FIRST_UNIX_TIME = 1_000_000_000;

/** Instants beyond it are no clock's, and not every one of them fits into a `Date`. */
const LAST_INSTANT = 8e15;

/** What a response says of the rate limit. */
export interface RateLimitHeaders {
	/** Requests that SendGrid accepts in each window. */
	limit?: number;
	/** Requests that it still accepts before the reset. */
	remaining?: number;
	/** When it resets, in ms of SendGrid's clock. */
	resetAt?: number;
	/** Ms from the response to the reset, 0 if it has passed. */
	msUntilReset?: number;
}

function parseNumericHeader(header: unknown): number | undefined {
	if (typeof header !== 'string' || header.trim() === '') return undefined;
	const number = Number(header);
	return Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** `Retry-After`, in seconds or as a date, as an instant in ms. */
function parseRetryAfter(header: unknown, serverTime: number): number | undefined {
	const seconds = parseNumericHeader(header);
	if (seconds !== undefined) return serverTime + seconds * 1000;
	const instant = Date.parse(String(header));
	return Number.isNaN(instant) ? undefined : instant;
}

/**
 * Reads `X-RateLimit-Limit`, `-Remaining` and `-Reset`, and `Retry-After` where the last is missing
 * (in a 429) or cannot be meant (in any other status). Twilio's page shows the reset as Unix time;
 * the Marketing API sends the seconds until it.
 *
 * @param serverTime of the response, in ms
 * @see https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
 */
export function parseRateLimit(
	status: number,
	headers: Record<string, unknown>,
	serverTime: number,
): RateLimitHeaders {
	const reset = parseNumericHeader(headers['x-ratelimit-reset']);
	const byRateLimit =
		reset === undefined
			? undefined
			: reset >= FIRST_UNIX_TIME
				? reset * 1000
				: serverTime + reset * 1000;
	const byRetryAfter = parseRetryAfter(headers['retry-after'], serverTime);
	const isLimited = status === 429 || status < 400;
	const resetAt = isLimited ? (byRateLimit ?? byRetryAfter) : byRetryAfter;
	const isInstant = resetAt !== undefined && resetAt < LAST_INSTANT;
	return {
		limit: parseNumericHeader(headers['x-ratelimit-limit']),
		remaining: parseNumericHeader(headers['x-ratelimit-remaining']),
		resetAt: isInstant ? resetAt : undefined,
		msUntilReset: isInstant ? Math.max(resetAt - serverTime, 0) : undefined,
	};
}

/**
 * Keeps the requests of a run within SendGrid's general rate limit: no request starts that the
 * responses so far say would be refused, counting those still in progress. All instants are ms of
 * this machine's clock.
 */
export class RateLimiter {
	private limit = UNKNOWN_BUDGET;

	/** By the lowest number that a response of this window gave. */
	private remaining = UNKNOWN_BUDGET;

	/** Infinity until a response tells. */
	private windowEndsAt = Infinity;

	private inProgress = 0;

	private waiting: Array<() => void> = [];

	private wakesAt?: number;

	/**
	 * Waits until a request may start.
	 *
	 * @param deadline instant after which it need not start any more
	 * @returns whether it may start; `false` if that will only be after the deadline
	 * @throws the signal's reason
	 */
	async acquire(signal: AbortSignal, deadline = Infinity): Promise<boolean> {
		for (;;) {
			signal.throwIfAborted();
			const now = Date.now();
			if (now >= this.windowEndsAt) this.startWindow(this.limit, Infinity);
			if (this.remaining > this.inProgress) {
				this.inProgress++;
				return true;
			}
			const isUsedUp = this.remaining <= 0 && this.windowEndsAt < Infinity;
			if (now >= deadline || (isUsedUp && this.windowEndsAt >= deadline)) return false;
			await abortable(signal, this.responseOrReset());
			if (Date.now() >= this.windowEndsAt) {
				await sleepUnlessAborted(Math.random() * SPREAD_MS, signal);
			}
		}
	}

	/** Must follow every `acquire` that returned `true`. */
	release({ limit, remaining, msUntilReset }: RateLimitHeaders = {}): void {
		this.inProgress--;
		if (remaining !== undefined && msUntilReset !== undefined) {
			if (limit) this.limit = limit;
			if (msUntilReset <= MAX_RESET_WAIT_MS) this.learn(remaining, Date.now() + msUntilReset);
		} else if (this.windowEndsAt === Infinity) {
			// A server that names no limit has none that could be kept.
			this.limit = this.remaining = Infinity;
		}
		this.wake();
	}

	/** Starts nothing for `ms`, after a response that refused a request. */
	pauseFor(ms: number): void {
		const until = Date.now() + ms;
		const isPaused = this.remaining <= 0 && this.windowEndsAt < Infinity;
		this.startWindow(0, isPaused ? Math.max(this.windowEndsAt, until) : until);
	}

	private learn(remaining: number, resetAt: number): void {
		const isNewWindow =
			this.windowEndsAt === Infinity || resetAt > this.windowEndsAt + RESET_TOLERANCE_MS;
		if (isNewWindow) this.startWindow(remaining, resetAt);
		// A response of the window before says nothing about this one.
		else if (resetAt >= this.windowEndsAt - RESET_TOLERANCE_MS) {
			this.remaining = Math.min(this.remaining, remaining);
		}
	}

	private startWindow(remaining: number, endsAt: number): void {
		this.remaining = remaining;
		this.windowEndsAt = endsAt;
	}

	private async responseOrReset(): Promise<void> {
		const at = this.windowEndsAt;
		// One timer for all requests that wait for the same reset.
		if (at < Infinity && this.wakesAt !== at) {
			this.wakesAt = at;
			void sleep(Math.max(at - Date.now(), 0)).then(() => this.wake());
		}
		await new Promise<void>((resolve) => this.waiting.push(resolve));
	}

	private wake(): void {
		const { waiting } = this;
		this.waiting = [];
		for (const resolve of waiting) resolve();
	}
}
