/** What an endpoint responds: `body` is sent as JSON, or nothing is sent if it is undefined. */
export interface EndpointResponse {
	status: number;
	body?: unknown;
	/** Default true. */
	hasRateLimitHeaders?: boolean;
}

/** A response that certainly has a body. */
export type RefusedResponse = Required<Pick<EndpointResponse, 'status' | 'body'>>;

/** The error body of most endpoints; `field` is null where no field is to blame. */
export function errorResponse(
	status: number,
	field: string | null,
	message: string,
): RefusedResponse {
	return { status, body: { errors: [{ field, message }] } };
}
