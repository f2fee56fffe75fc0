import type { IDataObject } from 'n8n-workflow';
import { SendGridApiError } from '../errors';
import { isObject } from '../utils';
import { apiRequest, type RequestContext, type RequestParameters } from './apiRequest';
import type { Endpoint } from './endpoint';

const MAX_PAGES = 1000;

function unreadableList(reason: string): SendGridApiError {
	return new SendGridApiError(
		"SendGrid's list could not be read completely",
		`${reason} Nothing was changed. Check the credential's Base URL, or try again later.`,
		{},
	);
}

/**
 * The query of the next page; `undefined` after the last one. Only the query of that URL is used, so a
 * page can only lead to the same list.
 */
function nextPageQuery({ _metadata: metadata }: IDataObject): URLSearchParams | undefined {
	const next = isObject(metadata) ? metadata.next : undefined;
	if (next === undefined || next === null || next === '') return undefined;
	const base = 'https://api.sendgrid.com';
	const query =
		typeof next === 'string' && URL.canParse(next, base)
			? new URL(next, base).searchParams
			: undefined;
	if (!query?.size) throw unreadableList('It does not say where the next page is.');
	return query;
}

/**
 * Reads a list page by page, as far as `_metadata.next` leads.
 *
 * @param key the property that contains a page's entries
 * @throws SendGridApiError if one of the pages cannot be read, or the list does not end
 */
export async function* paginate<Entry extends IDataObject>(
	context: RequestContext,
	endpoint: Endpoint,
	key: 'results' | 'result',
	parameters: RequestParameters,
): AsyncGenerator<Entry[]> {
	const seen = new Set<string>();
	let query: URLSearchParams | undefined = parameters.query ?? new URLSearchParams();
	while (query) {
		if (seen.has(query.toString())) throw unreadableList('A page leads back to an earlier one.');
		if (seen.size >= MAX_PAGES) throw unreadableList(`It has more than ${MAX_PAGES} pages.`);
		seen.add(query.toString());
		const page: IDataObject = await apiRequest(context, endpoint, { ...parameters, query });
		yield (page[key] ?? []) as Entry[];
		query = nextPageQuery(page);
	}
}

/** All entries of a list, or none: throws if one of its pages cannot be read. */
export async function readAll<Entry>(pages: AsyncIterable<Entry[]>): Promise<Entry[]> {
	const entries: Entry[] = [];
	for await (const page of pages) for (const entry of page) entries.push(entry);
	return entries;
}

/** Whether a body has a list. An empty one can be `[]`, `null` or missing. */
export function hasList(
	body: unknown,
	key: 'results' | 'result',
	isEntry: (entry: unknown) => boolean,
): boolean {
	if (!isObject(body)) return false;
	if (!(key in body) && !isObject(body._metadata)) return false;
	const list: unknown = body[key] ?? [];
	return Array.isArray(list) && list.every(isEntry);
}
