import type { FastifyRequest } from 'fastify';

import type { Account } from '../account';
import { asObject } from '../asObject';
import { type EndpointResponse, errorResponse } from '../responses';

const MAX_CONTACTS = 30_000;
const IDENTIFIERS = ['email', 'phone_number_id', 'external_id', 'anonymous_id'];

/** `PUT /v3/marketing/contacts`: only counts the contacts, and begins an import. */
export function upsertContacts(account: Account, request: FastifyRequest): EndpointResponse {
	const { contacts, list_ids: listIds = [] } = asObject(request.body) ?? {};
	if (!Array.isArray(contacts) || contacts.length < 1 || contacts.length > MAX_CONTACTS) {
		return errorResponse(400, 'contacts', `contacts must have 1 to ${MAX_CONTACTS} contacts`);
	}
	if (!contacts.every(hasIdentifier)) {
		return errorResponse(400, 'contacts', 'each contact needs an identifier');
	}
	if (!Array.isArray(listIds)) return errorResponse(400, 'list_ids', 'list_ids must be an array');
	if (!listIds.every((id) => account.lists.has(String(id).toLowerCase()))) {
		return errorResponse(404, 'list_ids', 'list not found');
	}
	return { status: 202, body: { job_id: account.imports.start(contacts.length).id } };
}

/** `GET /v3/marketing/contacts/imports/{id}`. */
export function getImport(account: Account, request: FastifyRequest): EndpointResponse {
	const { id } = request.params as { id: string };
	const record = account.imports.records.get(id.toLowerCase());
	return record ? { status: 200, body: record } : errorResponse(404, null, 'import not found');
}

function hasIdentifier(contact: unknown): boolean {
	const fields = asObject(contact) ?? {};
	return IDENTIFIERS.some((field) => typeof fields[field] === 'string' && fields[field] !== '');
}
