import type { INodeProperties, NodeHint } from 'n8n-workflow';

/**
 * n8n's own "Request Options", with Batching added by default: between batches n8n can do other
 * work, so it stays responsive with a long list of items. n8n replaces the first field of this name
 * with its own collection; the second, which the editor does not show, is the default.
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

/** A hint's condition cannot read the setting On Error. */
export const batchingHint: NodeHint = {
	message:
		'With On Error set to Stop Workflow, requests are sent after the last batch, so Batching does not space them out.',
	type: 'info',
	location: 'outputPane',
	whenToDisplay: 'beforeExecution',
	displayCondition: '={{ $parameter["requestOptions"]?.batching?.batch?.batchInterval > 1 }}',
};
