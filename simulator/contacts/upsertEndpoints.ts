import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

import type { Account } from '../account';
import { asObject } from '../asObject';
import { type EndpointResponse, errorResponse } from '../responses';
import type { ContactInput } from './records';

const MAX_CONTACTS = 30_000;
const IDENTIFIERS = ['email', 'phone_number_id', 'external_id', 'anonymous_id'];

/** `PUT /v3/marketing/contacts`: begins an import, which adds the contacts that have an email address. */
export function upsertContacts(account: Account, request: FastifyRequest): EndpointResponse {
	const { contacts, list_ids: listIds = [] } = asObject(request.body) ?? {};
	if (!Array.isArray(contacts) || contacts.length < 1 || contacts.length > MAX_CONTACTS) {
		return errorResponse(400, 'contacts', `contacts must have 1 to ${MAX_CONTACTS} contacts`);
	}
	if (!contacts.every(hasIdentifier)) {
		return errorResponse(400, 'contacts', 'each contact needs an identifier');
	}
	if (!Array.isArray(listIds)) return errorResponse(400, 'list_ids', 'list_ids must be an array');
	if (!lowerCase(listIds).every((id) => account.lists.has(id))) {
		return errorResponse(404, 'list_ids', 'list not found');
	}
	const inputs = contacts.filter(
		(contact): contact is ContactInput => typeof contact.email === 'string' && contact.email !== '',
	);
	const { id } = account.imports.start(contacts.length, () =>
		account.contacts.upsert(inputs, lowerCase(listIds), account.now()),
	);
	return { status: 202, body: { job_id: id } };
}

/** `GET /v3/marketing/contacts/imports/{id}`. */
export function getImport(account: Account, request: FastifyRequest): EndpointResponse {
	const { id } = request.params as { id: string };
	const record = account.imports.records.get(id.toLowerCase());
	return record ? { status: 200, body: record } : errorResponse(404, null, 'import not found');
}

/** `DELETE /v3/marketing/contacts?ids=`: at once, where SendGrid takes a while. */
export function deleteContacts(account: Account, request: FastifyRequest): EndpointResponse {
	const { ids } = request.query as { ids?: string };
	if (!ids) return errorResponse(400, 'ids', 'ids must be a comma-separated list of contact IDs');
	account.contacts.remove(lowerCase(ids.split(',')));
	return { status: 202, body: { job_id: randomUUID() } };
}

const lowerCase = (ids: unknown[]) => ids.map((id) => String(id).toLowerCase());

function hasIdentifier(contact: unknown): boolean {
	const fields = asObject(contact) ?? {};
	return IDENTIFIERS.some((field) => typeof fields[field] === 'string' && fields[field] !== '');
}
