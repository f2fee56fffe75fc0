import { DateTime, IANAZone } from 'luxon';
import type { IDataObject } from 'n8n-workflow';
import type { LimitReason } from '../../errors';
import type { RateLimitHeaders } from '../../transport/rateLimit';

/**
 * A limit that does not allow a refresh. `next_refresh_at` is ISO 8601 with offset in the chosen
 * time zone, `null` where the reason is unknown.
 */
export interface RefreshLimit {
	reason: LimitReason;
	next_refresh_at: string | null;
	message: string;
	description: string;
}

interface Diagnosis {
	/** As read; none of it is trusted. `undefined` if it could not be read. */
	segment: IDataObject | undefined;
	/** An IANA name that `resolveTimeZone` returned. */
	timeZone: string;
	/** SendGrid's clock, in ms. */
	now: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Date can contain little more; nothing near it is a clock. */
const LAST_INSTANT = 8e15;

const TO_SKIP = 'To skip it instead of failing, set \'When Limit Is Reached\' to "Skip".';

export const UNKNOWN_LIMIT: RefreshLimit = {
	reason: 'unknown',
	next_refresh_at: null,
	message: 'A SendGrid refresh limit is reached',
	description: `SendGrid allows 2 refreshes per segment per day, 1 per segment per hour and 10 per account per day. The segment does not show which limit it was. Try again after an hour, after midnight in the chosen time zone or after 0:00 UTC. ${TO_SKIP}`,
};

/**
 * The limit that a segment's own counts show before a refresh is sent: the last refresh less than an
 * hour ago, or all of the day's refreshes used since the start of today in the chosen zone.
 *
 * @returns `undefined` where the counts leave room or cannot be read
 */
export function limitByCounts(diagnosis: Diagnosis): RefreshLimit | undefined {
	const counts = readCounts(diagnosis);
	if (!counts) return undefined;
	const isToday =
		localDate(counts.refreshedAt, diagnosis.timeZone) >=
		localDate(diagnosis.now, diagnosis.timeZone);
	return segmentLimit({ ...counts, used: isToday ? counts.used : 0 }, diagnosis);
}

/**
 * Tells which limit a refresh reached that SendGrid answered with 429, from a read of the segment.
 *
 * Of several limits the one that ends last gives reason and instant: before it ends no refresh can
 * succeed. Every response carries rate-limit headers, so they are looked at only where the segment's
 * counts leave room. None remaining and a reset within a minute is then the general rate limit. All
 * else is the account's limit, which ends at 0:00 UTC, or at the reset where that is later than a
 * minute from now (and at most 48 hours, beyond which no limit reaches). Never throws.
 */
export function diagnoseRefreshLimit(
	diagnosis: Diagnosis,
	{ remaining, resetAt = NaN }: RateLimitHeaders,
): RefreshLimit | 'generalRateLimit' {
	const { now } = diagnosis;
	const counts = readCounts(diagnosis);
	if (!counts) return UNKNOWN_LIMIT;
	const limit = segmentLimit(counts, diagnosis);
	if (limit) return limit;
	const msUntilReset = resetAt - now;
	if (remaining === 0 && Math.abs(msUntilReset) <= MINUTE) return 'generalRateLimit';
	const isItsReset = msUntilReset > MINUTE && msUntilReset <= 2 * DAY;
	return accountLimit(isItsReset ? resetAt : (Math.floor(now / DAY) + 1) * DAY, diagnosis);
}

function accountLimit(end: number, diagnosis: Diagnosis): RefreshLimit {
	return describeLimit(
		'account_daily',
		end,
		'The account has used its 10 refreshes for today',
		diagnosis,
	);
}

/** The same limit of the account for another item, whose time zone may be another. */
export function accountLimitIn(timeZone: string, limit: RefreshLimit, now: number): RefreshLimit {
	const end = Date.parse(limit.next_refresh_at ?? '');
	return accountLimit(end, { segment: undefined, timeZone, now });
}

function segmentLimit(
	{ used, max, refreshedAt }: Counts,
	diagnosis: Diagnosis,
): RefreshLimit | undefined {
	const { now, timeZone, segment } = diagnosis;
	const { name } = segment ?? {};
	const subject = typeof name === 'string' && name !== '' ? `"${name}"` : 'The segment';
	const hourEnds = refreshedAt + HOUR;
	if (used >= max) {
		const dayEnds = nextLocalMidnight(now, timeZone).toMillis();
		if (dayEnds >= hourEnds) {
			const message = `${subject} has reached its limit of ${max} refreshes per day`;
			return describeLimit('segment_daily', dayEnds, message, diagnosis);
		}
	}
	if (hourEnds <= now) return undefined;
	const message = `${subject} was refreshed less than an hour ago`;
	return describeLimit('segment_hourly', hourEnds, message, diagnosis);
}

function describeLimit(
	reason: LimitReason,
	end: number,
	message: string,
	{ timeZone: zone, now }: Diagnosis,
): RefreshLimit {
	// To the minute, and up: a refresh at the time that people read must succeed.
	const minute = DateTime.fromMillis(Math.ceil(end / MINUTE) * MINUTE, { zone, locale: 'en-US' });
	const when = minute.toFormat('d LLL yyyy, HH:mm');
	return {
		reason,
		next_refresh_at: DateTime.fromMillis(Math.ceil(end), { zone }).toISO({
			suppressMilliseconds: true,
		}),
		message,
		description: `Next refresh possible: ${when} (${zone}), in ${duration(minute.toMillis() - now)}. ${TO_SKIP}`,
	};
}

interface Counts {
	used: number;
	max: number;
	/** -Infinity if the segment was never refreshed by hand. */
	refreshedAt: number;
}

/** What the segment says, or `undefined` if that makes no sense. */
function readCounts({ segment, now, timeZone }: Diagnosis): Counts | undefined {
	if (!segment || !(Math.abs(now) < LAST_INSTANT) || !IANAZone.isValidZone(timeZone))
		return undefined;
	const { refreshes_used: used, max_refreshes: max, last_refreshed_at: last } = segment;
	// SendGrid leaves all three out until a segment is refreshed by hand.
	if ([used, max, last].every((value) => value === undefined || value === null)) {
		return { used: 0, max: 2, refreshedAt: -Infinity };
	}
	if (!isCount(used) || !isCount(max) || max === 0) return undefined;
	const isNever = last === undefined || last === null || last === '';
	const refreshedAt = isNever ? -Infinity : toInstant(last);
	// A little in the future is a difference between clocks.
	if (refreshedAt === undefined || refreshedAt > now + DAY) return undefined;
	// The year 1 is how some programs write "never".
	if (used > 0 && refreshedAt < 0) return undefined;
	return { used, max, refreshedAt };
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Ms of an ISO 8601 date and time, UTC unless it says otherwise; what is finer, rounded up. */
function toInstant(value: unknown): number | undefined {
	if (typeof value !== 'string' || value.length > 64) return undefined;
	if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return undefined;
	const parsed = DateTime.fromISO(value, { zone: 'utc' });
	if (!parsed.isValid) return undefined;
	return parsed.toMillis() + (/\.\d{3}\d*[1-9]/.test(value) ? 1 : 0);
}

/** `YYYY-MM-DD` in the zone; empty for "never". */
function localDate(instant: number, zone: string): string {
	return Number.isFinite(instant) ? (DateTime.fromMillis(instant, { zone }).toISODate() ?? '') : '';
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

/** How many refreshes of today, in the chosen zone, are left after the one that was just accepted. */
export function refreshesLeftAfter(diagnosis: Diagnosis): number | null {
	const { refreshes_used: used, max_refreshes: max } = diagnosis.segment ?? {};
	const counts = readCounts(diagnosis);
	if (!counts || used === undefined || max === undefined) return null;
	const isToday =
		localDate(counts.refreshedAt, diagnosis.timeZone) >=
		localDate(diagnosis.now, diagnosis.timeZone);
	return Math.max(counts.max - (isToday ? counts.used : 0) - 1, 0);
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
