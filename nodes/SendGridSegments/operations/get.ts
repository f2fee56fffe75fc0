import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { buildRouting, type OperationHandler } from '../execution/executeItem';
import { parseOptions } from '../parameters/options';
import { parseSegmentId } from '../parameters/segment';
import { parseSimplify } from '../parameters/simplify';
import { toSegmentOutput } from './segmentOutput';
import { parseBoolean } from '../parameters/values';
import { getSegment, getSegmentEndpoint, type Segment } from '../transport/segments';

interface Input {
	segmentId: string;
	simplify: boolean;
	includeContactsSample: boolean;
}

const handler: OperationHandler<Input, Segment> = {
	concurrency: 50,
	parse: (getParameter) => ({
		segmentId: parseSegmentId(getParameter),
		simplify: parseSimplify(getParameter),
		includeContactsSample: parseBoolean(
			parseOptions(getParameter).includeContactsSample,
			'Include Contacts Sample',
		),
	}),
	execute: async (context, { segmentId, includeContactsSample }) =>
		await getSegment(context, segmentId, includeContactsSample),
	toOutput: (segment, { simplify, includeContactsSample }) => [
		{
			...toSegmentOutput(segment, simplify),
			...(includeContactsSample && { contacts_sample: segment.contacts_sample ?? [] }),
		},
	],
};

export const getOperation: INodePropertyOptions = {
	name: 'Get',
	value: 'get',
	action: 'Get segment',
	description: "Get a segment's name, status, query and contact count",
	routing: buildRouting(getSegmentEndpoint, handler),
};

export const getOptions: INodeProperties[] = [
	{
		displayName: 'Include Contacts Sample',
		name: 'includeContactsSample',
		type: 'boolean',
		default: true,
		displayOptions: { show: { '/operation': ['get'] } },
		description: 'Whether to add a sample of the contacts in the segment to the output',
	},
];
