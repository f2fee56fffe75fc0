import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { collection } from '../parameters/collection';
import { EVENTS, type EventDescription } from './events';

const show = { '/events': ['countChanged'] };

const eventOptions = Object.entries<EventDescription>(EVENTS)
	.map(([value, { name, description }]): INodePropertyOptions => ({ name, value, description }))
	.sort((a, b) => a.name.localeCompare(b.name, 'en'));

const shortNames = Object.fromEntries(
	eventOptions.map(({ name, value }) => [value, name.replace(/^(Segment|Contact) /, '')]),
);

/** The chosen events, for the canvas. */
export const subtitle = `={{ [$parameter["events"]].flat().map((event) => (${JSON.stringify(shortNames)})[event] || event).join(", ") }}`;

export const eventsField: INodeProperties = {
	displayName: 'Trigger On',
	name: 'events',
	type: 'multiOptions',
	required: true,
	default: ['refreshed'],
	description: 'What starts the workflow',
	options: eventOptions,
};

export const segmentsField: INodeProperties = {
	displayName: 'Segment Names or IDs',
	name: 'segments',
	type: 'multiOptions',
	typeOptions: { loadOptionsMethod: 'getSegments' },
	default: [],
	hint: 'Leave empty to watch all segments, including those created later',
	description:
		'The segments to watch. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
};

export const minChangeField: INodeProperties = {
	displayName: 'Minimum Change',
	name: 'minChange',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 1,
	displayOptions: { show },
	description:
		'How many contacts a segment must gain or lose before it is reported. Measured from the last reported count, so slow growth is not missed.',
};

export const minChangePercentField: INodeProperties = {
	displayName: 'Minimum Change (Percent)',
	name: 'minChangePercent',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 0,
	displayOptions: { show },
	description:
		'Percentage of the last reported count that a segment must gain or lose. If Minimum Change is also set, both must be met.',
};

export const optionsFields = collection({
	displayName: 'Options',
	name: 'options',
	placeholder: 'Add option',
	displayOptions: { show: { events: ['countChanged'] } },
	options: [minChangeField, minChangePercentField],
});

export const triggerFields = [eventsField, segmentsField, ...optionsFields];
