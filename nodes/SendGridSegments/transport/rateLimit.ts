import { sleep } from 'n8n-workflow';
import { abortable, sleepUnlessAborted } from '../utils';

/** A longer wait is not worth keeping a run for: the item fails and says when to run again. */
export const MAX_RESET_WAIT_MS = 60_000;

/** Requests that are sent before the first response has told how many SendGrid accepts. */
const UNKNOWN_BUDGET = 5;

/** Requests that waited for a reset start within this time after it, not in one instant. */
const SPREAD_MS = 500;

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
	/** Ms that a response asks to wait with the next attempt. */
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
	return instant < LAST_INSTANT ? instant : undefined;
}

/** `X-RateLimit-Reset` as an instant in ms. */
function parseReset(header: unknown, serverTime: number): number | undefined {
	const reset = parseNumericHeader(header);
	if (reset === undefined) return undefined;
	const instant = reset >= FIRST_UNIX_TIME ? reset * 1000 : serverTime + reset * 1000;
	return instant < LAST_INSTANT ? instant : undefined;
}

/**
 * Reads `X-RateLimit-Limit`, `-Remaining` and `-Reset`, and `Retry-After` where the last is missing.
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

/**
 * Keeps the requests of a run within SendGrid's general rate limit: no request starts that the
 * responses so far say would be refused, counting those still in progress. All instants are ms of
 * this machine's clock.
 */
export class RateLimiter {
	private limit = UNKNOWN_BUDGET;

	/** By the lowest number that a response of this window gave. */
	private remaining = UNKNOWN_BUDGET;

	/**
	 * By the earliest end that a response of this window gave: each is late by the time that the
	 * response took. Infinity until a response tells.
	 */
	private windowEndsAt = Infinity;

	/** Counts the windows. A request that started in an earlier one says nothing about this one. */
	private window = 0;

	/** After a response that refused a request. */
	private pausedUntil = 0;

	private inProgress = 0;

	private readonly waiting: Array<() => void> = [];

	private readonly timers = new Set<number>();

	/**
	 * Waits until a request may start.
	 *
	 * @param deadline instant after which it need not start any more
	 * @returns a function to call, once, with what the response says of the rate limit; `undefined`
	 * if the request could only start after the deadline
	 * @throws the signal's reason
	 */
	async acquire(
		signal: AbortSignal,
		deadline = Infinity,
	): Promise<((headers?: RateLimitHeaders) => void) | undefined> {
		for (;;) {
			signal.throwIfAborted();
			const now = Date.now();
			if (now >= this.windowEndsAt) this.startWindow();
			if (now >= this.pausedUntil && this.remaining > this.inProgress) {
				this.inProgress++;
				const { window } = this;
				return (headers) => this.release(window, headers);
			}
			const isPaused = now < this.pausedUntil;
			const isUsedUp = this.remaining <= 0;
			let opensAt = isPaused ? this.pausedUntil : this.windowEndsAt;
			if (isUsedUp) opensAt = Math.max(opensAt, this.windowEndsAt);
			if (now >= deadline || ((isPaused || isUsedUp) && opensAt >= deadline)) return undefined;
			await abortable(signal, this.responseOr(Math.min(opensAt, deadline)));
			if (Date.now() >= opensAt) await sleepUnlessAborted(Math.random() * SPREAD_MS, signal);
		}
	}

	/** Starts nothing for `ms`, after a response that refused a request. */
	pauseFor(ms: number): void {
		this.pausedUntil = Math.max(this.pausedUntil, Date.now() + ms);
	}

	private release(window: number, headers: RateLimitHeaders = {}): void {
		this.inProgress--;
		if (window === this.window) this.learn(headers);
		// In a later turn of the event loop: if this response ends the run, it has ended by then.
		if (this.waiting.length > 0) void sleep(0).then(() => this.wake());
	}

	private learn({ limit, remaining, msUntilReset = Infinity }: RateLimitHeaders): void {
		const isFirst = this.windowEndsAt === Infinity;
		if (remaining !== undefined && msUntilReset <= MAX_RESET_WAIT_MS) {
			if (limit) this.limit = limit;
			this.remaining = isFirst ? remaining : Math.min(this.remaining, remaining);
			this.windowEndsAt = Math.min(this.windowEndsAt, Date.now() + msUntilReset);
		} else if (isFirst) {
			// A server that names no limit, or one of hours, has none that could be kept.
			this.limit = this.remaining = Infinity;
		}
	}

	private startWindow(): void {
		this.window++;
		this.remaining = this.limit;
		this.windowEndsAt = Infinity;
	}

	/** Resolves after the next response, and at the given instant at the latest. */
	private async responseOr(at: number): Promise<void> {
		// One timer for all requests that wait for the same instant.
		if (at < Infinity && !this.timers.has(at)) {
			this.timers.add(at);
			void sleep(Math.max(Math.ceil(at - Date.now()), 0)).then(() => {
				// It may be early by this machine's clock; whoever still waits then sets the next one.
				this.timers.delete(at);
				this.wake();
			});
		}
		await new Promise<void>((resolve) => this.waiting.push(resolve));
	}

	private wake(): void {
		for (const resolve of this.waiting.splice(0)) resolve();
	}
}
