import type { IDataObject } from 'n8n-workflow';
import { segmentValidation, type Segment } from '../transport/segments';

/** What can happen to a segment, in the order in which one poll reports it. */
export const EVENTS = [
	'created',
	'updated',
	'refreshed',
	'countChanged',
	'invalid',
	'deleted',
] as const;

export type SegmentEvent = (typeof EVENTS)[number];

/** Which of the segment's times says when an event occurred; for the others, the poll's own time. */
const TIME_OF_EVENT: Partial<Record<SegmentEvent, string>> = {
	created: 'created_at',
	updated: 'updated_at',
	refreshed: 'sample_updated_at',
	countChanged: 'sample_updated_at',
};

/** SendGrid's times are whole seconds. */
export function toTimestamp(seconds: number): string | null {
	return seconds > 0 ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') : null;
}

/** Seconds since 1970; 0 where there is no time. */
export function toSeconds(timestamp: unknown): number {
	const ms = typeof timestamp === 'string' ? Date.parse(timestamp) : NaN;
	return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}

/**
 * An item of the trigger's output.
 *
 * @param previousCount the contacts when this was last reported; `null` where it never was
 * @param now seconds since 1970
 */
export function toEventItem(
	event: SegmentEvent,
	segment: Segment,
	previousCount: number | null,
	now: number,
): IDataObject {
	const { contacts_count: count = null, sample_updated_at: sampleTime = null } = segment;
	const { query_validation: status = null, error_message: message = null } =
		segmentValidation(segment);
	return {
		event,
		segment_id: segment.id,
		segment_name: segment.name ?? null,
		contacts_count: count,
		previous_count: previousCount,
		change: typeof count === 'number' && previousCount !== null ? count - previousCount : null,
		sample_updated_at: sampleTime,
		status,
		error_message: message,
		occurred_at: toTimestamp(toSeconds(segment[TIME_OF_EVENT[event] ?? '']) || now),
	};
}
