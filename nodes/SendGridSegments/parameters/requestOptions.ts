import type { INodeProperties } from 'n8n-workflow';

/**
 * n8n's own "Request Options", with Batching as the default: between batches n8n does something
 * else, so a long list of items does not keep it from answering. n8n puts its collection in the
 * place of the first field of this name; the second, which the editor does not show, is the default.
 */
export const requestOptionsFields: INodeProperties[] = [
	{
		displayName: 'Request Options',
		name: 'requestOptions',
		type: 'collection',
		default: {},
		options: [],
	},
	{
		displayName: 'Request Options',
		name: 'requestOptions',
		type: 'hidden',
		default: { batching: { batch: { batchSize: 10, batchInterval: 1 } } },
	},
];
