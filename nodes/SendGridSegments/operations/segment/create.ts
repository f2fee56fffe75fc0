import type { Operation } from '../../operation';
import {
	nameField,
	parentListField,
	parseDefinition,
	queryField,
	type SegmentDefinition,
} from '../../parameters/definition';
import { simplifyField } from '../../parameters/shared';
import { createSegment, type Segment } from '../../transport/segments';
import { toSavedOutput } from './segmentOutput';
import { notCountedHint, parseWaitUntilCounted, waitUntilCountedOptions } from './waitUntilCounted';

interface Input extends SegmentDefinition {
	simplify: boolean;
	countTimeoutMs?: number;
}

/** The request body of Create. */
export const toCreateBody = ({ name, query, parentListId }: SegmentDefinition) => ({
	name,
	query_dsl: query,
	...(parentListId && { parent_list_ids: [parentListId] }),
});

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/create-segment */
export const createOperation: Operation<Input, Segment> = {
	name: 'Create',
	value: 'create',
	action: 'Create segment',
	description: 'Create a segment that selects contacts with a query',
	fields: [
		{ ...nameField, required: true },
		{ ...queryField, required: true },
		parentListField,
		simplifyField,
	],
	options: waitUntilCountedOptions,
	hint: notCountedHint,
	concurrency: 50,
	changesData: () => true,
	idempotent: false,
	parse: ({ parameters, options }) => ({
		...parseDefinition(parameters),
		simplify: parameters.boolean(simplifyField),
		countTimeoutMs: parseWaitUntilCounted(options),
	}),
	execute: async (context, [input]) =>
		await createSegment(context, toCreateBody(input), context.delivery),
	toOutput: async (segment, input, context) => [
		{ json: await toSavedOutput(context, segment, input) },
	],
};
