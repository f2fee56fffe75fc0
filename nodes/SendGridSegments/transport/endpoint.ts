import type { IHttpRequestMethods } from 'n8n-workflow';
import type { ApiResponse } from './httpRequest';

/** SendGrid counts the requests of each family of endpoints separately. */
export type RateLimitFamily =
	'segments' | 'lists' | 'singlesends' | 'contacts' | 'contactSearch' | 'exports';

/** `{id}` stands for the ID of what the request is about. */
export interface ErrorText {
	message: string;
	description: string;
}

/** One endpoint of SendGrid's API, as its reference describes it, and how it may be retried. */
export interface Endpoint {
	method: IHttpRequestMethods;
	/** Below the base URL; `{id}` stands for the ID of what the request is about. */
	path: string;
	rateLimitFamily: RateLimitFamily;
	/**
	 * Whether a success must have this body; without it, any 2xx is a success. Which 2xx it is differs
	 * from the documentation at times.
	 */
	isValidBody?: (body: unknown) => boolean;
	/**
	 * Which attempts may be followed by another.
	 * `always`: also one that may have been processed, since twice has the effect of once.
	 * `ifNotDelivered`: only one that definitely never reached SendGrid.
	 * `never`: none.
	 * What the general rate limit refused is sent again in any case.
	 */
	retry: 'always' | 'ifNotDelivered' | 'never';
	/** Set for a POST that only searches. */
	isReadOnly?: boolean;
	/** Whether a refusal is a limit of this endpoint's own, which waiting for the reset does not end. */
	isOwnLimit?: (response: ApiResponse) => boolean;
	/** What a status means here, if it is not what it means everywhere. */
	errorTexts?: Record<number, ErrorText>;
}
