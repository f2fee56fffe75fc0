import type { IDataObject } from 'n8n-workflow';
import { isObject } from '../utils';
import {
	isSuccess,
	requestWithRetries,
	type RequestContext,
	type RequestParameters,
} from './apiRequest';
import type { Endpoint } from './endpoint';
import type { ApiResponse } from './httpRequest';

/**
 * A contact import or upsert: `status` is `pending`, `completed`, `errored` (some contacts could not
 * be imported) or `failed` (none could).
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/contacts/import-contacts-status
 */
export type ContactImport = IDataObject & { status: string };

export const getContactImportEndpoint: Endpoint = {
	method: 'GET',
	path: '/v3/marketing/contacts/imports/{id}',
	rateLimitFamily: 'contacts',
	isValidBody: (body) => isObject(body) && typeof body.status === 'string',
	retry: 'never',
	errorTexts: {
		404: {
			message: 'The contact import {id} does not exist',
			description:
				'Use the job ID that the contact upsert or import returned, for example {{ $json.job_id }}.',
		},
	},
};

/** Reads an import in a single attempt. Its caller looks at the response. */
export async function tryGetContactImport(
	context: RequestContext,
	id: string,
	limits: Pick<RequestParameters, 'timeoutMs' | 'deadline'>,
): Promise<{ response: ApiResponse; contactImport?: ContactImport }> {
	const response = await requestWithRetries(context, getContactImportEndpoint, { id, ...limits });
	const isRead = isSuccess(getContactImportEndpoint, response);
	return { response, contactImport: isRead ? (response.body as ContactImport) : undefined };
}
