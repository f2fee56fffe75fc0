import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { checkedName, checkedQueryDsl, nameField, queryDslField } from '../definition';
import { SegmentFailure } from '../failures';
import { routingOf, type Plan } from '../perItem';
import { checkedId, locatorValue } from '../segmentId';
import { isObject, isSegment, SEGMENT_URL, withoutContactsSample, type Segment } from '../segments';
import { ask, type ApiRequest } from '../send';

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/update-segment */
const updateRequest: ApiRequest = {
	method: 'PATCH',
	url: SEGMENT_URL,
	success: [200],
	answers: isSegment,
	repeat: 'always',
};

interface Input {
	segmentId: string;
	body: IDataObject;
}

function bodyOf(updateFields: unknown): IDataObject {
	const { name, queryDsl } = isObject(updateFields) ? updateFields : {};
	const body: IDataObject = {};
	if (name !== undefined) body.name = checkedName(name);
	if (queryDsl !== undefined) body.query_dsl = checkedQueryDsl(queryDsl);
	if (Object.keys(body).length > 0) return body;
	throw new SegmentFailure(
		'"Update Fields" is empty',
		'Add the field that you want to change: Name, Query DSL or both.',
	);
}

const plan: Plan<Input, Segment> = {
	concurrency: 50,
	tookEffect: () => true,
	checks: (parameters) => ({
		segmentId: checkedId(locatorValue(parameters('segmentId')), 'Segment'),
		body: bodyOf(parameters('updateFields', {})),
	}),
	request: async (sender, { segmentId, body }) =>
		await ask<Segment>(sender, updateRequest, { segmentId, body }),
	output: (segment) => [withoutContactsSample(segment)],
};

export const updateSegment: INodePropertyOptions = {
	name: 'Update Segment',
	value: 'update',
	action: 'Update a segment',
	description: 'Change the name or the query of a segment',
	routing: routingOf(updateRequest, plan),
};

const showOnlyForUpdate = { operation: ['update'] };

export const updateFields: INodeProperties[] = [
	{
		displayName: 'Update Fields',
		name: 'updateFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions: { show: showOnlyForUpdate },
		options: [nameField, queryDslField],
	},
];
