import type { FastifyRequest } from 'fastify';

/** What `_metadata` tells about a page of results. */
interface PageMetadata {
	self: string;
	count: number;
	next?: string;
}

/**
 * One page of `all`: the items from where the request's `page_token` says, at most `size`.
 * Undefined if the token is none that was given out.
 */
export function page<T>(
	request: FastifyRequest,
	all: T[],
	size: number,
): { items: T[]; metadata: PageMetadata } | undefined {
	const self = new URL(request.url, `http://${request.host}`);
	const token = self.searchParams.get('page_token') ?? '';
	const start = token ? Number(Buffer.from(token, 'base64url').toString()) : 0;
	if (!Number.isInteger(start) || start < 0) return undefined;
	const metadata: PageMetadata = { self: self.href, count: all.length };
	const end = start + size;
	if (end < all.length) {
		const next = new URL(self);
		next.searchParams.set('page_token', Buffer.from(String(end)).toString('base64url'));
		metadata.next = next.href;
	}
	return { items: all.slice(start, end), metadata };
}
