import type { FastifyRequest } from 'fastify';

import type { Account } from './account';
import { type Answer, refusal } from './answers';
import { page } from './pages';

/** `GET /v3/marketing/lists`, a page at a time. */
export function listLists(account: Account, request: FastifyRequest): Answer {
	const { page_size: sizeText = '100' } = request.query as { page_size?: string };
	const size = Number(sizeText);
	if (!Number.isInteger(size) || size < 1 || size > 1000) {
		return refusal(400, 'page_size', 'page_size must be from 1 to 1000');
	}
	const part = page(request, [...account.lists.values()], size);
	if (!part) return refusal(400, 'page_token', 'page_token is not valid');
	const result = part.items.map((list) => ({
		...list,
		_metadata: { self: `http://${request.host}/v3/marketing/lists/${list.id}` },
	}));
	return { status: 200, body: { result, _metadata: part.metadata } };
}
