import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { buildRouting, type OperationHandler } from '../execution/executeItem';
import { nameField, parseName, parseQuery, queryField } from '../parameters/nameAndQuery';
import { parseSegmentId } from '../parameters/segment';
import { parseSimplify } from '../parameters/simplify';
import { parseCollection, unreadableValueField } from '../parameters/values';
import { apiRequest, type RequestContext, type RequestParameters } from '../transport/apiRequest';
import { updateSegmentEndpoint, type Segment } from '../transport/segments';
import { toSavedOutput } from './segmentOutput';
import { parseWaitUntilCounted } from './waitUntilCounted';

interface Input {
	segmentId: string;
	body: IDataObject;
	simplify: boolean;
	countTimeoutMs?: number;
}

function parseUpdateFields(value: unknown): IDataObject {
	const { name, queryDsl } = parseCollection(value, 'Update Fields');
	const body: IDataObject = {};
	if (name !== undefined) body.name = parseName(name);
	if (queryDsl !== undefined) body.query_dsl = parseQuery(queryDsl);
	if (Object.keys(body).length > 0) return body;
	throw new InvalidParameterError(
		"'Update Fields' is empty",
		'Add the field that you want to change: Name, SQL Query or both.',
	);
}

export async function updateSegment(
	context: RequestContext,
	segmentId: string,
	body: IDataObject,
	delivery: RequestParameters['delivery'],
): Promise<Segment> {
	const details = { segment_id: segmentId };
	const parameters = { id: segmentId, body, delivery, details };
	return await apiRequest<Segment>(context, updateSegmentEndpoint, parameters);
}

const handler: OperationHandler<Input, Segment> = {
	concurrency: 50,
	changesData: () => true,
	parse: (getParameter) => ({
		segmentId: parseSegmentId(getParameter),
		body: parseUpdateFields(getParameter('updateFields', {})),
		simplify: parseSimplify(getParameter),
		countTimeoutMs: parseWaitUntilCounted(getParameter),
	}),
	orderKey: ({ segmentId }) => segmentId,
	execute: async (context, { segmentId, body }) =>
		await updateSegment(context, segmentId, body, context.delivery),
	toOutput: async (segment, input, context) => [await toSavedOutput(context, segment, input)],
};

export const updateOperation: INodePropertyOptions = {
	name: 'Update',
	value: 'update',
	action: 'Update segment',
	description: "Change a segment's name or query",
	routing: buildRouting(updateSegmentEndpoint, handler),
};

export const updateFields: INodeProperties[] = [
	{
		displayName: 'Update Fields',
		name: 'updateFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions: { show: { operation: ['update'] } },
		options: [nameField, queryField, unreadableValueField],
	},
];
