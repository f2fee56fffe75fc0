import { randomUUID } from 'node:crypto';

import { REFRESHES_PER_SEGMENT_PER_DAY } from '../nodes/SendGridSegments/limits';
import { asObject } from './asObject';
import { timestamp } from './clock';

export interface SegmentStatus {
	query_validation: 'PENDING' | 'VALID' | 'INVALID';
	error_message?: string;
}

/** A segment as the account has it; times are ISO 8601 in UTC. */
export interface SegmentRecord {
	id: string;
	name: string;
	query_dsl: string;
	query_version: string;
	contacts_count: number;
	contacts_sample: unknown[];
	/** Null until the segment was first counted. */
	sample_updated_at: string | null;
	/** Null until it was counted after its creation or its latest update. */
	next_sample_update: string | null;
	created_at: string;
	updated_at: string;
	/** Null if there is none. */
	parent_list_ids: string[] | null;
	status: SegmentStatus;
	/**
	 * Refreshes on the local day of `last_refreshed_at`, or today's if that is absent. Like the next
	 * two, absent until the first manual refresh.
	 */
	refreshes_used?: number;
	max_refreshes?: number;
	last_refreshed_at?: string;
	/** Zone of the latest refresh request, accepted or not; its midnight resets the count. Not part of responses. */
	lastTimeZone?: string;
	/** What `contacts_count` becomes when the segment is next counted. Not part of responses. */
	nextContactsCount?: number;
}

export interface ListRecord {
	id: string;
	name: string;
	contact_count: number;
}

export interface SingleSendRecord {
	id: string;
	name: string;
	status: 'draft' | 'scheduled' | 'triggered';
	categories: string[];
	send_at: string | null;
	/** Broken where a test wants it. */
	send_to: { list_ids: string[]; segment_ids: string[]; all: boolean };
	created_at: string;
	updated_at: string;
}

/**
 * What is given of a single send. `send_to` need not be complete, and may be broken: a field of another
 * type, or no object at all. Given as undefined it is left out.
 */
export interface SingleSendInput extends Partial<Omit<SingleSendRecord, 'send_to'>> {
	send_to?: unknown;
}

export const HOUR_MS = 3_600_000;

/** The first contacts of a segment. */
export function sampleContacts(segmentId: string, contactsCount: number, nowMs: number): unknown[] {
	const now = timestamp(nowMs);
	return Array.from({ length: Math.min(contactsCount, 2) }, (_, index) => {
		const id = randomUUID();
		return {
			email: `contact-${index + 1}@example.com`,
			first_name: '',
			id,
			last_name: '',
			list_ids: [],
			segment_ids: [segmentId],
			created_at: now,
			updated_at: now,
			_metadata: { self: `https://api.sendgrid.com/v3/marketing/contacts/${id}` },
		};
	});
}

/** A complete segment from what is given of one; `number` makes the default name. */
export function newSegment(
	partial: Partial<SegmentRecord>,
	number: number,
	nowMs: number,
): SegmentRecord {
	const now = timestamp(nowMs);
	const id = (partial.id ?? randomUUID()).toLowerCase();
	const isCounted = partial.sample_updated_at !== null;
	const contactsCount = partial.contacts_count ?? (isCounted ? 2 : 0);
	const wasRefreshed =
		partial.refreshes_used !== undefined ||
		partial.max_refreshes !== undefined ||
		partial.last_refreshed_at !== undefined;
	return {
		name: `Segment ${number}`,
		query_dsl: "SELECT contact_id, updated_at FROM contact_data WHERE country = 'US'",
		query_version: '2',
		contacts_count: contactsCount,
		contacts_sample: isCounted ? sampleContacts(id, contactsCount, nowMs) : [],
		sample_updated_at: now,
		next_sample_update: isCounted ? timestamp(nowMs + HOUR_MS) : null,
		created_at: now,
		updated_at: now,
		parent_list_ids: null,
		status: { query_validation: 'VALID' },
		...(wasRefreshed && { refreshes_used: 0, max_refreshes: REFRESHES_PER_SEGMENT_PER_DAY }),
		...partial,
		id,
	};
}

/** A complete single send from what is given of one; without `send_at` it is a draft. */
export function newSingleSend(input: SingleSendInput, nowMs: number): SingleSendRecord {
	const now = timestamp(nowMs);
	const sendTo = 'send_to' in input ? input.send_to : {};
	const given = asObject(sendTo);
	return {
		name: 'Single Send',
		status: input.send_at ? 'scheduled' : 'draft',
		categories: [],
		send_at: null,
		created_at: now,
		updated_at: now,
		...input,
		id: (input.id ?? randomUUID()).toLowerCase(),
		send_to: (given
			? { list_ids: [], segment_ids: [], all: false, ...given }
			: sendTo) as SingleSendRecord['send_to'],
	};
}
