import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import {
	InvalidParameterError,
	ItemError,
	NotFoundError,
	SendGridApiError,
	type ErrorDetails,
} from '../errors';
import {
	buildRouting,
	type OperationContext,
	type OperationHandler,
} from '../execution/executeItem';
import { parseOptions } from '../parameters/options';
import { parseSegmentId } from '../parameters/segment';
import { parseBoolean, parseNumber } from '../parameters/values';
import { isSuccess, requestWithRetries } from '../transport/apiRequest';
import { toApiError } from '../transport/responseErrors';
import { deleteSegmentEndpoint, getSegment, type Segment } from '../transport/segments';
import { findScheduledSends, type ScheduledSends } from './scheduledSends';

interface Input {
	segmentId: string;
	returnDefinition: boolean;
	ignoreNotFound: boolean;
	dryRun: boolean;
	ifScheduled: 'fail' | 'delete';
}

interface Result {
	deleted: boolean;
	definition?: IDataObject;
	/** The scheduled Single Sends that use the segment, where they were looked up. */
	usedBy?: IDataObject[];
}

/** Enough for Create to bring the segment back. */
function toDefinition({ id, name, query_dsl, parent_list_ids, contacts_count }: Segment) {
	const parentListIds: unknown[] = [parent_list_ids ?? []].flat();
	const isReadable =
		typeof name === 'string' &&
		typeof query_dsl === 'string' &&
		parentListIds.every((listId) => typeof listId === 'string');
	if (!isReadable) {
		throw new ItemError(
			"SendGrid's response could not be read",
			"The segment's name, query or parent list is missing. Nothing was deleted.",
			{ segment_id: id },
		);
	}
	return {
		id,
		name,
		query_dsl,
		parent_list_ids: parentListIds as string[],
		contacts_count: typeof contacts_count === 'number' ? contacts_count : null,
	};
}

function throwIfScheduled({ segmentId }: Input, sends: ScheduledSends): void {
	const usedBy = sends.get(segmentId);
	if (!usedBy) return;
	const [{ name, send_at }] = usedBy;
	const others = usedBy.length > 1 ? ` and ${usedBy.length - 1} more` : '';
	throw new ItemError(
		`A scheduled Single Send uses this segment: "${String(name)}"${others}`,
		`It goes out at ${String(send_at)}. Nothing was deleted. Change the Single Send first, or set 'If Scheduled' to "Delete".`,
		{ segment_id: segmentId, used_by: structuredClone(usedBy) },
	);
}

const NOT_LOOKED_UP = 'The scheduled Single Sends could not be looked up, so nothing was deleted';

function throwLookUpError(thrown: unknown, segmentId: string): never {
	if (!(thrown instanceof SendGridApiError)) throw thrown;
	const { message, description } = thrown;
	const details: ErrorDetails = { ...thrown.details, segment_id: segmentId };
	// Without a valid key, nothing can be deleted either.
	if (details.http_status === 401) throw new SendGridApiError(message, description, details, false);
	const wayOut = 'To delete without looking them up, set \'If Scheduled\' to "Delete".';
	throw details.http_status === 403
		? new SendGridApiError(message, `${description} ${NOT_LOOKED_UP}. ${wayOut}`, details, false)
		: new SendGridApiError(NOT_LOOKED_UP, `${message}. ${description} ${wayOut}`, details, false);
}

async function lookUpScheduledSends(context: OperationContext, segmentId: string) {
	return await context
		.memoize('scheduled sends', async () => await findScheduledSends(context))
		.catch((thrown) => throwLookUpError(thrown, segmentId));
}

const handler: OperationHandler<Input, Result> = {
	concurrency: (getParameter) =>
		parseNumber(parseOptions(getParameter).maxConcurrency ?? 50, 'Max Concurrency', {
			min: 1,
			max: 200,
		}),
	changesData: ({ deleted }) => deleted === true,
	parse: (getParameter) => {
		const options = parseOptions(getParameter);
		const { ifScheduled = 'fail' } = options;
		if (ifScheduled !== 'fail' && ifScheduled !== 'delete') {
			throw new InvalidParameterError(
				'\'If Scheduled\' must be "fail" or "delete"',
				'Choose one of the two, or correct the expression.',
			);
		}
		return {
			segmentId: parseSegmentId(getParameter),
			returnDefinition: parseBoolean(options.returnDefinition, 'Return Definition'),
			ignoreNotFound: parseBoolean(options.ignoreNotFound, 'Ignore If Not Found'),
			dryRun: parseBoolean(options.dryRun, 'Dry Run'),
			ifScheduled,
		};
	},
	dedupeKey: ({ segmentId, ...options }) => JSON.stringify([segmentId, options]),
	prepare: async (context, { segmentId, ifScheduled }) => {
		if (ifScheduled === 'fail') await lookUpScheduledSends(context, segmentId);
	},
	execute: async (context, input) => {
		const { segmentId, returnDefinition, dryRun, ifScheduled } = input;
		const { progress, delivery } = context;
		const sends =
			ifScheduled === 'fail' ? await lookUpScheduledSends(context, segmentId) : undefined;
		if (sends && !dryRun) throwIfScheduled(input, sends);
		// Kept, since a later try cannot read what an earlier one may have deleted.
		if ((returnDefinition || dryRun) && !progress.definition) {
			progress.definition = toDefinition(await getSegment(context, segmentId));
		}
		const definition = progress.definition as IDataObject | undefined;
		const usedBy = sends && (sends.get(segmentId) ?? []);
		if (dryRun) return { deleted: false, definition, usedBy };

		const details = { segment_id: segmentId };
		const parameters = { id: segmentId, details, delivery };
		const response = await requestWithRetries(context, deleteSegmentEndpoint, parameters);
		if (isSuccess(deleteSegmentEndpoint, response)) return { deleted: true, definition };
		const error = toApiError(deleteSegmentEndpoint, response, parameters);
		// Where an earlier attempt may have arrived, that attempt deleted the segment.
		if (error instanceof NotFoundError && delivery.maybeProcessed) {
			return { deleted: true, definition };
		}
		throw error;
	},
	recover: (error, { segmentId, ignoreNotFound }) =>
		ignoreNotFound && error instanceof NotFoundError
			? [{ deleted: false, segment_id: segmentId, reason: 'not_found' }]
			: undefined,
	toOutput: ({ deleted, definition, usedBy }, { segmentId, dryRun, returnDefinition }) => [
		{
			deleted,
			...(dryRun && { dry_run: true }),
			segment_id: segmentId,
			...((dryRun || returnDefinition) && definition && { segment: structuredClone(definition) }),
			...(dryRun && { used_by: structuredClone(usedBy ?? null) }),
		},
	],
};

export const deleteOperation: INodePropertyOptions = {
	name: 'Delete',
	value: 'delete',
	// All that n8n tells an agent of an operation is its action, so this one has the warning.
	action: 'Delete segment permanently',
	description:
		'Permanently delete a segment. Cannot be undone, unless its definition was kept with Return Definition.',
	routing: buildRouting(deleteSegmentEndpoint, handler),
};

export const deleteNotice: INodeProperties = {
	displayName:
		'Deleting a segment is permanent. To see what would be deleted, add the option Dry Run. To be able to restore it, add Return Definition.',
	name: 'deleteNotice',
	type: 'notice',
	default: '',
	displayOptions: {
		show: { operation: ['delete'] },
		hide: { '/options.dryRun': [true], '/options.returnDefinition': [true] },
	},
};

const show = { '/operation': ['delete'] };

export const deleteOptions: INodeProperties[] = [
	{
		displayName: 'Dry Run',
		name: 'dryRun',
		type: 'boolean',
		default: true,
		displayOptions: { show },
		description: 'Whether to show what would be deleted without deleting it',
	},
	{
		displayName: 'If Scheduled',
		name: 'ifScheduled',
		type: 'options',
		default: 'fail',
		displayOptions: { show },
		description: 'What to do when a scheduled Single Send uses the segment',
		options: [
			{ name: 'Delete', value: 'delete', description: 'Delete without looking for Single Sends' },
			{
				name: 'Fail',
				value: 'fail',
				description: 'Keep the segment, fail the item and name the Single Send',
			},
		],
	},
	{
		displayName: 'Ignore If Not Found',
		name: 'ignoreNotFound',
		type: 'boolean',
		default: true,
		displayOptions: { show },
		description:
			'Whether to return "deleted": false instead of failing when the segment does not exist',
	},
	{
		displayName: 'Max Concurrency',
		name: 'maxConcurrency',
		type: 'number',
		default: 50,
		displayOptions: { show },
		typeOptions: { minValue: 1, maxValue: 200 },
		description: "Maximum number of concurrent requests. The first item's value is used.",
	},
	{
		displayName: 'Return Definition',
		name: 'returnDefinition',
		type: 'boolean',
		default: true,
		displayOptions: { show, hide: { dryRun: [true] } },
		description:
			"Whether to include the segment's name, query and parent list in the output, so that you can recreate it with Create",
	},
];
