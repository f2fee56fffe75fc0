import type { FastifyRequest } from 'fastify';

import type { Account } from './account';
import { asObject } from './asObject';
import { pageOf } from './pages';
import { type EndpointResponse, errorResponse } from './responses';
import { listOrNothing } from './apiSettings';

// The reference names no default.
const PAGE_SIZES = { usual: 10, max: 50 };
const STATUSES: unknown[] = ['draft', 'scheduled', 'triggered'];

/** `POST /v3/marketing/singlesends/search`, a page at a time; of the filters only `status` is known. */
export function searchSingleSends(account: Account, request: FastifyRequest): EndpointResponse {
	const body = request.body === undefined ? {} : asObject(request.body);
	if (!body) return errorResponse(400, null, 'the body must be a JSON object');
	const unknown = Object.keys(body).find((field) => field !== 'status');
	if (unknown !== undefined) return errorResponse(400, unknown, `${unknown} is not known`);
	const { status: statuses = STATUSES } = body;
	if (!Array.isArray(statuses) || !statuses.every((status) => STATUSES.includes(status))) {
		return errorResponse(400, 'status', 'status must be an array of statuses');
	}
	const found = [...account.singleSends.values()].filter(({ status }) => statuses.includes(status));
	const page = pageOf(request, found, PAGE_SIZES);
	if ('status' in page) return page;
	const result = page.items.map((record) => ({
		id: record.id,
		name: record.name,
		status: record.status,
		categories: record.categories,
		send_at: record.send_at,
		is_abtest: false,
		abtest: null,
		created_at: record.created_at,
		updated_at: record.updated_at,
	}));
	return {
		status: 200,
		body: { result: listOrNothing(result, account.settings), _metadata: page.metadata },
	};
}

/** `GET /v3/marketing/singlesends/{id}`. */
export function getSingleSend(account: Account, request: FastifyRequest): EndpointResponse {
	const { id } = request.params as { id: string };
	const record = account.singleSends.get(id.toLowerCase());
	return record ? { status: 200, body: record } : errorResponse(404, null, 'single send not found');
}
