import type { IDataObject, IExecutePaginationFunctions, INodePropertyOptions } from 'n8n-workflow';
import { InvalidParameterError, RefreshLimitError, type ErrorDetails } from '../../errors';
import {
	buildRouting,
	type OperationContext,
	type OperationHandler,
} from '../../execution/executeItem';
import { parseOptions } from '../../parameters/options';
import { parseSegmentId } from '../../parameters/segment';
import { parseTimeZone } from '../../parameters/timeZone';
import { isBlank, parseBoolean, parseId, parseNumber } from '../../parameters/values';
import { isSuccess, requestWithRetries } from '../../transport/apiRequest';
import type { ApiResponse } from '../../transport/httpRequest';
import { MAX_RESET_WAIT_MS } from '../../transport/rateLimit';
import { isFromSendGrid, toApiError } from '../../transport/responseErrors';
import {
	getSegmentEndpoint,
	refreshSegmentEndpoint,
	tryGetSegment,
	type Segment,
} from '../../transport/segments';
import { isObject } from '../../utils';
import {
	accountLimitIn,
	diagnoseRefreshLimit,
	limitByCounts,
	refreshesLeftAfter,
	UNKNOWN_LIMIT,
	type RefreshLimit,
} from './refreshLimits';
import { waitForImport } from './waitForImport';
import { waitForRefresh, type AcceptedRefresh, type WaitOptions } from './waitForRefresh';

interface Input {
	segmentId: string;
	timeZone: string;
	whenLimitReached: 'fail' | 'skip';
	/** Whether the option is there, even if it is empty for this item. */
	mayWaitForImport: boolean;
	importJobId?: string;
	waitForCompletion: boolean;
	wait: WaitOptions;
}

interface Result extends AcceptedRefresh {
	jobId: string | null;
	timeZone: string;
	segmentName: string | null;
	refreshesLeft: number | null;
}

/** Once the account's refreshes of the day are used up, the rest of the attempt sends none. */
interface Shared {
	accountLimit?: { limit: RefreshLimit; now: number };
}

type Context = OperationContext<Shared>;

function parseWait({ timeoutSeconds = 900, pollSeconds = 15 }: IDataObject): WaitOptions {
	return {
		timeoutMs: 1000 * parseNumber(timeoutSeconds, 'Timeout (Seconds)', { min: 1 }),
		pollMs: 1000 * parseNumber(pollSeconds, 'Poll Interval (Seconds)', { min: 5 }),
	};
}

/**
 * n8n's SendGrid node puts the job ID of an upsert beside the item's JSON, so that `$json.job_id` is
 * empty behind it, and the refresh would not wait for the import.
 */
function parseImportJobId(
	options: IDataObject,
	context: IExecutePaginationFunctions,
): string | undefined {
	if (!('importJobId' in options)) return undefined;
	let { importJobId }: { importJobId?: unknown } = options;
	if (isBlank(importJobId)) {
		const item: { json?: unknown; job_id?: unknown } = context.getInputData();
		if (item.json === undefined) importJobId = item.job_id;
	}
	return isBlank(importJobId) ? undefined : parseId(importJobId, 'Import Job ID');
}

function parseJobId(body: unknown): string | null {
	const jobId = isObject(body) ? body.job_id : undefined;
	return typeof jobId === 'string' && jobId !== '' ? jobId : null;
}

function limitError({ segmentId, timeZone }: Input, limit: RefreshLimit): RefreshLimitError {
	const { message, description, reason, next_refresh_at } = limit;
	return new RefreshLimitError(message, description, {
		http_status: 429,
		segment_id: segmentId,
		user_time_zone: timeZone,
		reason,
		next_refresh_at,
		job_id: null,
	});
}

function throwIfAccountLimitIsKnown({ shared }: Context, input: Input): void {
	if (!shared.accountLimit) return;
	const { limit, now } = shared.accountLimit;
	throw limitError(input, accountLimitIn(input.timeZone, limit, now));
}

/**
 * Reads the segment so that no refresh is used up that cannot succeed. Best effort: what the read
 * does not tell, the refresh itself will.
 *
 * @throws SendGridApiError if the segment does not exist or SendGrid rejects the key, and
 * RefreshLimitError if the segment's counts leave no room
 */
async function lookFirst(context: Context, input: Input) {
	const { segmentId, timeZone } = input;
	const { response, segment } = await tryGetSegment(context, segmentId);
	const isFinal = response.status === 401 || response.status === 404;
	if (isFinal && isFromSendGrid(response)) {
		const details = errorDetails(input);
		throw toApiError(getSegmentEndpoint, response, { id: segmentId, details });
	}
	const diagnosis = { segment, timeZone, now: response.serverTime };
	const limit = limitByCounts(diagnosis);
	if (limit) throw limitError(input, limit);
	return { segment, refreshesLeft: refreshesLeftAfter(diagnosis) };
}

function errorDetails({ segmentId, timeZone }: Input): ErrorDetails {
	return { segment_id: segmentId, user_time_zone: timeZone };
}

/**
 * Which limit a 429 means, learned from one more read of the segment.
 *
 * @returns whether it was the general rate limit, after which the refresh may be sent again
 * @throws RefreshLimitError for each of the limits on refreshes
 */
async function isGeneralRateLimit(
	response: ApiResponse,
	context: Context,
	input: Input,
	before: Segment | undefined,
): Promise<boolean> {
	const { rateLimit, serverTime } = response;
	// A server in between has limits of its own, which say nothing about refreshes.
	if (!isFromSendGrid(response)) return (rateLimit.msUntilReset ?? Infinity) <= MAX_RESET_WAIT_MS;
	const { segment = before } = await tryGetSegment(context, input.segmentId);
	const diagnosis = { segment, timeZone: input.timeZone, now: serverTime };
	const limit = diagnoseRefreshLimit(diagnosis, rateLimit);
	if (limit === 'generalRateLimit') return true;
	// A response without SendGrid's headers may be that of a server in between, so it is not taken
	// for the answer to all other refreshes.
	if (limit.reason === 'account_daily' && rateLimit.limit !== undefined) {
		context.shared.accountLimit = { limit, now: serverTime };
	}
	throw limitError(input, limit);
}

async function refresh(context: Context, input: Input): Promise<Result> {
	const { segmentId, timeZone } = input;
	throwIfAccountLimitIsKnown(context, input);
	const { segment: before, refreshesLeft } = await lookFirst(context, input);
	throwIfAccountLimitIsKnown(context, input);
	const parameters = {
		id: segmentId,
		body: { user_time_zone: timeZone },
		delivery: context.delivery,
		details: errorDetails(input),
		isGeneralRateLimit: async (response: ApiResponse) =>
			await isGeneralRateLimit(response, context, input, before),
	};
	const response = await requestWithRetries(context, refreshSegmentEndpoint, parameters);
	if (!isSuccess(refreshSegmentEndpoint, response)) {
		if (response.status === 429 && isFromSendGrid(response)) {
			throw limitError(input, refusedByRateLimit);
		}
		throw toApiError(refreshSegmentEndpoint, response, parameters);
	}
	return {
		jobId: parseJobId(response.body),
		timeZone,
		segmentName: typeof before?.name === 'string' ? before.name : null,
		refreshesLeft,
		before,
		acceptedAt: response.serverTime,
		acceptedAtLocally: Date.now(),
	};
}

/** What is left to say of a rate limit that is none of the limits on refreshes. */
const refusedByRateLimit: RefreshLimit = {
	...UNKNOWN_LIMIT,
	message: "SendGrid's rate limit is reached",
	description:
		'Too many requests were sent, so no refresh was started. Try again in a few minutes.',
};

const handler: OperationHandler<Input, Result, Shared> = {
	concurrency: 5,
	changesData: ({ status }) => status !== 'skipped',
	idempotent: false,
	createShared: () => ({}),
	parse: (getParameter, context) => {
		const options = parseOptions(getParameter);
		const { whenLimitReached = 'fail' } = options;
		if (whenLimitReached !== 'fail' && whenLimitReached !== 'skip') {
			throw new InvalidParameterError(
				'\'When Limit Is Reached\' must be "fail" or "skip"',
				'Choose one of the two, or correct the expression.',
			);
		}
		const importJobId = parseImportJobId(options, context);
		const waitForCompletion = parseBoolean(options.waitForCompletion, 'Wait for Completion');
		return {
			segmentId: parseSegmentId(getParameter),
			timeZone: parseTimeZone(getParameter, context),
			whenLimitReached,
			mayWaitForImport: 'importJobId' in options,
			importJobId,
			waitForCompletion,
			wait: parseWait(waitForCompletion || importJobId !== undefined ? options : {}),
		};
	},
	dedupeKey: ({ segmentId }) => segmentId,
	prepare: async (context, input, sharing) => {
		const waitForImportOf = async ({ importJobId, wait }: Input) => {
			if (importJobId === undefined) return;
			await context.memoize(
				`import ${importJobId}`,
				async () => await waitForImport(context, importJobId, wait),
			);
		};
		if (!input.mayWaitForImport) return;
		await context.waitForItemsToCome();
		await waitForImportOf(input);
		// Their one refresh is to find the contacts of all of their imports. If one of these fails, that
		// is for its own item to say.
		await context.memoize(`imports of ${context.requestKey}`, async () => {
			for await (const other of sharing) await waitForImportOf(other).catch(() => {});
		});
	},
	execute: refresh,
	recover: ({ details }, { whenLimitReached }) => {
		const { reason, segment_id, user_time_zone, next_refresh_at } = details;
		if (reason === undefined || whenLimitReached === 'fail') return undefined;
		return [
			{ status: 'skipped', reason, next_refresh_at, segment_id, user_time_zone, job_id: null },
		];
	},
	toOutput: async (result, { segmentId, waitForCompletion, wait }, context) => {
		const { jobId, timeZone, segmentName, refreshesLeft } = result;
		if (!waitForCompletion) {
			return [
				{
					status: 'accepted',
					segment_name: segmentName,
					job_id: jobId,
					segment_id: segmentId,
					user_time_zone: timeZone,
					refreshes_left: refreshesLeft,
				},
			];
		}
		const key = `wait ${segmentId} ${wait.timeoutMs} ${wait.pollMs}`;
		const { status, contacts_count, sample_updated_at } = await context.memoize(
			key,
			async () => await waitForRefresh(context, segmentId, result, wait),
		);
		return [
			{
				status,
				segment_name: segmentName,
				contacts_count,
				job_id: jobId,
				segment_id: segmentId,
				user_time_zone: timeZone,
				sample_updated_at,
				refreshes_left: refreshesLeft,
			},
		];
	},
};

export const refreshOperation: INodePropertyOptions = {
	name: 'Refresh',
	value: 'refresh',
	action: 'Refresh segment',
	description: "Recalculate a segment's contacts. Limited to 2 per day and 1 per hour per segment.",
	routing: buildRouting(refreshSegmentEndpoint, handler),
};
