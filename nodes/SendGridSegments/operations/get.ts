import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { checkedBoolean, optionsOf } from '../options';
import { routingOf, type Plan } from '../perItem';
import { checkedId, locatorValue } from '../segmentId';
import { readSegment, segmentRead, withoutContactsSample, type Segment } from '../segments';
import { simplified } from '../simplify';

interface Input {
	segmentId: string;
	simplify: boolean;
	includeContactsSample: boolean;
}

const plan: Plan<Input, Segment> = {
	concurrency: 50,
	checks: (parameters) => ({
		segmentId: checkedId(locatorValue(parameters('segmentId')), 'Segment'),
		simplify: checkedBoolean(parameters('simplify', true), 'Simplify'),
		includeContactsSample: checkedBoolean(
			optionsOf(parameters).includeContactsSample,
			'Include Contacts Sample',
		),
	}),
	request: async (sender, { segmentId, includeContactsSample }) =>
		await readSegment(sender, segmentId, includeContactsSample),
	output: (segment, { simplify, includeContactsSample }) => [
		{
			...(simplify ? simplified(segment) : withoutContactsSample(segment)),
			...(includeContactsSample && { contacts_sample: segment.contacts_sample ?? [] }),
		},
	],
};

export const getSegment: INodePropertyOptions = {
	name: 'Get Segment',
	value: 'get',
	action: 'Get a segment',
	description: 'Read one segment: its name, query status and number of contacts',
	routing: routingOf(segmentRead, plan),
};

const showOnlyForGet = { '/operation': ['get'] };

export const getOptions: INodeProperties[] = [
	{
		displayName: 'Include Contacts Sample',
		name: 'includeContactsSample',
		type: 'boolean',
		default: true,
		displayOptions: { show: showOnlyForGet },
		description: 'Whether to add some of the contacts that are in the segment to the output',
	},
];
