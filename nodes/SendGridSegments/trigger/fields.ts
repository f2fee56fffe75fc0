import type { INodeProperties } from 'n8n-workflow';

/** Labels of the parameters that are checked when they are read. */
export const LABELS = {
	events: 'Trigger On',
	segments: 'Segment Names or IDs',
	options: 'Options',
	minChange: 'Minimum Change',
	minChangePercent: 'Minimum Change (Percent)',
};

const show = { '/events': ['countChanged'] };

export const triggerFields: INodeProperties[] = [
	{
		displayName: LABELS.events,
		name: 'events',
		type: 'multiOptions',
		required: true,
		default: ['refreshed'],
		description: 'What starts the workflow',
		options: [
			{
				name: 'Contact Count Changed',
				value: 'countChanged',
				description: 'The segment grew or shrank',
			},
			{ name: 'Segment Created', value: 'created' },
			{ name: 'Segment Deleted', value: 'deleted' },
			{
				name: 'Segment Query Invalid',
				value: 'invalid',
				description: 'The query stopped working, for example because a custom field was renamed',
			},
			{
				name: 'Segment Refreshed',
				value: 'refreshed',
				description: 'SendGrid has counted the contacts again, by itself or after a manual refresh',
			},
			{
				name: 'Segment Updated',
				value: 'updated',
				description: 'The name or the query was edited',
			},
		],
	},
	{
		displayName: LABELS.segments,
		name: 'segments',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getSegments' },
		default: [],
		hint: 'Leave empty to watch all segments, including those created later',
		description:
			'The segments to watch. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		displayName: LABELS.options,
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: { show: { events: ['countChanged'] } },
		options: [
			{
				displayName: LABELS.minChange,
				name: 'minChange',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 1,
				displayOptions: { show },
				description:
					'How many contacts a segment must gain or lose before it is reported. Measured against the count that was last reported, so slow growth is not missed.',
			},
			{
				displayName: LABELS.minChangePercent,
				name: 'minChangePercent',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 10,
				displayOptions: { show },
				description:
					'How many percent of the count that was last reported a segment must gain or lose. With Minimum Change, both must be reached.',
			},
		],
	},
];
