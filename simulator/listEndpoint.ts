import type { FastifyRequest } from 'fastify';

import type { Account } from './account';
import { pageOf } from './pages';
import type { EndpointResponse } from './responses';
import { listOrNothing } from './apiSettings';

const PAGE_SIZES = { usual: 100, max: 1000 };

/** `GET /v3/marketing/lists`, a page at a time. */
export function listLists(account: Account, request: FastifyRequest): EndpointResponse {
	const page = pageOf(request, [...account.lists.values()], PAGE_SIZES);
	if ('status' in page) return page;
	const result = page.items.map((list) => ({
		...list,
		_metadata: { self: `http://${request.host}/v3/marketing/lists/${list.id}` },
	}));
	return {
		status: 200,
		body: { result: listOrNothing(result, account.settings), _metadata: page.metadata },
	};
}
