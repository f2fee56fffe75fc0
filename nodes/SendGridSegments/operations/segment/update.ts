import type { IDataObject } from 'n8n-workflow';
import { InvalidParameterError } from '../../errors';
import type { Operation } from '../../operation';
import { collection } from '../../parameters/collection';
import { nameField, parseName, parseQuery, queryField } from '../../parameters/definition';
import type { ParameterReader } from '../../parameters/ParameterReader';
import { segmentField } from '../../parameters/segment';
import { simplifyField } from '../../parameters/shared';
import { updateSegment, type Segment } from '../../transport/segments';
import { parseSegmentId } from '../segmentId';
import { toSavedOutput } from './segmentOutput';
import { parseWaitUntilCounted, waitUntilCountedOptions } from './waitUntilCounted';

interface Input {
	segmentId: string;
	body: IDataObject;
	simplify: boolean;
	countTimeoutMs?: number;
}

const updateFields = collection({
	displayName: 'Update Fields',
	name: 'updateFields',
	placeholder: 'Add field',
	options: [nameField, queryField],
});

function parseUpdateFields(parameters: ParameterReader): IDataObject {
	const added = parameters.collection(updateFields[0]);
	const name = parseName(added);
	const query = parseQuery(added);
	if (name === undefined && query === undefined) {
		throw new InvalidParameterError(
			`'${updateFields[0].displayName}' is empty`,
			'Add the field that you want to change: Name, SQL Query or both.',
		);
	}
	return { ...(name !== undefined && { name }), ...(query !== undefined && { query_dsl: query }) };
}

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/update-segment */
export const updateOperation: Operation<Input, Segment> = {
	name: 'Update',
	value: 'update',
	action: 'Update segment',
	description: "Change a segment's name or query",
	fields: [segmentField, ...updateFields, simplifyField],
	options: waitUntilCountedOptions,
	// One after the other, so that of two changes to a segment the last one wins.
	concurrency: 1,
	changesData: () => true,
	parse: async (context) => ({
		body: parseUpdateFields(context.parameters),
		simplify: context.parameters.boolean(simplifyField),
		countTimeoutMs: parseWaitUntilCounted(context.options),
		segmentId: await parseSegmentId(context),
	}),
	requestKey: ({ segmentId, body }) => JSON.stringify([segmentId, body]),
	execute: async (context, [{ segmentId, body }]) =>
		await updateSegment(context, segmentId, body, context.delivery),
	toOutput: async (segment, input, context) => [
		{ json: await toSavedOutput(context, segment, input, 'query_dsl' in input.body) },
	],
};
