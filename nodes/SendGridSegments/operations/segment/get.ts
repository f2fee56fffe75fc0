import type { INodeProperties } from 'n8n-workflow';
import type { Operation } from '../../operation';
import { segmentField } from '../../parameters/segment';
import { simplifyField } from '../../parameters/shared';
import { getSegment, type Segment } from '../../transport/segments';
import { parseSegmentId } from '../segmentId';
import { toSegmentOutput } from './segmentOutput';

interface Input {
	segmentId: string;
	simplify: boolean;
	includeContactsSample: boolean;
}

const includeContactsSample: INodeProperties = {
	displayName: 'Include Contacts Sample',
	name: 'includeContactsSample',
	type: 'boolean',
	default: false,
	description:
		"Whether to add SendGrid's sample of the segment's contacts to the output: up to 50, as of the last count. For all contacts, use Contact > Get Many.",
};

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/get-segment-by-id */
export const getOperation: Operation<Input, Segment> = {
	name: 'Get',
	value: 'get',
	action: 'Get segment',
	description: "Get a segment's name, status, query and contact count",
	fields: [segmentField, simplifyField],
	options: [includeContactsSample],
	concurrency: 50,
	parse: async (context) => ({
		simplify: context.parameters.boolean(simplifyField),
		includeContactsSample: context.options.boolean(includeContactsSample),
		segmentId: await parseSegmentId(context),
	}),
	requestKey: ({ segmentId, includeContactsSample: withSample }) => `${segmentId} ${withSample}`,
	execute: async (context, [{ segmentId, includeContactsSample: withSample }]) =>
		await getSegment(context, segmentId, withSample),
	toOutput: (segment, { simplify, includeContactsSample: withSample }) => [
		{
			json: {
				...toSegmentOutput(segment, simplify),
				...(withSample && { contacts_sample: segment.contacts_sample ?? [] }),
			},
		},
	],
};
