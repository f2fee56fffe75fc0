import type { IHttpRequestMethods } from 'n8n-workflow';
import type { ApiResponse } from './httpRequest';
import type { RateLimitFamily } from './rateLimit';

/** `{id}` stands for the ID of what the request is about. */
export interface ErrorText {
	message: string;
	description: string;
}

/** One endpoint of SendGrid's API, as its reference describes it, and when it is retried. */
export interface Endpoint {
	method: IHttpRequestMethods;
	/** Below the base URL; `{id}` stands for the ID of what the request is about. */
	path: string;
	rateLimitFamily: RateLimitFamily;
	/**
	 * Whether a body is that of a success; without it, any 2xx is a success. The exact status sometimes
	 * differs from the documentation.
	 */
	isValidBody?: (body: unknown) => boolean;
	/**
	 * Which attempts may be followed by another.
	 * `always`: even one that may have been processed, since sending it twice does no harm.
	 * `ifNotDelivered`: only one that definitely never reached SendGrid.
	 * `never`: none.
	 * A request that the general rate limit refused is always sent again.
	 */
	retry: 'always' | 'ifNotDelivered' | 'never';
	/** Set for a POST that only searches. */
	isReadOnly?: boolean;
	/** Whether a refusal is this endpoint's own limit, which does not end with the general rate limit. */
	isOwnLimit?: (response: ApiResponse) => boolean;
	/** What a status means at this endpoint, if it differs from the usual. */
	errorTexts?: Record<number, ErrorText>;
}
