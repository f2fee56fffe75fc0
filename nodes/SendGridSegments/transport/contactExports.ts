import type { IDataObject } from 'n8n-workflow';
import { InvalidParameterError, SendGridApiError, type ErrorDetails } from '../errors';
import { isObject, joinSentences, truncate } from '../utils';
import {
	apiRequest,
	isFinalRefusal,
	isSuccess,
	pollUntil,
	requestWithRetries,
	type RequestContext,
} from './apiRequest';
import type { Endpoint } from './endpoint';
import { quoteSendGrid, toApiError } from './responseErrors';

export type ExportFormat = 'csv' | 'json';

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
	/** What an error contains about it: `segment_id` and `job_id`. */
	details: ErrorDetails;
}

function isExport(body: unknown): body is ExportResponse {
	if (!isObject(body) || typeof body.status !== 'string') return false;
	const urls: unknown = body.urls ?? [];
	return Array.isArray(urls) && urls.every((url) => typeof url === 'string');
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
	maxFileSizeMb?: number,
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
		details: { segment_id: segmentId },
	});
	return id;
}

/**
 * Waits until an export has finished. A failed read is retried, unless SendGrid's refusal is final.
 *
 * @throws SendGridApiError with `job_id`, and with `export_status` if SendGrid could not export or needs
 * longer
 */
export async function waitForExport(
	context: RequestContext,
	segmentId: string,
	jobId: string,
	{ timeoutMs, pollMs }: { timeoutMs: number; pollMs: number },
): Promise<ContactExport> {
	const details = { segment_id: segmentId, job_id: jobId };
	const endpoint: Endpoint = { ...getExportEndpoint, retry: 'never' };
	let lastStatus = 'unknown';
	for await (const limits of pollUntil(context, performance.now() + timeoutMs, pollMs)) {
		const response = await requestWithRetries(context, endpoint, { id: jobId, ...limits });
		if (isSuccess(endpoint, response)) {
			const { status, urls, contact_count: count, message } = response.body as ExportResponse;
			if (status === 'ready') {
				const contactCount = typeof count === 'number' ? count : undefined;
				return { id: jobId, urls: urls ?? [], contactCount, details };
			}
			if (status === 'failure') {
				throw new SendGridApiError(
					"SendGrid could not export the segment's contacts",
					joinSentences(
						quoteSendGrid(String(message ?? '').replace(/\.$/, '')),
						'Run the node again later.',
					),
					{ ...details, export_status: status },
				);
			}
			lastStatus = status;
		} else if (isFinalRefusal(response)) {
			throw toApiError(endpoint, response, { id: jobId, details });
		}
	}
	throw new SendGridApiError(
		`The export ${jobId} did not finish in time`,
		`After ${timeoutMs / 1000} seconds, its status was "${truncate(lastStatus, 60)}". Increase 'Timeout (Seconds)', or run the node again later.`,
		{ ...details, export_status: lastStatus },
	);
}

/**
 * Reads the links of a finished export again: they expire.
 *
 * @throws SendGridApiError
 */
export async function getFreshLinks(
	context: RequestContext,
	{ id, urls, details }: ContactExport,
): Promise<string[]> {
	const fresh = await apiRequest<ExportResponse>(context, getExportEndpoint, { id, details });
	if (fresh.status === 'ready' && fresh.urls?.length === urls.length) return fresh.urls;
	throw new SendGridApiError(
		`The export ${id} changed while it was being downloaded`,
		'Run the node again.',
		details,
	);
}
