import { randomUUID } from 'node:crypto';

import { refreshesUsedToday } from './refreshLimits';

export interface SegmentStatus {
	query_validation: 'PENDING' | 'VALID' | 'INVALID';
	error_message?: string;
}

/** A segment as the account holds it; times are ISO 8601 in UTC. */
export interface SegmentRecord {
	id: string;
	name: string;
	query_dsl: string;
	contacts_count: number;
	contacts_sample: unknown[];
	created_at: string;
	updated_at: string;
	sample_updated_at: string;
	next_sample_update: string;
	parent_list_ids: string[];
	query_version: string;
	status: SegmentStatus;
	/** Refreshes on the local day of `last_refreshed_at`, or today's if that is absent. */
	refreshes_used?: number;
	max_refreshes?: number;
	last_refreshed_at?: string;
	/** Zone of the latest refresh request, accepted or not; its midnight resets the count. Not part of answers. */
	lastTimeZone?: string;
	/** What `contacts_count` becomes when the next refresh completes. Not part of answers. */
	nextContactsCount?: number;
}

export interface ListRecord {
	id: string;
	name: string;
	contact_count: number;
}

const HOUR_MS = 3_600_000;

function contact(number: number) {
	return {
		id: randomUUID(),
		email: `contact-${number}@example.com`,
		alternate_emails: [],
		first_name: '',
		last_name: '',
		address_line_1: '',
		address_line_2: '',
		city: '',
		state_province_region: '',
		postal_code: '',
		country: '',
		custom_fields: {},
	};
}

/** A complete segment from what is given of one; `number` makes the default name. */
export function newSegment(
	partial: Partial<SegmentRecord>,
	number: number,
	nowMs: number,
): SegmentRecord {
	const now = new Date(nowMs).toISOString();
	const contactsCount = partial.contacts_count ?? 2;
	return {
		name: `Segment ${number}`,
		query_dsl: "SELECT contact_id, updated_at FROM contact_data WHERE country = 'US'",
		contacts_count: contactsCount,
		contacts_sample: Array.from({ length: Math.min(contactsCount, 2) }, (_, i) => contact(i + 1)),
		created_at: now,
		updated_at: now,
		sample_updated_at: now,
		next_sample_update: new Date(nowMs + HOUR_MS).toISOString(),
		parent_list_ids: [],
		query_version: '2',
		status: { query_validation: 'VALID' },
		refreshes_used: 0,
		max_refreshes: 2,
		...partial,
		id: (partial.id ?? randomUUID()).toLowerCase(),
	};
}

/** A segment as the list endpoint shows it. */
export function segmentSummary(record: SegmentRecord, nowMs: number) {
	return {
		id: record.id,
		name: record.name,
		contacts_count: record.contacts_count,
		created_at: record.created_at,
		updated_at: record.updated_at,
		sample_updated_at: record.sample_updated_at,
		next_sample_update: record.next_sample_update,
		parent_list_ids: record.parent_list_ids,
		query_version: record.query_version,
		status: record.status,
		refreshes_used: refreshesUsedToday(record, nowMs),
		max_refreshes: record.max_refreshes,
		last_refreshed_at: record.last_refreshed_at,
	};
}

/** A segment as Create, Get and Update show it. */
export function segmentView(record: SegmentRecord, nowMs: number, withSample: boolean) {
	return {
		...segmentSummary(record, nowMs),
		query_dsl: record.query_dsl,
		contacts_sample: withSample ? record.contacts_sample : undefined,
	};
}
