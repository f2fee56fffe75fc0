import type { IDataObject } from 'n8n-workflow';
import { isObject } from '../utils';
import {
	apiRequest,
	isSuccess,
	requestWithRetries,
	type RequestContext,
	type RequestParameters,
} from './apiRequest';
import type { Endpoint } from './endpoint';
import type { ApiResponse } from './httpRequest';
import { paginate } from './paginate';

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

/** What SendGrid says of a segment's query: `query_validation` and `error_message`. */
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
	expectedStatuses: [200],
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
	expectedStatuses: [200],
	isValidBody: (body) =>
		isObject(body) && Array.isArray(body.results) && body.results.every(isSegment),
	retry: 'always',
};

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/create-segment */
export const createSegmentEndpoint: Endpoint = {
	method: 'POST',
	path: SEGMENTS_PATH,
	rateLimitFamily: 'segments',
	expectedStatuses: [201],
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

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/update-segment */
export const updateSegmentEndpoint: Endpoint = {
	method: 'PATCH',
	path: `${SEGMENTS_PATH}/{id}`,
	rateLimitFamily: 'segments',
	expectedStatuses: [200],
	isValidBody: isSegment,
	retry: 'always',
	errorTexts: notFound,
};

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/delete-segment */
export const deleteSegmentEndpoint: Endpoint = {
	method: 'DELETE',
	path: `${SEGMENTS_PATH}/{id}`,
	rateLimitFamily: 'segments',
	expectedStatuses: [202, 204],
	retry: 'always',
	errorTexts: notFound,
};

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/refresh-segment */
export const refreshSegmentEndpoint: Endpoint = {
	method: 'POST',
	path: `${SEGMENTS_PATH}/refresh/{id}`,
	rateLimitFamily: 'segments',
	expectedStatuses: [202],
	retry: 'ifNotDelivered',
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
): Promise<{ response: ApiResponse; segment?: Segment }> {
	const response = await requestWithRetries(
		context,
		{ ...getSegmentEndpoint, retry: 'never' },
		{ ...readParameters(segmentId, false), ...limits },
	);
	const isRead = isSuccess(getSegmentEndpoint, response);
	return { response, segment: isRead ? (response.body as Segment) : undefined };
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
