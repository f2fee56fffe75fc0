import type { IDataObject } from 'n8n-workflow';
import { SendGridApiError } from '../errors';
import { isObject, truncate } from '../utils';
import { isSuccess, requestWithRetries, type RequestContext } from './apiRequest';
import type { Endpoint } from './endpoint';
import { extractApiMessages, isFromSendGrid, toApiError } from './responseErrors';

/**
 * What is known about each address: its contact (`id`, `segment_ids` and more), `null` if there is none,
 * or why this is not known.
 */
export type SearchResults = Map<string, IDataObject | null | SendGridApiError>;

/** @see https://www.twilio.com/docs/sendgrid/api-reference/contacts/get-contacts-by-emails */
export const searchContactsEndpoint: Endpoint = {
	method: 'POST',
	path: '/v3/marketing/contacts/search/emails',
	rateLimitFamily: 'contactSearch',
	isValidBody: (body) => isObject(body) && isObject(body.result),
	retry: 'always',
	isReadOnly: true,
};

function readResult(result: unknown, email: string): IDataObject | null | SendGridApiError {
	const { contact, error } = isObject(result) ? result : {};
	if (isObject(contact)) return contact;
	const quoted = `"${truncate(email, 100)}"`;
	if (typeof error === 'string' && error.trim() !== '') {
		if (/not found/i.test(error)) return null;
		return new SendGridApiError(truncate(error), `SendGrid returned this for ${quoted}.`, {});
	}
	// Neither "found" nor "not found": it is not known.
	return new SendGridApiError(`SendGrid returned no result for ${quoted}`, 'Try again later.', {});
}

/**
 * Finds contacts by their addresses. SendGrid refuses a request as a whole for a single address that
 * it does not accept, so a refused request is halved until that address is alone; the others get their
 * results.
 *
 * @param emails different ones in lower case, at most `MAX_EMAILS_PER_SEARCH`
 * @throws SendGridApiError if all of the addresses are affected
 */
export async function searchContactsByEmail(
	context: RequestContext,
	emails: string[],
): Promise<SearchResults> {
	const response = await requestWithRetries(context, searchContactsEndpoint, { body: { emails } });
	if (isSuccess(searchContactsEndpoint, response)) {
		const { result } = response.body as { result: IDataObject };
		return new Map(emails.map((email) => [email, readResult(result[email], email)]));
	}
	const status = isFromSendGrid(response) ? response.status : undefined;
	// This is how SendGrid says that it found none of them.
	if (status === 404) return new Map(emails.map((email) => [email, null]));
	const error = toApiError(searchContactsEndpoint, response, {});
	// A 400 can also be about the key, which no half of the addresses would change.
	if (status !== 400 || /authorization/i.test(extractApiMessages(response.body))) throw error;
	if (emails.length === 1) return new Map([[emails[0]!, error]]);
	const middle = Math.ceil(emails.length / 2);
	return new Map([
		...(await searchContactsByEmail(context, emails.slice(0, middle))),
		...(await searchContactsByEmail(context, emails.slice(middle))),
	]);
}
