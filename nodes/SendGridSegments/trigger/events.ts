import type { IDataObject } from 'n8n-workflow';
import { segmentValidation, type Segment } from '../transport/segments';

export interface EventDescription {
	/** As people choose it. */
	name: string;
	description?: string;
	/** Which of the segment's times says when the event occurred; without one, the poll's own time. */
	timeField?: string;
}

/** What can happen to a segment, in the order in which one poll reports it. */
export const EVENTS = {
	created: {
		name: 'Segment Created',
		timeField: 'created_at',
	},
	updated: {
		name: 'Segment Updated',
		description: 'The name or the query was edited',
		timeField: 'updated_at',
	},
	refreshed: {
		name: 'Segment Refreshed',
		description: 'SendGrid recounted the contacts, on its own schedule or after a manual refresh',
		timeField: 'sample_updated_at',
	},
	countChanged: {
		name: 'Contact Count Changed',
		description: 'The segment grew or shrank. For growth only, filter on "change" greater than 0.',
		timeField: 'sample_updated_at',
	},
	invalid: {
		name: 'Segment Query Invalid',
		description: 'The query stopped working, for example because a custom field was deleted',
	},
	deleted: {
		name: 'Segment Deleted',
	},
} satisfies Record<string, EventDescription>;

export type SegmentEvent = keyof typeof EVENTS;

export const SEGMENT_EVENTS = Object.keys(EVENTS) as SegmentEvent[];

export function isSegmentEvent(value: unknown): value is SegmentEvent {
	return (SEGMENT_EVENTS as unknown[]).includes(value);
}

/** SendGrid's times are whole seconds. */
export function toTimestamp(seconds: number): string {
	return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Seconds since 1970; `undefined` for no time, and for the year 1, which is how SendGrid writes none. */
export function toSeconds(timestamp: unknown): number | undefined {
	const seconds = typeof timestamp === 'string' ? Math.floor(Date.parse(timestamp) / 1000) : NaN;
	return seconds > 0 ? seconds : undefined;
}

/** The number of contacts; `undefined` if SendGrid does not give one. */
export function toCount({ contacts_count: count }: Segment): number | undefined {
	return typeof count === 'number' ? count : undefined;
}

/**
 * An item of the trigger's output.
 *
 * @param previousCount the contacts when this was last reported; `null` if it is not known
 * @param now seconds since 1970
 */
export function toEventItem(
	event: SegmentEvent,
	segment: Segment,
	previousCount: number | null,
	now: number,
): IDataObject {
	const count = toCount(segment) ?? null;
	const { query_validation: status = null, error_message: message = null } =
		segmentValidation(segment);
	const { timeField = '' }: EventDescription = EVENTS[event];
	return {
		event,
		segment_id: segment.id,
		segment_name: segment.name ?? null,
		contacts_count: count,
		previous_count: previousCount,
		change: count !== null && previousCount !== null ? count - previousCount : null,
		sample_updated_at: segment.sample_updated_at ?? null,
		status,
		error_message: message,
		occurred_at: toTimestamp(toSeconds(segment[timeField]) ?? now),
	};
}
