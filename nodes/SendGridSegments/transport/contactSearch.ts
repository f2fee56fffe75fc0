import type { IDataObject } from 'n8n-workflow';
import { SendGridApiError } from '../errors';
import { isObject, truncate } from '../utils';
import { isSuccess, requestWithRetries, type RequestContext } from './apiRequest';
import type { Endpoint } from './endpoint';
import { extractApiMessages, isFromSendGrid, toApiError } from './responseErrors';

/** A contact as the search returns it: `id`, `email`, `list_ids`, `segment_ids` and more. */
export type FoundContact = IDataObject;

/**
 * What is known about each address, by its lower-case form: its contact, `null` if there is none, or
 * why this is not known.
 */
export type SearchResults = Map<string, FoundContact | null | SendGridApiError>;

/** @see https://www.twilio.com/docs/sendgrid/api-reference/contacts/get-contacts-by-emails */
export const searchContactsEndpoint: Endpoint = {
	method: 'POST',
	path: '/v3/marketing/contacts/search/emails',
	rateLimitFamily: 'contactSearch',
	isValidBody: (body) => isObject(body) && isObject(body.result),
	retry: 'always',
	isReadOnly: true,
};

function readResult(results: IDataObject, email: string): FoundContact | null | SendGridApiError {
	const result = Object.hasOwn(results, email) ? results[email] : undefined;
	if (isObject(result)) {
		if (isObject(result.contact)) return result.contact;
		if (typeof result.error === 'string' && result.error.trim() !== '') {
			if (/not found/i.test(result.error)) return null;
			return new SendGridApiError(
				truncate(result.error),
				`SendGrid returned this for "${truncate(email, 100)}".`,
				{},
			);
		}
	}
	// Neither "found" nor "not found": it is not known.
	return new SendGridApiError(
		`SendGrid returned no result for "${truncate(email, 100)}"`,
		'Try again later.',
		{},
	);
}

/**
 * Finds contacts by their addresses. SendGrid refuses a request as a whole for a single address that
 * it does not accept, so a refused request is halved until that address is alone; the others get their
 * results.
 *
 * @param emails at most `MAX_EMAILS_PER_SEARCH`
 * @throws SendGridApiError if all of the addresses are affected
 */
export async function searchContactsByEmail(
	context: RequestContext,
	emails: string[],
): Promise<SearchResults> {
	return await search(context, [...new Set(emails.map((email) => email.toLowerCase()))]);
}

async function search(context: RequestContext, emails: string[]): Promise<SearchResults> {
	if (emails.length === 0) return new Map();
	const response = await requestWithRetries(context, searchContactsEndpoint, { body: { emails } });
	if (isSuccess(searchContactsEndpoint, response)) {
		const { result } = response.body as { result: IDataObject };
		return new Map(emails.map((email) => [email, readResult(result, email)]));
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
		...(await search(context, emails.slice(0, middle))),
		...(await search(context, emails.slice(middle))),
	]);
}
