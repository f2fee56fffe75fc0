import type { IHttpRequestMethods } from 'n8n-workflow';

/** SendGrid counts the requests of each family of endpoints by itself. */
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
	/** The statuses of a success. */
	expectedStatuses: number[];
	/** Whether a success must have this body; without it, the status alone counts. */
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
	/** What a status means here, where it is not what it means everywhere. */
	errorTexts?: Record<number, ErrorText>;
}
