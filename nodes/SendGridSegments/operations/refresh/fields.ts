import type { INodeProperties } from 'n8n-workflow';

const show = { '/operation': ['refresh'] };

export const refreshOptions: INodeProperties[] = [
	{
		displayName: 'Import Job ID',
		name: 'importJobId',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.job_id }}',
		displayOptions: { show },
		description:
			'Job ID of a contact import or upsert. The refresh is sent when the import has finished, so that it finds the new contacts.',
	},
	{
		displayName: 'Poll Interval (Seconds)',
		name: 'pollSeconds',
		type: 'number',
		default: 15,
		typeOptions: { minValue: 5 },
		displayOptions: { show },
		description: 'How often to check whether the import or the refresh has finished. Minimum 5.',
	},
	{
		displayName: 'Timeout (Seconds)',
		name: 'timeoutSeconds',
		type: 'number',
		default: 900,
		typeOptions: { minValue: 1 },
		displayOptions: { show },
		description:
			'Maximum time to wait for the import, and again for the refresh. After that, an item with an unfinished import fails, and one with an unfinished refresh continues with the status "pending".',
	},
	{
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		displayOptions: { show },
		description:
			'Whether to wait until the refresh has finished and add the new contact count to the output. The node is shown as executing until then.',
	},
	{
		displayName: 'When Limit Is Reached',
		name: 'whenLimitReached',
		type: 'options',
		default: 'skip',
		displayOptions: { show },
		description: 'What to do when a SendGrid refresh limit is reached',
		options: [
			{
				name: 'Fail',
				value: 'fail',
				description: 'Fail the item and report when the next refresh is possible',
			},
			{
				name: 'Skip',
				value: 'skip',
				description: 'Continue and report when the next refresh is possible',
			},
		],
	},
];
