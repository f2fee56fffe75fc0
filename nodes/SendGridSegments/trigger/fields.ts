import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { describeEvent, SEGMENT_EVENTS } from './events';

/** Labels of the parameters that are checked when they are read. */
export const LABELS = {
	events: 'Trigger On',
	segments: 'Segment Names or IDs',
	options: 'Options',
	minChange: 'Minimum Change',
	minChangePercent: 'Minimum Change (Percent)',
};

const show = { '/events': ['countChanged'] };

const eventOptions = SEGMENT_EVENTS.map((event): INodePropertyOptions => {
	const { name, description } = describeEvent(event);
	return { name, value: event, description };
}).sort((a, b) => a.name.localeCompare(b.name, 'en'));

const shortNames = Object.fromEntries(
	eventOptions.map(({ name, value }) => [value, name.replace(/^(Segment|Contact) /, '')]),
);

/** The chosen events, for the canvas. */
export const subtitle = `={{ [$parameter["events"]].flat().map((event) => (${JSON.stringify(shortNames)})[event] || event).join(", ") }}`;

export const triggerFields: INodeProperties[] = [
	{
		displayName: LABELS.events,
		name: 'events',
		type: 'multiOptions',
		required: true,
		default: ['refreshed'],
		description: 'What starts the workflow',
		options: eventOptions,
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
					'How many contacts a segment must gain or lose before it is reported. Measured from the last reported count, so slow growth is not missed.',
			},
			{
				displayName: LABELS.minChangePercent,
				name: 'minChangePercent',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 0,
				displayOptions: { show },
				description:
					'Percentage of the last reported count that a segment must gain or lose. If Minimum Change is also set, both must be met.',
			},
		],
	},
];
