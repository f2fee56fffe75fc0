import { DateTime } from 'luxon';
import { ItemError, type ErrorDetails, type LimitReason } from '../../../errors';
import {
	REFRESHES_PER_ACCOUNT_PER_DAY,
	REFRESHES_PER_SEGMENT_PER_DAY,
	REFRESHES_PER_SEGMENT_PER_HOUR,
} from '../../../limits';
import { isGeneralRateLimit, type RateLimitHeaders } from '../../../transport/rateLimit';
import type { Segment } from '../../../transport/segments';
import { describeInstant } from '../../../utils';

/** A limit that does not allow a refresh. */
export interface RefreshLimit {
	reason: LimitReason;
	/** Ms of SendGrid's clock at which a refresh can succeed; `undefined` if it is unknown. */
	endsAt?: number;
	message: string;
}

/** What a limit is read from. */
export interface Diagnosis {
	/** As read; none of it is trusted. `undefined` if it could not be read. */
	segment: Segment | undefined;
	/** An IANA name that `resolveTimeZone` returned. */
	timeZone: string;
	/** SendGrid's clock, in ms. */
	now: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Clocks differ; a last refresh further in the future is not plausible. */
const MAX_CLOCK_DIFFERENCE = 5 * MINUTE;

const UNKNOWN_LIMIT: RefreshLimit = {
	reason: 'unknown',
	message: 'A SendGrid refresh limit was reached',
};

interface Counts {
	used: number;
	max: number;
	/** Ms; -Infinity if the segment was never refreshed by hand. */
	refreshedAt: number;
}

const isCount = (value: unknown): value is number =>
	Number.isSafeInteger(value) && (value as number) >= 0;

/** Ms of an ISO 8601 date and time, UTC unless it says otherwise; NaN for anything else. */
function toInstant(value: unknown): number {
	const text = typeof value === 'string' && value.length <= 64 ? value : '';
	return DateTime.fromISO(text, { zone: 'utc' }).toMillis();
}

/** Whether two instants are on the same day in the zone. */
function isSameDay(a: number, b: number, zone: string): boolean {
	return (
		Number.isFinite(a) &&
		DateTime.fromMillis(a, { zone }).toISODate() === DateTime.fromMillis(b, { zone }).toISODate()
	);
}

/** The segment's counts; `undefined` if they make no sense. */
function readCounts({ segment, now, timeZone }: Diagnosis): Counts | undefined {
	if (!segment) return undefined;
	const { refreshes_used: used, max_refreshes: max, last_refreshed_at: last } = segment;
	// SendGrid leaves all three out until a segment is refreshed by hand.
	if ([used, max, last].every((value) => value === undefined || value === null)) {
		return { used: 0, max: REFRESHES_PER_SEGMENT_PER_DAY, refreshedAt: -Infinity };
	}
	if (!isCount(used) || !isCount(max) || max === 0) return undefined;
	if (last === undefined || last === null || last === '')
		return { used, max, refreshedAt: -Infinity };
	const refreshedAt = toInstant(last);
	if (!(refreshedAt <= now + MAX_CLOCK_DIFFERENCE)) return undefined;
	// The count is that of the day of the last refresh.
	const isToday = refreshedAt > now || isSameDay(refreshedAt, now, timeZone);
	return { used: isToday ? used : 0, max, refreshedAt };
}

/**
 * The limit that a segment's own counts show: the last refresh less than an hour ago, or all of the
 * day's refreshes used since the start of today in the chosen zone. Of both, the one that ends last:
 * before that, no refresh can succeed.
 *
 * @returns `undefined` if the counts leave room or cannot be read
 */
export function limitByCounts(diagnosis: Diagnosis): RefreshLimit | undefined {
	const counts = readCounts(diagnosis);
	if (!counts) return undefined;
	const { segment, now, timeZone: zone } = diagnosis;
	const { used, max, refreshedAt } = counts;
	const subject = typeof segment?.name === 'string' ? `"${segment.name}"` : 'The segment';
	const hourEndsAt = refreshedAt + HOUR;
	// On a night with two midnights, luxon takes the second: an hour late once a year.
	const dayEndsAt = DateTime.fromMillis(now, { zone }).plus({ days: 1 }).startOf('day').toMillis();
	if (used >= max && dayEndsAt >= hourEndsAt) {
		return {
			reason: 'segment_daily',
			endsAt: dayEndsAt,
			message: `${subject} has reached its limit of ${max} refreshes per day`,
		};
	}
	if (hourEndsAt <= now) return undefined;
	return {
		reason: 'segment_hourly',
		endsAt: hourEndsAt,
		message: `${subject} was refreshed less than an hour ago`,
	};
}

/**
 * Which limit a refresh has reached that SendGrid refused with 429, judged by a read of the segment.
 *
 * Every response carries rate-limit headers, so they only matter if the segment's counts leave
 * room. Those of the general rate limit, with a reset within a minute, then mean just that. All else is
 * the account's limit, which ends at 00:00 UTC, or at the reset if that is later than a minute from now
 * (up to 48 hours: no limit lasts longer).
 */
export function diagnoseRefreshLimit(
	diagnosis: Diagnosis,
	rateLimit: RateLimitHeaders,
): RefreshLimit | 'generalRateLimit' {
	const { now } = diagnosis;
	if (!readCounts(diagnosis)) return UNKNOWN_LIMIT;
	const limit = limitByCounts(diagnosis);
	if (limit) return limit;
	const { resetAt = NaN } = rateLimit;
	const msUntilReset = resetAt - now;
	const isSoon = Math.abs(msUntilReset) <= MINUTE;
	if (isSoon && isGeneralRateLimit(rateLimit)) return 'generalRateLimit';
	const isItsReset = msUntilReset > MINUTE && msUntilReset <= 2 * DAY;
	return {
		reason: 'account_daily',
		endsAt: isItsReset ? resetAt : (Math.floor(now / DAY) + 1) * DAY,
		message: `The account has used its ${REFRESHES_PER_ACCOUNT_PER_DAY} refreshes for today`,
	};
}

/** "4 hours 12 minutes", to the nearest minute but at least one. */
function describeDuration(ms: number): string {
	const minutes = Math.max(Math.round(ms / MINUTE), 1);
	const parts = [
		[Math.floor(minutes / 60), 'hour'],
		[minutes % 60, 'minute'],
	] as const;
	return parts
		.filter(([count]) => count > 0)
		.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`)
		.join(' ');
}

/** A limit as an item's error, in the item's time zone. */
export function toLimitError(
	{ reason, endsAt, message }: RefreshLimit,
	{ timeZone: zone, now }: Diagnosis,
	details: ErrorDetails,
): ItemError {
	const next = endsAt === undefined ? undefined : DateTime.fromMillis(Math.ceil(endsAt), { zone });
	const when =
		endsAt === undefined
			? `SendGrid allows ${REFRESHES_PER_SEGMENT_PER_DAY} refreshes per segment per day, ${REFRESHES_PER_SEGMENT_PER_HOUR} per segment per hour and ${REFRESHES_PER_ACCOUNT_PER_DAY} per account per day. SendGrid does not say which limit was reached. Try again after an hour, after midnight in the chosen time zone or after 00:00 UTC.`
			: `Next refresh possible: ${describeInstant(endsAt, zone)}, in ${describeDuration(endsAt - now)}.`;
	return new ItemError(
		message,
		`${when} To skip it instead of failing, set 'When Limit Is Reached' to "Skip".`,
		{
			http_status: 429,
			...details,
			reason,
			next_refresh_at: next?.toISO({ suppressMilliseconds: true }) ?? null,
			job_id: null,
		},
	);
}

/** How many refreshes of today, in the chosen zone, are left after the one that was just accepted. */
export function refreshesLeftAfter(diagnosis: Diagnosis): number | null {
	const { refreshes_used: used, max_refreshes: max } =
		diagnosis.segment ?? ({} as Partial<Segment>);
	const counts = readCounts(diagnosis);
	if (!counts || used === null || max === null) return null;
	return Math.max(counts.max - counts.used - 1, 0);
}
