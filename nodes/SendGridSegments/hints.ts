import type { NodeHint } from 'n8n-workflow';

const isRefresh = '$parameter["operation"] === "refresh"';

/** One segment for all items is one refresh, however many items there are. */
const isSegmentPerItem =
	'String($rawParameter["segmentId"]["value"] ?? $rawParameter["segmentId"]).startsWith("=")';

/**
 * Conditions can look at the parameters and the input only. Before the input is there, n8n cannot
 * evaluate those about it, and shows no hint.
 */
export const hints: NodeHint[] = [
	{
		message:
			'SendGrid allows 10 refreshes per account per day. To skip items beyond them, add When Limit Is Reached.',
		type: 'warning',
		location: 'outputPane',
		whenToDisplay: 'beforeExecution',
		displayCondition: `={{ ${isRefresh} && ${isSegmentPerItem} && $parameter["options"]["whenLimitReached"] !== "skip" && $input.all().length > 10 }}`,
	},
	{
		message:
			'More than 5,000 items: with 600 requests per minute, as SendGrid allows, this takes about 8 minutes or more.',
		type: 'info',
		location: 'outputPane',
		whenToDisplay: 'beforeExecution',
		displayCondition: `={{ !(${isRefresh}) && $input.all().length > 5000 }}`,
	},
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
