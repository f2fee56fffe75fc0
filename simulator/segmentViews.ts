import type { SegmentRecord } from './records';
import { refreshesUsedToday } from './refreshQuota';

/** A segment as the list shows it. */
export function listedSegment(record: SegmentRecord, nowMs: number) {
	return {
		id: record.id,
		name: record.name,
		query_version: record.query_version,
		contacts_count: record.contacts_count,
		sample_updated_at: record.sample_updated_at,
		next_sample_update: record.next_sample_update,
		created_at: record.created_at,
		updated_at: record.updated_at,
		parent_list_ids: record.parent_list_ids,
		status: record.status,
		refreshes_used: refreshesUsedToday(record, nowMs),
		max_refreshes: record.max_refreshes,
		last_refreshed_at: record.last_refreshed_at,
	};
}

/** A segment as Create and Update show it. */
export function savedSegment(record: SegmentRecord, nowMs: number) {
	return {
		...listedSegment(record, nowMs),
		query_dsl: record.query_dsl,
		contacts_sample: record.contacts_sample,
	};
}

/** A segment as Get shows it. */
export function segmentDetails(record: SegmentRecord, nowMs: number, withSample: boolean) {
	return {
		...savedSegment(record, nowMs),
		identifier_counts: { AID: 0, EID: record.contacts_count, EXTID: 0, PHNID: 0 },
		contacts_sample: withSample ? record.contacts_sample : undefined,
	};
}
