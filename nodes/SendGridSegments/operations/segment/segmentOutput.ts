import type { IDataObject } from 'n8n-workflow';
import type { AccountContext } from '../../operation';
import { isCounted, segmentValidation, type Segment } from '../../transport/segments';
import { throwIfInvalid, waitUntilCounted } from './waitUntilCounted';

/** The segment's refreshes that are left today, or `null` if SendGrid does not say. */
function refreshesLeft({ refreshes_used: used, max_refreshes: max }: Segment): number | null {
	return typeof used === 'number' && typeof max === 'number' ? Math.max(max - used, 0) : null;
}

/** The contacts of a segment; `null` until SendGrid has counted them, which does not mean that it has none. */
export function contactsCount({ contacts_count: count, ...segment }: Segment): number | null {
	return isCounted(segment) && typeof count === 'number' ? count : null;
}

/** What most workflows need of a segment; what SendGrid leaves out is `null`. */
export function simplifySegment(segment: Segment): IDataObject {
	const status = segmentValidation(segment);
	return {
		segment_name: segment.name ?? null,
		contacts_count: contactsCount(segment),
		status: status.query_validation ?? null,
		refreshes_left: refreshesLeft(segment),
		error_message: status.error_message ?? null,
		sample_updated_at: segment.sample_updated_at ?? null,
		next_sample_update: segment.next_sample_update ?? null,
		...('query_dsl' in segment && { query_dsl: segment.query_dsl }),
		parent_list_ids: segment.parent_list_ids ?? [],
		segment_id: segment.id,
	} as IDataObject;
}

/** A segment as an item's output: simplified, or as SendGrid returns it without the sample. */
export function toSegmentOutput(segment: Segment, simplify: boolean): IDataObject {
	if (simplify) return simplifySegment(segment);
	const output = {
		segment_name: segment.name ?? null,
		segment_id: segment.id,
		...segment,
		contacts_count: contactsCount(segment),
	} as IDataObject;
	delete output.contacts_sample;
	return output;
}

/**
 * The output of an item that created or changed a segment.
 *
 * @param countTimeoutMs how long to wait for the contacts to be counted; `undefined`: not at all
 * @param hasQuery whether the item set the query
 * @throws ItemError if the query is invalid, and the item set it or waits
 */
export async function toSavedOutput(
	context: AccountContext,
	segment: Segment,
	{ simplify, countTimeoutMs }: { simplify: boolean; countTimeoutMs?: number },
	hasQuery = true,
): Promise<IDataObject> {
	if (countTimeoutMs === undefined) {
		if (hasQuery) throwIfInvalid(segment);
		return toSegmentOutput(segment, simplify);
	}
	const { segment: last, counted } = await waitUntilCounted(context, segment, countTimeoutMs);
	return { ...toSegmentOutput(last, simplify), counted };
}
