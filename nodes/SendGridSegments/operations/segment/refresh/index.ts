import type { INodeProperties } from 'n8n-workflow';
import { ItemError, type ErrorDetails } from '../../../errors';
import { oncePerAccount, type Operation, type OperationContext } from '../../../operation';
import {
	REFRESHES_PER_ACCOUNT_PER_DAY,
	REFRESHES_PER_SEGMENT_PER_DAY,
	REFRESHES_PER_SEGMENT_PER_HOUR,
} from '../../../limits';
import { segmentField } from '../../../parameters/segment';
import { parseTimeZone, timeZoneField } from '../../../parameters/timeZone';
import { isSuccess, pauseUntilReset, requestWithRetries } from '../../../transport/apiRequest';
import type { ApiResponse } from '../../../transport/httpRequest';
import { isFromSendGrid, toApiError } from '../../../transport/responseErrors';
import {
	getSegmentEndpoint,
	refreshSegmentEndpoint,
	tryGetSegment,
	type Segment,
} from '../../../transport/segments';
import { isObject } from '../../../utils';
import { parseSegmentId } from '../../segmentId';
import {
	followsImport,
	importJobField,
	parseImportJobId,
	type WaitOptions,
} from '../../waitForImport';
import {
	diagnoseRefreshLimit,
	limitByCounts,
	refreshesLeftAfter,
	toLimitError,
	type Diagnosis,
	type RefreshLimit,
} from './refreshLimits';
import { waitForRefresh, type AcceptedRefresh, type WaitResult } from './waitForRefresh';

const WHEN_LIMIT_REACHED = ['fail', 'skip'] as const;

interface Input {
	segmentId: string;
	timeZone: string;
	whenLimitReached: (typeof WHEN_LIMIT_REACHED)[number];
	waitForCompletion: boolean;
	importJobId?: string;
	wait: WaitOptions;
}

interface Result extends AcceptedRefresh {
	jobId: string | null;
	timeZone: string;
	segmentName: string | null;
	refreshesLeft: number | null;
}

const whenLimitReachedField: INodeProperties = {
	displayName: 'When Limit Is Reached',
	name: 'whenLimitReached',
	type: 'options',
	default: 'fail',
	description: 'What to do if a SendGrid refresh limit was reached',
	options: [
		{
			name: 'Fail',
			value: 'fail',
			description: 'Fail the item and report when the next refresh is possible',
		},
		{
			name: 'Skip',
			value: 'skip',
			description: 'Continue and report when the next refresh is possible',
		},
	],
};

const waitField: INodeProperties = {
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: false,
	description:
		'Whether to wait until the refresh has finished and add the new contact count to the output. The node stays in the running state until then.',
};

const importField = importJobField(
	'The refresh is sent once the import has finished, so it includes the new contacts',
);

/** Shown if something is waited for: a refresh, or an import. */
const waitOptions = (field: INodeProperties): INodeProperties[] => [
	{ ...field, displayOptions: { show: { '/waitForCompletion': [true] } } },
	{
		...field,
		displayOptions: {
			show: { '/waitForCompletion': [false], importJobId: [{ _cnd: { exists: true } }] },
		},
	},
];

const pollField: INodeProperties = {
	displayName: 'Poll Interval (Seconds)',
	name: 'pollSeconds',
	type: 'number',
	default: 15,
	typeOptions: { minValue: 5 },
	description: 'How often to check whether the import or the refresh has finished. Minimum 5.',
};

const timeoutField: INodeProperties = {
	displayName: 'Timeout (Seconds)',
	name: 'timeoutSeconds',
	type: 'number',
	default: 900,
	typeOptions: { minValue: 1 },
	description:
		'Maximum time to wait for the import, and again for the refresh. If the import takes longer, the item fails; if the refresh does, the item continues with the status "pending".',
};

/** Once the account's refreshes of the day are used up, the rest of the run sends none until the reset. */
const accountLimit = oncePerAccount(
	(): { known?: { limit: RefreshLimit; now: number; learnedAt: number } } => ({}),
);

const waitsForRefresh = oncePerAccount(() => new Map<string, Promise<WaitResult>>());

function parseJobId(body: unknown): string | null {
	const jobId = isObject(body) ? body.job_id : undefined;
	return typeof jobId === 'string' && jobId !== '' ? jobId : null;
}

const nameOf = (segment: Segment | undefined): string | null =>
	typeof segment?.name === 'string' ? segment.name : null;

/** What an item's error says about the refresh, in the order of its output. */
function detailsOf({ segmentId, timeZone }: Input, segment?: Segment): ErrorDetails {
	return { segment_name: nameOf(segment), segment_id: segmentId, user_time_zone: timeZone };
}

function throwIfAccountLimitIsKnown(context: OperationContext, input: Input): void {
	const { known } = accountLimit(context);
	if (!known) return;
	const now = known.now + performance.now() - known.learnedAt;
	if (now >= known.limit.endsAt!) return;
	const diagnosis: Diagnosis = { segment: undefined, timeZone: input.timeZone, now };
	throw toLimitError(known.limit, diagnosis, detailsOf(input));
}

/**
 * Reads the segment so that no refresh is used up that cannot succeed. Best effort: what the read
 * does not show, the refresh itself will.
 *
 * @throws SendGridApiError if the segment does not exist or SendGrid rejects the key, and an
 * ItemError with a `reason` if the segment's counts leave no room
 */
async function checkLimits(context: OperationContext, input: Input) {
	const { segmentId, timeZone } = input;
	const { response, segment } = await tryGetSegment(context, segmentId);
	const isFinal = response.status === 401 || response.status === 404;
	if (isFinal && isFromSendGrid(response)) {
		const details = { segment_id: segmentId, user_time_zone: timeZone };
		throw toApiError(getSegmentEndpoint, response, { id: segmentId, details });
	}
	const diagnosis: Diagnosis = { segment, timeZone, now: response.serverTime };
	const limit = limitByCounts(diagnosis);
	if (limit) throw toLimitError(limit, diagnosis, detailsOf(input, segment));
	return { segment, refreshesLeft: refreshesLeftAfter(diagnosis) };
}

/**
 * The error that a 429 means, learned from one more read of the segment; `undefined` if it is the
 * general rate limit, after which the refresh may be sent again.
 */
async function diagnoseRefusal(
	context: OperationContext,
	input: Input,
	{ rateLimit, serverTime }: ApiResponse,
	before: Segment | undefined,
): Promise<ItemError | undefined> {
	const { segment = before } = await tryGetSegment(context, input.segmentId);
	const diagnosis: Diagnosis = { segment, timeZone: input.timeZone, now: serverTime };
	const limit = diagnoseRefreshLimit(diagnosis, rateLimit);
	if (limit === 'generalRateLimit') return undefined;
	// Without SendGrid's headers it may come from a server in between, so it does not decide about the
	// other refreshes.
	if (limit.reason === 'account_daily' && rateLimit.limit !== undefined) {
		accountLimit(context).known = { limit, now: serverTime, learnedAt: performance.now() };
	}
	return toLimitError(limit, diagnosis, detailsOf(input, segment));
}

/** The general rate limit: not one of the limits on refreshes, so never a reason to skip. */
function rateLimitError(input: Input, segment?: Segment): ItemError {
	return new ItemError(
		"SendGrid's rate limit was reached",
		'Too many requests were sent, so no refresh was started. Try again in a few minutes.',
		{ http_status: 429, ...detailsOf(input, segment) },
	);
}

async function refresh(context: OperationContext, [input]: Input[]): Promise<Result> {
	const { segmentId, timeZone } = input;
	throwIfAccountLimitIsKnown(context, input);
	const { segment: before, refreshesLeft } = await checkLimits(context, input);
	throwIfAccountLimitIsKnown(context, input);
	const details = { segment_id: segmentId, user_time_zone: timeZone };
	const body = { user_time_zone: timeZone };
	const parameters = { id: segmentId, body, delivery: context.delivery, details };
	for (let refusals = 1; ; refusals++) {
		const response = await requestWithRetries(context, refreshSegmentEndpoint, parameters);
		const receivedAt = performance.now();
		if (isSuccess(refreshSegmentEndpoint, response)) {
			return {
				jobId: parseJobId(response.body),
				timeZone,
				segmentName: nameOf(before),
				refreshesLeft,
				before,
				acceptedAt: response.serverTime,
				acceptedAtLocally: receivedAt,
			};
		}
		if (response.status !== 429) {
			const mayRead = before !== undefined;
			throw toApiError(refreshSegmentEndpoint, response, { ...parameters, mayRead });
		}
		const isGenuine = isFromSendGrid(response);
		// A server in between has limits of its own, which say nothing about refreshes.
		const error = isGenuine ? await diagnoseRefusal(context, input, response, before) : undefined;
		if (error) throw error;
		// The read that the diagnosis needed may have waited for the reset, too.
		const elapsedMs = performance.now() - receivedAt;
		if (!pauseUntilReset(context, refreshSegmentEndpoint, response, refusals, elapsedMs)) {
			throw isGenuine
				? rateLimitError(input, before)
				: toApiError(refreshSegmentEndpoint, response, parameters);
		}
	}
}

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/refresh-segment */
export const refreshOperation: Operation<Input, Result> = {
	name: 'Refresh',
	value: 'refresh',
	action: 'Refresh segment',
	description: `Recalculate which contacts belong to a segment. Limited to ${REFRESHES_PER_SEGMENT_PER_DAY} per day and ${REFRESHES_PER_SEGMENT_PER_HOUR} per hour per segment.`,
	fields: [segmentField, timeZoneField, whenLimitReachedField, waitField],
	options: [importField, ...waitOptions(pollField), ...waitOptions(timeoutField)],
	hint: {
		message: `SendGrid allows ${REFRESHES_PER_ACCOUNT_PER_DAY} refreshes per account per day. To skip the rest, set '${whenLimitReachedField.displayName}' to Skip.`,
		type: 'warning',
		whenToDisplay: 'beforeExecution',
		// If all items name the same segment, there is only one refresh.
		condition: `String($rawParameter["segmentId"]["value"] ?? $rawParameter["segmentId"]).startsWith("=") && $parameter["whenLimitReached"] !== "skip" && $input.all().length > ${REFRESHES_PER_ACCOUNT_PER_DAY}`,
	},
	concurrency: 5,
	changesData: ({ status }) => status !== 'skipped',
	idempotent: false,
	parse: async (item) => ({
		importJobId: parseImportJobId(item, importField),
		timeZone: parseTimeZone(item.parameters, item.context.functions),
		whenLimitReached: item.parameters.choice(whenLimitReachedField, WHEN_LIMIT_REACHED),
		waitForCompletion: item.parameters.boolean(waitField),
		wait: {
			timeoutMs: 1000 * item.options.number(timeoutField),
			pollMs: 1000 * item.options.number(pollField),
		},
		segmentId: await parseSegmentId(item),
	}),
	requestKey: ({ segmentId }) => segmentId,
	...followsImport,
	execute: refresh,
	recover: ({ details }, { whenLimitReached }) => {
		const { reason, segment_name, next_refresh_at, segment_id, user_time_zone } = details;
		if (reason === undefined || whenLimitReached === 'fail') return undefined;
		return {
			status: 'skipped',
			segment_name,
			reason,
			next_refresh_at,
			segment_id,
			user_time_zone,
			job_id: null,
		};
	},
	toOutput: async (result, { segmentId, waitForCompletion, wait }, context) => {
		const { jobId, timeZone, segmentName, refreshesLeft } = result;
		if (!waitForCompletion) {
			const json = {
				status: 'accepted',
				segment_name: segmentName,
				job_id: jobId,
				segment_id: segmentId,
				user_time_zone: timeZone,
				refreshes_left: refreshesLeft,
			};
			return [{ json }];
		}
		const waits = waitsForRefresh(context);
		const key = JSON.stringify([segmentId, result.acceptedAtLocally, wait]);
		if (!waits.has(key)) waits.set(key, waitForRefresh(context, segmentId, result, wait));
		const { status, contacts_count, sample_updated_at } = await waits.get(key)!;
		const json = {
			status,
			segment_name: segmentName,
			contacts_count,
			job_id: jobId,
			segment_id: segmentId,
			user_time_zone: timeZone,
			sample_updated_at,
			refreshes_left: refreshesLeft,
		};
		return [{ json }];
	},
};
