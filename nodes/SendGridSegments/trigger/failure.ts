import { InvalidParameterError, ItemError, SendGridApiError } from '../errors';

/**
 * Why a poll failed, in the terms of n8n-workflow 2.37 and later. n8n's scheduler waits accordingly:
 * as long as the rate limit says, longer after each failure, or 30 minutes if someone has to act
 * first.
 */
type Failure =
	| { cause: 'rate-limited'; retryAfterMs?: number }
	| { cause: 'temporarily-unavailable' | 'credential-invalid' | 'configuration-invalid' };

/** The segments did not arrive within the time that n8n gives a poll. */
export class OutOfTimeError extends ItemError {
	override name = 'OutOfTimeError';

	constructor() {
		super(
			'SendGrid did not return the segments in time',
			'The next poll tries again, and reports what has changed by then.',
		);
	}
}

/** What n8n reads from an error; nothing if it is unclear what would help. Earlier versions ignore it. */
export function toFailure(error: ItemError): { failure?: Failure } {
	if (error instanceof InvalidParameterError)
		return { failure: { cause: 'configuration-invalid' } };
	if (error instanceof OutOfTimeError) return { failure: { cause: 'temporarily-unavailable' } };
	if (!(error instanceof SendGridApiError)) return {};
	const { http_status: status } = error.details;
	if (status === 401 || status === 403) return { failure: { cause: 'credential-invalid' } };
	if (status === 429) {
		return { failure: { cause: 'rate-limited', retryAfterMs: error.retryAfterMs } };
	}
	const isUnavailable = status === undefined || status >= 500;
	return isUnavailable ? { failure: { cause: 'temporarily-unavailable' } } : {};
}
