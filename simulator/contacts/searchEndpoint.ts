import type { FastifyRequest } from 'fastify';

import { MAX_EMAILS_PER_SEARCH } from '../../nodes/SendGridSegments/limits';
import type { Account } from '../account';
import { asObject } from '../asObject';
import { type EndpointResponse, errorResponse } from '../responses';
import { type ContactRecord, TEXT_FIELDS } from './records';

const EMAIL = /^[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+$/;

/** `POST /v3/marketing/contacts/search/emails`: one address that is none refuses all of them. */
export function searchEmails(account: Account, request: FastifyRequest): EndpointResponse {
	const { emails } = asObject(request.body) ?? {};
	if (!Array.isArray(emails) || emails.length < 1) {
		return errorResponse(400, 'emails', 'emails must be an array of email addresses');
	}
	if (emails.length > MAX_EMAILS_PER_SEARCH) {
		return errorResponse(400, 'emails', `at most ${MAX_EMAILS_PER_SEARCH} emails are allowed`);
	}
	if (!emails.every((email) => typeof email === 'string' && EMAIL.test(email))) {
		return errorResponse(400, 'emails', 'invalid email');
	}
	const addresses = emails.map((email: string) => email.toLowerCase());
	const contacts = addresses.map((email) => account.contacts.find(email));
	if (contacts.every((contact) => contact === undefined)) {
		return errorResponse(404, null, 'contact not found');
	}
	const result = addresses.map((email, index) => {
		const contact = contacts[index];
		return [email, contact ? { contact: foundContact(contact) } : { error: 'contact not found' }];
	});
	return { status: 200, body: { result: Object.fromEntries(result) } };
}

function foundContact(contact: ContactRecord) {
	const { contact_id: id, email, list_ids, segment_ids, created_at, updated_at } = contact;
	return {
		...Object.fromEntries(TEXT_FIELDS.map((field) => [field, contact[field] ?? ''])),
		alternate_emails: contact.alternate_emails ?? [],
		custom_fields: contact.custom_fields ?? {},
		id,
		email,
		list_ids,
		segment_ids,
		created_at,
		updated_at,
		_metadata: { self: `https://api.sendgrid.com/v3/marketing/contacts/${id}` },
	};
}
