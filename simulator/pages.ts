import type { FastifyRequest } from 'fastify';

import { type EndpointResponse, errorResponse } from './responses';

/** What `_metadata` tells about a page of results. */
interface PageMetadata {
	self: string;
	count: number;
	next?: string;
}

export interface Page<T> {
	items: T[];
	metadata?: PageMetadata;
}

/** The page of `all` that the request's `page_size` and `page_token` name. */
export function pageOf<T>(
	request: FastifyRequest,
	all: T[],
	sizes: { usual: number; max: number },
): Page<T> | EndpointResponse {
	const { page_size: sizeText = String(sizes.usual) } = request.query as { page_size?: string };
	const size = Number(sizeText);
	if (!Number.isInteger(size) || size < 1 || size > sizes.max) {
		return errorResponse(400, 'page_size', `page_size must be from 1 to ${sizes.max}`);
	}
	return pageOfSize(request, all, size);
}

/** The page of `all`, at most `size` of them, that the request's `page_token` names. */
export function pageOfSize<T>(
	request: FastifyRequest,
	all: T[],
	size: number,
): Page<T> | EndpointResponse {
	const self = new URL(request.url, `http://${request.host}`);
	const token = self.searchParams.get('page_token') ?? '';
	const startText = token ? Buffer.from(token, 'base64url').toString() : '0';
	if (!/^\d+$/.test(startText)) {
		return errorResponse(400, 'page_token', 'page_token is not valid');
	}
	const start = Number(startText);
	const metadata: PageMetadata = { self: self.href, count: all.length };
	const end = start + size;
	if (end < all.length) {
		const next = new URL(self);
		next.searchParams.set('page_token', Buffer.from(String(end)).toString('base64url'));
		metadata.next = next.href;
	}
	return { items: all.slice(start, end), metadata };
}
