import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { buildRouting, type OperationHandler } from '../execution/executeItem';
import { nameField, parseName, parseQuery, queryField } from '../parameters/nameAndQuery';
import { parentListField, parseParentListId } from '../parameters/parentList';
import { parseSimplify } from '../parameters/simplify';
import { parseCollection, unreadableValueField } from '../parameters/values';
import { apiRequest, type RequestContext, type RequestParameters } from '../transport/apiRequest';
import { createSegmentEndpoint, type Segment } from '../transport/segments';
import { toSavedOutput } from './segmentOutput';
import { parseWaitUntilCounted } from './waitUntilCounted';
import type { GetParameter } from '../utils';

export interface SegmentDefinition {
	name: string;
	query: string;
	parentListId?: string;
}

interface Input extends SegmentDefinition {
	simplify: boolean;
	countTimeoutMs?: number;
}

export function parseDefinition(getParameter: GetParameter): SegmentDefinition {
	const { parentListId } = parseCollection(
		getParameter('additionalFields', {}),
		'Additional Fields',
	);
	return {
		name: parseName(getParameter('name', '')),
		query: parseQuery(getParameter('queryDsl', '')),
		parentListId: parseParentListId(parentListId),
	};
}

export async function createSegment(
	context: RequestContext,
	{ name, query, parentListId }: SegmentDefinition,
	delivery: RequestParameters['delivery'],
): Promise<Segment> {
	const body: IDataObject = { name, query_dsl: query };
	if (parentListId) body.parent_list_ids = [parentListId];
	return await apiRequest<Segment>(context, createSegmentEndpoint, { body, delivery });
}

const handler: OperationHandler<Input, Segment> = {
	concurrency: 50,
	changesData: () => true,
	idempotent: false,
	parse: (getParameter) => ({
		...parseDefinition(getParameter),
		simplify: parseSimplify(getParameter),
		countTimeoutMs: parseWaitUntilCounted(getParameter),
	}),
	execute: async (context, input) => await createSegment(context, input, context.delivery),
	toOutput: async (segment, input, context) => [await toSavedOutput(context, segment, input)],
};

export const createOperation: INodePropertyOptions = {
	name: 'Create',
	value: 'create',
	action: 'Create segment',
	description: 'Create a segment that selects contacts with a query',
	routing: buildRouting(createSegmentEndpoint, handler),
};

const show = { operation: ['create', 'upsert'] };

/** Create or Update has the same fields. */
export const createFields: INodeProperties[] = [
	{ ...nameField, required: true, displayOptions: { show } },
	{ ...queryField, required: true, displayOptions: { show } },
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions: { show },
		options: [parentListField, unreadableValueField],
	},
];
