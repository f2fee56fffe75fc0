import type { IDataObject } from 'n8n-workflow';
import { isObject } from '../utils';
import type { RequestContext } from './apiRequest';
import type { Endpoint } from './endpoint';
import { hasList, paginate } from './paginate';

/** @see https://www.twilio.com/docs/sendgrid/api-reference/lists/get-all-lists */
const listContactListsEndpoint: Endpoint = {
	method: 'GET',
	path: '/v3/marketing/lists',
	rateLimitFamily: 'lists',
	isValidBody: (body) => hasList(body, 'result', isObject),
	retry: 'always',
};

/** The account's contact lists (`id`, `name`, `contact_count`), page by page. */
export function listContactLists(context: RequestContext): AsyncGenerator<IDataObject[]> {
	const query = new URLSearchParams({ page_size: '1000' });
	return paginate(context, listContactListsEndpoint, 'result', { query });
}
