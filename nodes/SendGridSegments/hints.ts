import type { NodeHint } from 'n8n-workflow';

const isRefresh = '$parameter["operation"] === "refresh"';

/** Conditions can look at the parameters only: n8n gives them the input's `$json`, not the output's. */
export const hints: NodeHint[] = [
	{
		message: 'Dry run: nothing was deleted.',
		type: 'info',
		location: 'outputPane',
		whenToDisplay: 'afterExecution',
		displayCondition:
			'={{ $parameter["operation"] === "delete" && $parameter["options"]["dryRun"] === true }}',
	},
	{
		message:
			'Nothing was refreshed for items with the status "skipped". Their next_refresh_at says when a refresh is possible.',
		type: 'info',
		location: 'outputPane',
		whenToDisplay: 'afterExecution',
		displayCondition: `={{ ${isRefresh} && $parameter["options"]["whenLimitReached"] === "skip" }}`,
	},
	{
		message:
			'Items with the status "pending": SendGrid was still refreshing the segment when the wait ended.',
		type: 'info',
		location: 'outputPane',
		whenToDisplay: 'afterExecution',
		displayCondition: `={{ ${isRefresh} && $parameter["options"]["waitForCompletion"] === true }}`,
	},
];
