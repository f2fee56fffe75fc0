import type { IDataObject } from 'n8n-workflow';
import type { WaitContext } from '../execution/executeItem';
import { segmentValidation, type Segment } from '../transport/segments';
import { throwIfInvalid, waitUntilCounted } from './waitUntilCounted';

/** The segment's refreshes that are left today, or `null` where SendGrid does not say. */
function refreshesLeft({ refreshes_used: used, max_refreshes: max }: Segment): number | null {
	return typeof used === 'number' && typeof max === 'number' ? Math.max(max - used, 0) : null;
}

/** What most workflows need of a segment; what SendGrid leaves out is `null`. */
export function simplifySegment(segment: Segment): IDataObject {
	const status = segmentValidation(segment);
	return {
		segment_id: segment.id,
		name: segment.name ?? null,
		contacts_count: segment.contacts_count ?? null,
		status: status.query_validation ?? null,
		error_message: status.error_message ?? null,
		...('query_dsl' in segment && { query_dsl: segment.query_dsl }),
		parent_list_ids: segment.parent_list_ids ?? [],
		sample_updated_at: segment.sample_updated_at ?? null,
		next_sample_update: segment.next_sample_update ?? null,
		refreshes_left: refreshesLeft(segment),
	};
}

/** A segment as an item's output: simplified, or as SendGrid returns it without the sample. */
export function toSegmentOutput(segment: Segment, simplify: boolean): IDataObject {
	if (simplify) return simplifySegment(segment);
	const output: IDataObject = { segment_id: segment.id, ...segment };
	delete output.contacts_sample;
	return output;
}

/**
 * The output of an item that created or changed a segment.
 *
 * @param countTimeoutMs how long to wait for the contacts to be counted; `undefined`: not at all
 * @throws ItemError where SendGrid calls the query invalid
 */
export async function toSavedOutput(
	context: WaitContext,
	segment: Segment,
	{ simplify, countTimeoutMs }: { simplify: boolean; countTimeoutMs?: number },
): Promise<IDataObject> {
	if (countTimeoutMs === undefined) {
		throwIfInvalid(segment);
		return toSegmentOutput(segment, simplify);
	}
	const { segment: last, counted } = await waitUntilCounted(context, segment, countTimeoutMs);
	return { ...toSegmentOutput(last, simplify), counted };
}
