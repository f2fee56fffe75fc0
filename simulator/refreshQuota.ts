import { DateTime } from 'luxon';

import {
	REFRESHES_PER_ACCOUNT_PER_DAY,
	REFRESHES_PER_SEGMENT_PER_DAY,
} from '../nodes/SendGridSegments/limits';
import { HOUR_MS, type SegmentRecord } from './records';

/** Local dates are compared rather than instants of midnight, which some days have twice or not at all. */
function localDate(ms: number, zone: string): string | null {
	return DateTime.fromMillis(ms, { zone }).toISODate();
}

/**
 * Refreshes since the start of today in the segment's last used time zone (UTC before the first);
 * undefined if the record carries no count.
 */
export function refreshesUsedToday(record: SegmentRecord, nowMs: number): number | undefined {
	const { refreshes_used: used, last_refreshed_at: last, lastTimeZone: zone = 'UTC' } = record;
	if (!used || last === undefined) return used;
	return localDate(Date.parse(last), zone) === localDate(nowMs, zone) ? used : 0;
}

/** Which of the three limits stands in the way of a refresh at `nowMs`, if any. */
export function refreshLimitHit(
	record: SegmentRecord,
	nowMs: number,
	accountRefreshesUsed: number,
): 'segment_hourly' | 'segment_daily' | 'account_daily' | undefined {
	const { last_refreshed_at: last, max_refreshes: max = REFRESHES_PER_SEGMENT_PER_DAY } = record;
	if (last !== undefined && nowMs < Date.parse(last) + HOUR_MS) return 'segment_hourly';
	if ((refreshesUsedToday(record, nowMs) ?? 0) >= max) return 'segment_daily';
	if (accountRefreshesUsed >= REFRESHES_PER_ACCOUNT_PER_DAY) return 'account_daily';
	return undefined;
}
