import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { Segment } from '../transport/segments';
import { isObject, type GetParameter } from '../utils';
import { parseBoolean } from './values';

export const simplifyField: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	displayOptions: { show: { operation: ['create', 'get', 'getAll', 'update', 'upsert'] } },
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

export function parseSimplify(getParameter: GetParameter): boolean {
	return parseBoolean(getParameter('simplify', true), 'Simplify');
}

/** The segment's refreshes that are left today, or `null` where SendGrid does not say. */
function refreshesLeft({ refreshes_used: used, max_refreshes: max }: Segment): number | null {
	return typeof used === 'number' && typeof max === 'number' ? Math.max(max - used, 0) : null;
}

/** What most workflows need of a segment; what SendGrid leaves out is `null`. */
export function simplifySegment(segment: Segment): IDataObject {
	const status = isObject(segment.status) ? segment.status : {};
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
