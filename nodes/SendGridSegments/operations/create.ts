import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { checkedName, checkedQueryDsl, nameField, queryDslField } from '../definition';
import { routingOf, type Plan } from '../perItem';
import { checkedId, locatorValue } from '../segmentId';
import {
	isObject,
	isSegment,
	SEGMENTS_URL,
	withoutContactsSample,
	type Segment,
} from '../segments';
import { ask, type ApiRequest } from '../send';

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/create-segment */
const createRequest: ApiRequest = {
	method: 'POST',
	url: SEGMENTS_URL,
	success: [201],
	answers: isSegment,
	repeat: 'unlessArrived',
};

interface Input {
	name: string;
	queryDsl: string;
	parentListId?: string;
}

/** Empty means none, so that a definition without a parent list can be passed on as it is. */
function parentListIdIn(additionalFields: unknown): string | undefined {
	if (!isObject(additionalFields)) return undefined;
	const value = locatorValue(additionalFields.parentListId);
	const isBlank = typeof value === 'string' && value.trim() === '';
	return value === undefined || value === null || isBlank
		? undefined
		: checkedId(value, 'Parent List');
}

const plan: Plan<Input, Segment> = {
	concurrency: 50,
	tookEffect: () => true,
	neverTwice: true,
	checks: (parameters) => ({
		name: checkedName(parameters('name', '')),
		queryDsl: checkedQueryDsl(parameters('queryDsl', '')),
		parentListId: parentListIdIn(parameters('additionalFields', {})),
	}),
	request: async (sender, { name, queryDsl, parentListId }) => {
		const body: IDataObject = { name, query_dsl: queryDsl };
		if (parentListId) body.parent_list_ids = [parentListId];
		return await ask<Segment>(sender, createRequest, { body });
	},
	output: (segment) => [withoutContactsSample(segment)],
};

export const createSegment: INodePropertyOptions = {
	name: 'Create Segment',
	value: 'create',
	action: 'Create a segment',
	description: 'Create a segment from a name and a query that picks its contacts',
	routing: routingOf(createRequest, plan),
};

const showOnlyForCreate = { operation: ['create'] };

export const createFields: INodeProperties[] = [
	{ ...nameField, required: true, displayOptions: { show: showOnlyForCreate } },
	{ ...queryDslField, required: true, displayOptions: { show: showOnlyForCreate } },
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions: { show: showOnlyForCreate },
		options: [
			{
				displayName: 'Parent List',
				name: 'parentListId',
				type: 'resourceLocator',
				default: { mode: 'list', value: '' },
				description: 'The list whose contacts the segment is made of. Empty means all contacts.',
				modes: [
					{
						displayName: 'From List',
						name: 'list',
						type: 'list',
						placeholder: 'Select a list…',
						typeOptions: { searchListMethod: 'searchLists', searchable: true },
					},
					{
						displayName: 'By ID',
						name: 'id',
						type: 'string',
						placeholder: 'e.g. 1588e03b-50aa-454a-97d1-e1530345a5ec',
					},
				],
			},
		],
	},
];
