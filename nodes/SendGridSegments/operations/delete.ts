import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { checkedBoolean, checkedNumber, optionsOf } from '../options';
import { failureOf } from '../failures';
import { routingOf, type Plan } from '../perItem';
import { checkedId, locatorValue } from '../segmentId';
import { definitionOf, readSegment, SEGMENT_URL } from '../segments';
import { isSuccess, send, type ApiRequest } from '../send';

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/delete-segment */
const deleteRequest: ApiRequest = {
	method: 'DELETE',
	url: SEGMENT_URL,
	success: [202, 204],
	repeat: 'always',
};

interface Input {
	segmentId: string;
	returnDefinition: boolean;
	ignoreNotFound: boolean;
	dryRun: boolean;
}

interface Deletion {
	deleted: boolean;
	definition?: IDataObject;
}

/** What is known of a deletion from earlier tries of the same run. */
interface Progress {
	definition?: IDataObject;
	mayHaveArrived?: boolean;
}

function keyOf({ segmentId, returnDefinition, ignoreNotFound, dryRun }: Input): string {
	return JSON.stringify([segmentId, returnDefinition, ignoreNotFound, dryRun]);
}

const plan: Plan<Input, Deletion> = {
	concurrency: (parameters) =>
		checkedNumber(optionsOf(parameters).maxConcurrency ?? 50, 'Max Concurrency', {
			min: 1,
			max: 200,
		}),
	tookEffect: ({ deleted }) => deleted === true,
	checks: (parameters) => {
		const options = optionsOf(parameters);
		return {
			segmentId: checkedId(locatorValue(parameters('segmentId')), 'Segment'),
			returnDefinition: checkedBoolean(options.returnDefinition, 'Return Definition'),
			ignoreNotFound: checkedBoolean(options.ignoreNotFound, 'Ignore If Not Found'),
			dryRun: checkedBoolean(options.dryRun, 'Dry Run'),
		};
	},
	sharedBy: keyOf,
	request: async (sender, input) => {
		const { segmentId, returnDefinition, dryRun } = input;
		const progress = sender.attempt.run.note(`delete ${keyOf(input)}`, (): Progress => ({}));
		if ((returnDefinition || dryRun) && !progress.definition) {
			progress.definition = definitionOf(await readSegment(sender, segmentId));
		}
		const { definition } = progress;
		if (dryRun) return { deleted: false, definition };

		const reply = await send(sender, deleteRequest, { segmentId, arrival: progress });
		if (isSuccess(deleteRequest, reply)) return { deleted: true, definition };
		// Where an earlier try may have arrived, it is that try which deleted the segment.
		if (reply.status === 404 && progress.mayHaveArrived) return { deleted: true, definition };
		throw failureOf(reply, { method: 'DELETE', segmentId });
	},
	instead: ({ details }, { segmentId, ignoreNotFound }) =>
		ignoreNotFound && details.http_status === 404
			? [{ deleted: false, segment_id: segmentId }]
			: undefined,
	output: ({ deleted, definition }, { segmentId, dryRun, returnDefinition }) => [
		{
			deleted,
			...(dryRun && definition && { dry_run: true }),
			segment_id: segmentId,
			...((dryRun || returnDefinition) && definition && { segment: structuredClone(definition) }),
		},
	],
};

export const deleteSegment: INodePropertyOptions = {
	name: 'Delete Segment',
	value: 'delete',
	action: 'Delete a segment',
	description:
		'Permanently delete a segment. This cannot be undone, unless "Return Definition" is on and the definition is kept.',
	routing: routingOf(deleteRequest, plan),
};

const showOnlyForDelete = { '/operation': ['delete'] };

export const deleteOptions: INodeProperties[] = [
	{
		displayName: 'Dry Run',
		name: 'dryRun',
		type: 'boolean',
		default: true,
		displayOptions: { show: showOnlyForDelete },
		description:
			'Whether to only show what would be deleted. The segment is read, and nothing is deleted.',
	},
	{
		displayName: 'Ignore If Not Found',
		name: 'ignoreNotFound',
		type: 'boolean',
		default: true,
		displayOptions: { show: showOnlyForDelete },
		description:
			'Whether to carry on with "deleted: false" when the segment does not exist, instead of failing',
	},
	{
		displayName: 'Max Concurrency',
		name: 'maxConcurrency',
		type: 'number',
		default: 50,
		displayOptions: { show: showOnlyForDelete },
		typeOptions: { minValue: 1, maxValue: 200 },
		description: 'How many requests may be under way at the same time. The first item decides.',
	},
	{
		displayName: 'Return Definition',
		name: 'returnDefinition',
		type: 'boolean',
		default: true,
		displayOptions: { show: showOnlyForDelete },
		description:
			'Whether to read the segment before it is deleted and put its name, query and parent list into the output. Create Segment can bring it back from these.',
	},
];
