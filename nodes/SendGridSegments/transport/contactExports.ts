import type { IDataObject } from 'n8n-workflow';
import { InvalidParameterError, SendGridApiError, type ErrorDetails } from '../errors';
import { isObject, joinSentences, sleepUnlessAborted, truncate } from '../utils';
import {
	apiRequest,
	isSuccess,
	pollLimits,
	requestWithRetries,
	type Delivery,
	type RequestContext,
} from './apiRequest';
import type { Endpoint } from './endpoint';
import { toApiError } from './responseErrors';

export type ExportFormat = 'csv' | 'json';

/** How long the rate limit may keep the last read of a job waiting. */
const LAST_READ_MS = 1_000;

/** Statuses that no later read of the job would change. */
const FINAL_STATUSES = [400, 401, 403, 404];

/**
 * An export as SendGrid returns it: `status` is `pending`, `ready` or `failure`; `urls` and
 * `contact_count` come with `ready`, `message` with `failure`.
 */
type ExportResponse = IDataObject & { status: string; urls?: string[] | null };

/** A finished export. */
export interface ContactExport {
	/** Of SendGrid's job. */
	id: string;
	/** Presigned links to the files, in order; none for an empty segment. */
	urls: string[];
	/** "The total number of exported contacts", if SendGrid gave it. */
	contactCount?: number;
}

function isExport(body: unknown): body is ExportResponse {
	if (!isObject(body) || typeof body.status !== 'string') return false;
	const { urls } = body;
	return (
		urls === undefined ||
		urls === null ||
		(Array.isArray(urls) && urls.every((url) => typeof url === 'string'))
	);
}

/**
 * An export changes nothing in SendGrid and uses no known quota, so the request is treated as a read:
 * a lost response costs no more than a job that nobody downloads.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/contacts/export-contacts
 */
export const startExportEndpoint: Endpoint = {
	method: 'POST',
	path: '/v3/marketing/contacts/exports',
	rateLimitFamily: 'exports',
	isValidBody: (body) => isObject(body) && typeof body.id === 'string' && body.id !== '',
	retry: 'always',
	isReadOnly: true,
	errorTexts: {
		404: {
			message: 'Segment {id} does not exist',
			description: 'It may have been deleted. Choose the segment from the list.',
		},
	},
};

/** @see https://www.twilio.com/docs/sendgrid/api-reference/contacts/export-contacts-status */
export const getExportEndpoint: Endpoint = {
	method: 'GET',
	path: '/v3/marketing/contacts/exports/{id}',
	rateLimitFamily: 'exports',
	isValidBody: isExport,
	retry: 'always',
	errorTexts: {
		404: {
			message: 'The export {id} does not exist',
			description: 'It may have expired. Run the node again.',
		},
	},
};

/**
 * Starts an export of one segment's contacts; no one gets an email about it.
 *
 * @param maxFileSizeMb the size at which SendGrid starts another file; 5,000 by default
 * @returns the job ID
 * @throws SendGridApiError
 */
export async function startExport(
	context: RequestContext,
	segmentId: string,
	format: ExportFormat,
	{ maxFileSizeMb, delivery }: { maxFileSizeMb?: number; delivery?: Delivery } = {},
): Promise<string> {
	// Without an ID, SendGrid would export every contact of the account.
	if (segmentId === '') {
		throw new InvalidParameterError("'Segment' is empty", 'Choose the segment from the list.');
	}
	const { id } = await apiRequest<{ id: string }>(context, startExportEndpoint, {
		id: segmentId,
		body: {
			segment_ids: [segmentId],
			file_type: format,
			...(maxFileSizeMb !== undefined && { max_file_size: maxFileSizeMb }),
			notifications: { email: false },
		},
		delivery,
		details: { segment_id: segmentId },
	});
	return id;
}

/**
 * The state of an export.
 *
 * @returns the export if it is finished; its status if it is not
 * @throws SendGridApiError if SendGrid could not export
 */
function toContactExport(
	body: ExportResponse,
	id: string,
	details: ErrorDetails,
): ContactExport | string {
	const { status, urls, contact_count: contactCount, message } = body;
	if (status === 'failure') {
		throw new SendGridApiError(
			"SendGrid could not export the segment's contacts",
			joinSentences(
				typeof message === 'string' &&
					message !== '' &&
					`SendGrid said: "${truncate(message.replace(/\.$/, ''))}".`,
				'Run the node again later.',
			),
			{ ...details, export_status: status },
		);
	}
	if (status !== 'ready') return status;
	return {
		id,
		urls: urls ?? [],
		...(typeof contactCount === 'number' && { contactCount }),
	};
}

/**
 * Waits until an export has finished. A failed read is retried, unless SendGrid's refusal is final.
 *
 * @param timeoutMs how long to wait in all
 * @param pollMs from one read of the job to the next
 * @param details what an error contains about the item
 * @throws SendGridApiError with `job_id`, and with `export_status` if SendGrid could not export or needs
 * longer
 */
export async function waitForExport(
	context: RequestContext,
	jobId: string,
	{
		timeoutMs,
		pollMs,
		details = {},
	}: { timeoutMs: number; pollMs: number; details?: ErrorDetails },
): Promise<ContactExport> {
	const jobDetails = { ...details, job_id: jobId };
	const endpoint: Endpoint = { ...getExportEndpoint, retry: 'never' };
	const deadline = performance.now() + timeoutMs;
	let lastStatus = 'unknown';
	for (;;) {
		const response = await requestWithRetries(context, endpoint, {
			id: jobId,
			...pollLimits(context, deadline),
			// The last read is sent at the deadline itself.
			deadline: deadline + LAST_READ_MS,
		});
		if (isSuccess(endpoint, response)) {
			const result = toContactExport(response.body as ExportResponse, jobId, jobDetails);
			if (typeof result === 'object') return result;
			lastStatus = result;
		} else if (FINAL_STATUSES.includes(response.status ?? 0)) {
			throw toApiError(endpoint, response, { id: jobId, details: jobDetails });
		}
		const pause = Math.min(pollMs, deadline - performance.now());
		if (pause <= 0) break;
		await sleepUnlessAborted(pause, context.signal);
	}
	throw new SendGridApiError(
		`The export ${jobId} did not finish in time`,
		`After ${timeoutMs / 1000} seconds, its status was "${truncate(lastStatus, 60)}". Increase 'Timeout (Seconds)', or run the node again later.`,
		{ ...jobDetails, export_status: lastStatus },
	);
}

/**
 * Reads the links of a finished export again: they expire.
 *
 * @throws SendGridApiError
 */
export async function getFreshLinks(
	context: RequestContext,
	{ id, urls }: ContactExport,
	details: ErrorDetails,
): Promise<string[]> {
	const body = await apiRequest<ExportResponse>(context, getExportEndpoint, { id, details });
	const result = toContactExport(body, id, details);
	if (typeof result === 'object' && result.urls.length === urls.length) return result.urls;
	throw new SendGridApiError(
		`The export ${id} changed while it was being downloaded`,
		'Run the node again.',
		details,
	);
}
