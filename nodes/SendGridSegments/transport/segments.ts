import type { IDataObject } from 'n8n-workflow';
import { ItemError, NotFoundError } from '../errors';
import { MINUTES_BETWEEN_UPDATES } from '../limits';
import { describeInstant, isObject } from '../utils';
import {
	apiRequest,
	isSuccess,
	requestWithRetries,
	type RequestContext,
	type RequestParameters,
} from './apiRequest';
import type { Endpoint } from './endpoint';
import type { ApiResponse } from './httpRequest';
import { hasList, paginate } from './paginate';
import { isGeneralRateLimit } from './rateLimit';
import { extractApiMessages, isFromSendGrid, toApiError } from './responseErrors';

const SEGMENTS_PATH = '/v3/marketing/segments/2.0';

/**
 * A segment as SendGrid returns it: `id`, `name`, `query_dsl`, `contacts_count` and more.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/get-segment-by-id
 */
export type Segment = IDataObject & { id: string };

function isSegment(body: unknown): body is Segment {
	return isObject(body) && typeof body.id === 'string' && body.id !== '';
}

/** What SendGrid says about a segment's query: `query_validation` and `error_message`. */
export function segmentValidation({ status }: Segment): IDataObject {
	return isObject(status) ? status : {};
}

/** A new or changed segment has no sample time until SendGrid has counted its contacts. */
export function isCounted(segment: Segment): boolean {
	const { sample_updated_at: sampleTime } = segment;
	return (
		typeof sampleTime === 'string' &&
		sampleTime !== '' &&
		segment.next_sample_update !== null &&
		segmentValidation(segment).query_validation !== 'PENDING'
	);
}

const notFound = {
	404: {
		message: 'Segment {id} does not exist',
		description: 'It may have been deleted. Choose the segment from the list.',
	},
};

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/get-segment-by-id */
export const getSegmentEndpoint: Endpoint = {
	method: 'GET',
	path: `${SEGMENTS_PATH}/{id}`,
	rateLimitFamily: 'segments',
	isValidBody: isSegment,
	retry: 'always',
	errorTexts: notFound,
};

/**
 * `ids`, repeated, makes SendGrid ignore the other filters; `parent_list_ids` is one comma-separated
 * text.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/get-list-of-segments
 */
export const listSegmentsEndpoint: Endpoint = {
	method: 'GET',
	path: SEGMENTS_PATH,
	rateLimitFamily: 'segments',
	isValidBody: (body) => hasList(body, 'results', isSegment),
	retry: 'always',
};

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/create-segment */
export const createSegmentEndpoint: Endpoint = {
	method: 'POST',
	path: SEGMENTS_PATH,
	rateLimitFamily: 'segments',
	isValidBody: isSegment,
	retry: 'ifNotDelivered',
	errorTexts: {
		404: {
			message: 'SendGrid refused the request (404)',
			description:
				"The parent list may not exist. Choose it from the list, and check the credential's Base URL.",
		},
	},
};

/**
 * SendGrid does not allow two changes of a segment within five minutes. The status of this refusal is
 * not documented; as 429, its headers are not those of the general rate limit.
 */
function isTooSoon(response: ApiResponse): boolean {
	const { status = 0, body, rateLimit } = response;
	if (status < 400 || status > 499 || !isFromSendGrid(response)) return false;
	const isOther429 = status === 429 && !isGeneralRateLimit(rateLimit);
	return isOther429 || /too soon/i.test(extractApiMessages(body));
}

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/update-segment */
export const updateSegmentEndpoint: Endpoint = {
	method: 'PATCH',
	path: `${SEGMENTS_PATH}/{id}`,
	rateLimitFamily: 'segments',
	isValidBody: isSegment,
	retry: 'always',
	isOwnLimit: isTooSoon,
	errorTexts: notFound,
};

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/delete-segment */
export const deleteSegmentEndpoint: Endpoint = {
	method: 'DELETE',
	path: `${SEGMENTS_PATH}/{id}`,
	rateLimitFamily: 'segments',
	retry: 'always',
	errorTexts: notFound,
};

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/refresh-segment */
export const refreshSegmentEndpoint: Endpoint = {
	method: 'POST',
	path: `${SEGMENTS_PATH}/refresh/{id}`,
	rateLimitFamily: 'segments',
	retry: 'ifNotDelivered',
	// Only the segment shows whether a 429 is the general rate limit or a refresh limit.
	isOwnLimit: ({ status }) => status === 429,
	errorTexts: {
		...notFound,
		403: {
			message: 'Manual refresh is not available to this API key or plan',
			description:
				'Manual refresh requires the Marketing Campaigns Basic or Advanced plan and an API key with access to Marketing.',
		},
	},
};

/** Reads one segment; the contacts sample, which can be long, only if it is asked for. */
export async function getSegment(
	context: RequestContext,
	segmentId: string,
	withContactsSample = false,
): Promise<Segment> {
	return await apiRequest<Segment>(
		context,
		getSegmentEndpoint,
		readParameters(segmentId, withContactsSample),
	);
}

/** Reads one segment in a single attempt. Its caller looks at the response. */
export async function tryGetSegment(
	context: RequestContext,
	segmentId: string,
	limits: Pick<RequestParameters, 'timeoutMs' | 'deadline'> = {},
): Promise<{ response: ApiResponse; segment?: Segment; notFound?: NotFoundError }> {
	const parameters = readParameters(segmentId, false);
	const response = await requestWithRetries(
		context,
		{ ...getSegmentEndpoint, retry: 'never' },
		{ ...parameters, ...limits },
	);
	if (isSuccess(getSegmentEndpoint, response)) {
		return { response, segment: response.body as Segment };
	}
	const error = toApiError(getSegmentEndpoint, response, parameters);
	return { response, notFound: error instanceof NotFoundError ? error : undefined };
}

function readParameters(segmentId: string, withContactsSample: boolean): RequestParameters {
	return {
		id: segmentId,
		query: new URLSearchParams({ contacts_sample: String(withContactsSample) }),
		details: { segment_id: segmentId },
	};
}

/** The account's segments that match the query, page by page; without `query_dsl`. */
export function listSegments(
	context: RequestContext,
	query = new URLSearchParams(),
): AsyncGenerator<Segment[]> {
	return paginate<Segment>(context, listSegmentsEndpoint, 'results', { query });
}

/** Whether the key may read segments. If so, a refused change means that it is read-only. */
async function mayReadSegments(context: RequestContext): Promise<boolean> {
	const query = new URLSearchParams({ ids: '00000000-0000-4000-8000-000000000000' });
	const endpoint: Endpoint = { ...listSegmentsEndpoint, retry: 'never' };
	return isSuccess(endpoint, await requestWithRetries(context, endpoint, { query }));
}

async function saveSegment(
	context: RequestContext,
	endpoint: Endpoint,
	parameters: RequestParameters,
): Promise<Segment> {
	const response = await requestWithRetries(context, endpoint, parameters);
	if (isSuccess(endpoint, response)) return response.body as Segment;
	if (parameters.id && endpoint.isOwnLimit?.(response)) {
		const { segment } = await tryGetSegment(context, parameters.id);
		if (!response.maybeProcessed) throw toTooSoonError(parameters.id, response, segment);
		// An earlier attempt may have made this very change.
		const isMade =
			segment &&
			Object.entries(parameters.body as IDataObject).every(
				([key, value]) => segment[key] === value,
			);
		if (isMade) return segment;
	}
	const mayRead = response.status === 403 && (await mayReadSegments(context));
	throw toApiError(endpoint, response, { ...parameters, mayRead });
}

function toTooSoonError(
	segmentId: string,
	{ status, serverTime }: ApiResponse,
	segment: Segment | undefined,
): ItemError {
	const minutes = MINUTES_BETWEEN_UPDATES;
	const next = Date.parse(String(segment?.updated_at)) + minutes * 60_000;
	// A time in the past, or further in the future, does not belong to the last change.
	const isKnown = next > serverTime && next <= serverTime + 2 * minutes * 60_000;
	return new ItemError(
		'The segment was changed a short time ago',
		`SendGrid allows one change per segment every ${minutes} minutes, so nothing was changed. ${
			isKnown
				? `Next change possible: ${describeInstant(next)}.`
				: `Try again in ${minutes} minutes.`
		}`,
		{
			http_status: status,
			segment_id: segmentId,
			next_update_at: isKnown ? new Date(next).toISOString().replace('.000Z', 'Z') : null,
		},
	);
}

/** Creates a segment: `name`, `query_dsl` and, if it is based on a list, `parent_list_ids`. */
export async function createSegment(
	context: RequestContext,
	body: IDataObject,
	delivery: RequestParameters['delivery'],
): Promise<Segment> {
	return await saveSegment(context, createSegmentEndpoint, { body, delivery });
}

/**
 * Changes a segment's `name` or `query_dsl`.
 *
 * @throws ItemError with `next_update_at` if SendGrid changed it less than five minutes ago
 */
export async function updateSegment(
	context: RequestContext,
	segmentId: string,
	body: IDataObject,
	delivery: RequestParameters['delivery'],
): Promise<Segment> {
	const details = { segment_id: segmentId };
	return await saveSegment(context, updateSegmentEndpoint, {
		id: segmentId,
		body,
		delivery,
		details,
	});
}
