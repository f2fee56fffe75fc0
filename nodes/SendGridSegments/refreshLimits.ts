import { DateTime, IANAZone } from 'luxon';

/** Which of SendGrid's limits on refreshes was hit. */
export type LimitReason = 'segment_daily' | 'segment_hourly' | 'account_daily' | 'unknown';

/** What a segment as read says about its refreshes. Nothing about it is trusted. */
export interface RefreshCounts {
	refreshes_used?: unknown;
	max_refreshes?: unknown;
	last_refreshed_at?: unknown;
}

/** `X-RateLimit-Remaining`, and `X-RateLimit-Reset` in milliseconds since 1970. */
export interface RateLimitHeaders {
	remaining?: number;
	resetAt?: number;
}

/**
 * `message` says what happened, `description` how to get on. `next_refresh_at` is ISO 8601 with
 * offset in the chosen time zone, `null` where the reason is unknown.
 */
export interface RefreshLimit {
	kind: 'limit';
	reason: LimitReason;
	next_refresh_at: string | null;
	message: string;
	description: string;
}

/** Not a limit on refreshes: the same request may be sent again after `resetAt`, in milliseconds. */
export interface GeneralRateLimit {
	kind: 'generalRateLimit';
	resetAt: number;
}

export type Verdict = RefreshLimit | GeneralRateLimit;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Date can hold little more; nothing near it is a clock. */
const LAST_INSTANT = 8e15;

const SKIP = 'set "When Limit Is Reached" to Skip to go on without it';

/**
 * Tells which limit a refresh met that was answered 429.
 *
 * `now` is SendGrid's clock in milliseconds, `segment` what was read after the 429 (`undefined` if
 * it could not be read), `timeZone` a name that `checkedTimeZone` let pass. Of several limits the
 * one that ends last gives reason and instant: before it ends no refresh can succeed. Never throws.
 *
 * Every answer carries rate-limit headers, so they are looked at only where the segment's own counts
 * leave room. None remaining and a reset within a minute is then the general rate limit. All else is
 * the account's limit, which ends at 0:00 UTC, or at the reset where that is later than a minute from
 * now (and at most 48 hours, beyond which no limit reaches).
 */
export function judgeRefreshLimit(input: {
	segment: RefreshCounts | undefined;
	rate: RateLimitHeaders;
	timeZone: string;
	now: number;
}): Verdict {
	const { segment, rate, timeZone, now } = input;
	const isUsable = Math.abs(now) < LAST_INSTANT && IANAZone.isValidZone(timeZone);
	const counts = isUsable ? readCounts(segment, now) : undefined;
	if (!counts) {
		return {
			kind: 'limit',
			reason: 'unknown',
			next_refresh_at: null,
			message:
				"One of SendGrid's limits on refreshes is reached: 2 per segment and day, 1 per segment and hour, 10 per account and day. Which one could not be read from the segment.",
			description: `Refresh again after an hour, after midnight in the segment's time zone or after 0:00 UTC, or ${SKIP}.`,
		};
	}

	const limitUntil = (reason: LimitReason, end: number, what: string): RefreshLimit => {
		// To the minute, and up: a refresh at the time that people read must succeed.
		const minute = DateTime.fromMillis(Math.ceil(end / MINUTE) * MINUTE, { zone: timeZone });
		const when = minute.toISO({ includeOffset: false })?.slice(0, 16).replace('T', ' ');
		return {
			kind: 'limit',
			reason,
			next_refresh_at: DateTime.fromMillis(Math.ceil(end), { zone: timeZone }).toISO({
				suppressMilliseconds: true,
			}),
			message: `${what} The next refresh is possible at ${when} (${timeZone}), in ${duration(minute.toMillis() - now)}.`,
			description: `Schedule the refresh after that time, or ${SKIP}.`,
		};
	};

	const { used, max, hourEnds } = counts;
	if (used >= max) {
		const dayEnds = nextLocalMidnight(now, timeZone).toMillis();
		if (dayEnds >= hourEnds) {
			const what = `This segment was refreshed ${used} of ${max} times today (${timeZone}).`;
			return limitUntil('segment_daily', dayEnds, what);
		}
	}
	if (hourEnds > now) {
		const what =
			'This segment was refreshed less than an hour ago, and SendGrid allows one refresh per hour.';
		return limitUntil('segment_hourly', hourEnds, what);
	}

	const { remaining, resetAt = NaN } = rate;
	const untilReset = resetAt - now;
	if (remaining === 0 && Math.abs(untilReset) <= MINUTE) {
		return { kind: 'generalRateLimit', resetAt };
	}
	const isItsReset = untilReset > MINUTE && untilReset <= 2 * DAY;
	return limitUntil(
		'account_daily',
		isItsReset ? resetAt : (Math.floor(now / DAY) + 1) * DAY,
		'All 10 refreshes that SendGrid allows per account and day are used up.',
	);
}

interface Counts {
	used: number;
	max: number;
	/** When the hour after the last refresh ends; -Infinity if there was none. */
	hourEnds: number;
}

/** What the segment says, or undefined if that makes no sense. */
function readCounts(segment: RefreshCounts | undefined, now: number): Counts | undefined {
	const { refreshes_used: used, max_refreshes: max, last_refreshed_at: last } = segment ?? {};
	if (!isCount(used) || !isCount(max) || max === 0) return undefined;
	const isNever = last === undefined || last === null || last === '';
	const refreshedAt = isNever ? -Infinity : instantOf(last);
	// A little in the future is a difference between clocks.
	if (refreshedAt === undefined || refreshedAt > now + DAY) return undefined;
	// The year 1 is how some programs write "never".
	if (used > 0 && refreshedAt < 0) return undefined;
	return { used, max, hourEnds: refreshedAt + HOUR };
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Milliseconds of an ISO 8601 date and time, UTC unless it says otherwise; what is finer, rounded up. */
function instantOf(value: unknown): number | undefined {
	if (typeof value !== 'string' || value.length > 64) return undefined;
	if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return undefined;
	const parsed = DateTime.fromISO(value, { zone: 'utc' });
	if (!parsed.isValid) return undefined;
	return parsed.toMillis() + (/\.\d{3}\d*[1-9]/.test(value) ? 1 : 0);
}

/** "4 hours 12 minutes", to the nearest minute but at least one. */
function duration(milliseconds: number): string {
	const minutes = Math.max(Math.round(milliseconds / MINUTE), 1);
	const parts = [
		[Math.floor(minutes / 60), 'hour'],
		[minutes % 60, 'minute'],
	] as const;
	return parts
		.filter(([count]) => count > 0)
		.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`)
		.join(' ');
}

/**
 * The first instant after `now` (milliseconds) whose local date is later. That is 0:00 but where a
 * change of the clock skips it: then the change itself, at 1:00 say. Of two midnights in one night,
 * the first. Invalid if `now` or the zone is.
 *
 * luxon's `plus({ days: 1 }).startOf('day')` does not do: it gives the second of two midnights
 * (America/Havana), and `startOf('day').plus({ days: 1 })` goes on from a midnight that was skipped.
 */
export function nextLocalMidnight(now: number, timeZone: string): DateTime {
	const start = DateTime.fromMillis(now, { zone: timeZone });
	if (!start.isValid) return start;
	const offsetAt = (instant: number) => Math.round(start.zone.offset(instant) * MINUTE);

	const before = offsetAt(now);
	const midnight = (Math.floor((now + before) / DAY) + 1) * DAY;
	const unchanged = midnight - before;
	const after = offsetAt(unchanged);
	if (after === before) return DateTime.fromMillis(unchanged, { zone: timeZone });

	let notYet = Math.floor(now);
	let change = unchanged;
	while (change - notYet > 1) {
		const between = Math.floor((notYet + change) / 2);
		if (offsetAt(between) === before) notYet = between;
		else change = between;
	}
	return DateTime.fromMillis(Math.max(change, midnight - after), { zone: timeZone });
}
