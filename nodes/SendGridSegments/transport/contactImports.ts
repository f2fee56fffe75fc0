import type { IDataObject } from 'n8n-workflow';
import { isObject } from '../utils';
import type { Endpoint } from './endpoint';

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
