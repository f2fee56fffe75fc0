import type { IDataObject } from 'n8n-workflow';
import { toSegmentOutput } from '../parameters/simplify';
import type { RequestContext } from '../transport/apiRequest';
import type { Segment } from '../transport/segments';
import { throwIfInvalid, waitUntilCounted } from './waitUntilCounted';

/**
 * The output of an item that created or changed a segment.
 *
 * @param countTimeoutMs how long to wait for the contacts to be counted; `undefined`: not at all
 * @throws ItemError where SendGrid calls the query invalid
 */
export async function toSavedOutput(
	context: RequestContext,
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
