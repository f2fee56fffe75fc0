import type { IDataObject } from 'n8n-workflow';
import { SendGridApiError } from '../errors';
import { isObject } from '../utils';
import { apiRequest, type RequestContext, type RequestParameters } from './apiRequest';
import type { Endpoint } from './endpoint';

const MAX_PAGES = 1000;

function nextPageQuery({ _metadata: metadata }: IDataObject): URLSearchParams | undefined {
	const next = isObject(metadata) ? metadata.next : undefined;
	if (typeof next !== 'string' || next === '') return undefined;
	const base = 'https://api.sendgrid.com';
	return URL.canParse(next, base) ? new URL(next, base).searchParams : undefined;
}

/**
 * Reads a list page by page, as far as `_metadata.next` leads. Only the query of that URL is used:
 * a page can lead nowhere but to the same list.
 *
 * @param key the property that contains a page's entries
 * @throws SendGridApiError if a page cannot be read, or there is no end to them
 */
export async function* paginate<Entry extends IDataObject>(
	context: RequestContext,
	endpoint: Endpoint,
	key: 'results' | 'result',
	parameters: RequestParameters,
): AsyncGenerator<Entry[]> {
	const seen = new Set<string>();
	let query: URLSearchParams | undefined = parameters.query ?? new URLSearchParams();
	while (query && !seen.has(query.toString())) {
		if (seen.size >= MAX_PAGES) {
			throw new SendGridApiError(
				`SendGrid's list has more than ${MAX_PAGES} pages`,
				'Use a filter to read fewer entries.',
				{},
				false,
			);
		}
		seen.add(query.toString());
		const page: IDataObject = await apiRequest(context, endpoint, { ...parameters, query });
		yield page[key] as Entry[];
		query = nextPageQuery(page);
	}
}
