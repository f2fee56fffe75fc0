import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { isObject, type Segment } from './segments';

export const simplifyField: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	displayOptions: { show: { operation: ['get', 'getAll'] } },
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

/** What most workflows need of a segment; what SendGrid leaves out is `null`. */
export function simplified(segment: Segment): IDataObject {
	const status = isObject(segment.status) ? segment.status : {};
	return {
		id: segment.id,
		name: segment.name ?? null,
		contacts_count: segment.contacts_count ?? null,
		status: status.query_validation ?? null,
		error_message: status.error_message ?? null,
		parent_list_ids: segment.parent_list_ids ?? [],
		sample_updated_at: segment.sample_updated_at ?? null,
		next_sample_update: segment.next_sample_update ?? null,
		refreshes_used: segment.refreshes_used ?? null,
		max_refreshes: segment.max_refreshes ?? null,
	};
}
