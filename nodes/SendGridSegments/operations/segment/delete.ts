import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { ItemError, NotFoundError, SendGridApiError, type ErrorDetails } from '../../errors';
import type { Operation, OperationContext } from '../../operation';
import { segmentField } from '../../parameters/segment';
import { isSuccess, requestWithRetries } from '../../transport/apiRequest';
import { toApiError } from '../../transport/responseErrors';
import { deleteSegmentEndpoint, getSegment, type Segment } from '../../transport/segments';
import { describeInstant } from '../../utils';
import { parseSegmentId } from '../segmentId';
import { findScheduledSends } from './scheduledSends';
import { contactsCount } from './segmentOutput';

const IF_SCHEDULED = ['fail', 'delete'] as const;

interface Input {
	segmentId: string;
	dryRun: boolean;
	ignoreNotFound: boolean;
	ifScheduled: (typeof IF_SCHEDULED)[number];
}

interface Result {
	definition: IDataObject;
	/** The scheduled Single Sends that use the segment; `undefined` if they were not looked up. */
	usedBy?: IDataObject[];
}

const dryRunField: INodeProperties = {
	displayName: 'Dry Run',
	name: 'dryRun',
	type: 'boolean',
	default: false,
	description: 'Whether to show what would be deleted without deleting it',
};

const notice: INodeProperties = {
	displayName: "Deleting a segment is permanent. To see what would be deleted, turn on 'Dry Run'.",
	name: 'deleteNotice',
	type: 'notice',
	default: '',
	displayOptions: { hide: { dryRun: [true] } },
};

const ifScheduledField: INodeProperties = {
	displayName: 'If Scheduled',
	name: 'ifScheduled',
	type: 'options',
	default: 'fail',
	description: 'What to do if a scheduled Single Send uses the segment',
	options: [
		{
			name: 'Delete',
			value: 'delete',
			description: 'Delete without checking for scheduled Single Sends',
		},
		{
			name: 'Fail',
			value: 'fail',
			description: 'Keep the segment, fail the item and name the Single Send',
		},
	],
};

const ignoreNotFoundField: INodeProperties = {
	displayName: 'Ignore If Not Found',
	name: 'ignoreNotFound',
	type: 'boolean',
	default: false,
	description:
		'Whether to return "deleted": false instead of failing if the segment does not exist',
};

/** What Create needs to recreate the segment. */
function toDefinition(segment: Segment) {
	const { id, name, query_dsl, parent_list_ids } = segment;
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
		contacts_count: contactsCount(segment),
	};
}

function scheduledError(segmentId: string, usedBy: IDataObject[]): ItemError {
	const [{ name, send_at }] = usedBy;
	const others = usedBy.length > 1 ? ` and ${usedBy.length - 1} more` : '';
	const sendAt = Date.parse(String(send_at));
	const when = Number.isNaN(sendAt) ? '' : `It is scheduled for ${describeInstant(sendAt)}. `;
	return new ItemError(
		`A scheduled Single Send uses this segment: "${String(name)}"${others}`,
		`${when}Nothing was deleted. Take the segment out of the Single Send first, or set '${ifScheduledField.displayName}' to "Delete".`,
		{ segment_id: segmentId, used_by: structuredClone(usedBy) },
	);
}

const NOT_CHECKED = 'The scheduled Single Sends could not be checked, so nothing was deleted';

function throwLookUpError(thrown: unknown, segmentId: string): never {
	if (!(thrown instanceof SendGridApiError)) throw thrown;
	const { message, description } = thrown;
	const details: ErrorDetails = { ...thrown.details, segment_id: segmentId };
	// Without a valid key, nothing can be deleted either.
	if (details.http_status === 401) throw new SendGridApiError(message, description, details);
	const wayOut = `To delete without this check, set '${ifScheduledField.displayName}' to "Delete".`;
	throw details.http_status === 403
		? new SendGridApiError(message, `${description} ${NOT_CHECKED}. ${wayOut}`, details)
		: new SendGridApiError(NOT_CHECKED, `${message}. ${description} ${wayOut}`, details);
}

async function lookUpScheduledSends(context: OperationContext, segmentId: string) {
	return await findScheduledSends(context).catch((thrown) => throwLookUpError(thrown, segmentId));
}

/** Reads what is needed to recreate the segment; kept, since a later try may no longer find it. */
async function readDefinition(
	context: OperationContext,
	segmentId: string,
): Promise<{ definition: IDataObject; isGone?: boolean }> {
	const { progress, delivery } = context;
	const known = progress.definition as IDataObject | undefined;
	const reading = getSegment(context, segmentId).then((segment) => {
		const definition: IDataObject = toDefinition(segment);
		progress.definition = definition;
		return { definition };
	});
	return await reading.catch((thrown) => {
		// If an earlier attempt may have arrived, that attempt deleted the segment.
		const isGone = thrown instanceof NotFoundError && delivery.maybeProcessed;
		if (isGone && known) return { definition: known, isGone };
		throw thrown;
	});
}

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/delete-segment */
export const deleteOperation: Operation<Input, Result> = {
	name: 'Delete',
	value: 'delete',
	// An agent only sees the action of an operation, so the warning is here.
	action: 'Delete segment permanently',
	description:
		'Permanently delete a segment. The output contains what Create needs to recreate it with a new ID.',
	fields: [notice, segmentField, dryRunField],
	options: [ifScheduledField, ignoreNotFoundField],
	hint: {
		message: 'Dry run: nothing was deleted.',
		type: 'info',
		whenToDisplay: 'afterExecution',
		condition: '$parameter["dryRun"] === true',
	},
	concurrency: 50,
	changesData: ({ deleted }) => deleted === true,
	parse: async (context) => ({
		dryRun: context.parameters.boolean(dryRunField),
		ifScheduled: context.options.choice(ifScheduledField, IF_SCHEDULED),
		ignoreNotFound: context.options.boolean(ignoreNotFoundField),
		segmentId: await parseSegmentId(context),
	}),
	requestKey: (input) => JSON.stringify(input),
	prepare: async (context, { segmentId, ifScheduled }) => {
		if (ifScheduled === 'fail') await lookUpScheduledSends(context, segmentId);
	},
	execute: async (context, [{ segmentId, dryRun, ifScheduled }]) => {
		const sends =
			ifScheduled === 'fail' ? await lookUpScheduledSends(context, segmentId) : undefined;
		const usedBy = sends && (sends.get(segmentId) ?? []);
		if (usedBy?.length && !dryRun) throw scheduledError(segmentId, usedBy);
		const { definition, isGone } = await readDefinition(context, segmentId);
		if (dryRun || isGone) return { definition, usedBy };
		const details = { segment_id: segmentId };
		const { delivery } = context;
		const parameters = { id: segmentId, details, delivery };
		const response = await requestWithRetries(context, deleteSegmentEndpoint, parameters);
		if (isSuccess(deleteSegmentEndpoint, response)) return { definition };
		const error = toApiError(deleteSegmentEndpoint, response, { ...parameters, mayRead: true });
		if (error instanceof NotFoundError && delivery.maybeProcessed) return { definition };
		throw error;
	},
	recover: (error, { segmentId, ignoreNotFound }) =>
		ignoreNotFound && error instanceof NotFoundError
			? { deleted: false, segment_id: segmentId, reason: 'not_found' }
			: undefined,
	toOutput: ({ definition, usedBy }, { segmentId, dryRun }) => {
		const { name } = definition;
		const json: IDataObject = dryRun
			? {
					deleted: false,
					would_delete: !usedBy?.length,
					segment_name: name,
					segment_id: segmentId,
					used_by: usedBy ?? null,
					segment: definition,
				}
			: { deleted: true, segment_id: segmentId, segment_name: name, segment: definition };
		return [{ json }];
	},
};
