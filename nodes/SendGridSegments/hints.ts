import type { NodeHint } from 'n8n-workflow';
import { REFRESHES_PER_ACCOUNT_PER_DAY } from './limits';

/** If all items name the same segment, there is only one refresh. */
const isSegmentPerItem =
	'String($rawParameter["segmentId"]["value"] ?? $rawParameter["segmentId"]).startsWith("=")';

/**
 * Only for what the output does not say itself. Conditions can use the parameters and the number of
 * input items, but not the output.
 */
export const hints: NodeHint[] = [
	{
		message: `SendGrid allows ${REFRESHES_PER_ACCOUNT_PER_DAY} refreshes per account per day. To skip the rest, set 'When Limit Is Reached' to Skip.`,
		type: 'warning',
		location: 'outputPane',
		whenToDisplay: 'beforeExecution',
		displayCondition: `={{ $parameter["operation"] === "refresh" && ${isSegmentPerItem} && $parameter["whenLimitReached"] !== "skip" && $input.all().length > ${REFRESHES_PER_ACCOUNT_PER_DAY} }}`,
	},
	{
		message: 'Dry run: nothing was deleted.',
		type: 'info',
		location: 'outputPane',
		whenToDisplay: 'afterExecution',
		displayCondition:
			'={{ $parameter["operation"] === "delete" && $parameter["dryRun"] === true }}',
	},
	{
		message: `"contacts_count" is null until SendGrid has counted the contacts. To wait for it, add 'Wait Until Counted'.`,
		type: 'info',
		location: 'outputPane',
		whenToDisplay: 'afterExecution',
		displayCondition:
			'={{ ["create", "upsert"].includes($parameter["operation"]) && !$parameter["options"]["waitUntilCounted"] }}',
	},
];
