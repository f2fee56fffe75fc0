import { NotFoundError, SendGridApiError, type ErrorDetails } from '../errors';
import { describeInstant, isObject, joinSentences, truncate } from '../utils';
import type { Endpoint, ErrorText } from './endpoint';
import type { ApiResponse } from './httpRequest';

/** How the fields of SendGrid's API are labeled in the node. */
const PARAMETER_LABELS: Record<string, string> = {
	emails: 'Email',
	id: 'Segment',
	ids: 'Segment IDs',
	name: 'Name',
	parent_list_ids: 'Parent List',
	query_dsl: 'SQL Query',
	segment_id: 'Segment',
	segment_ids: 'Segment',
	user_time_zone: 'Time Zone Name or ID',
};

const NAME_TAKEN = "'Name' is already used by another segment";

/** In SendGrid's message about a 403: the key's scopes. */
const NO_SCOPE = /access forbidden|scope|permission/i;

/** A message about a 403 that names no cause. */
const NO_CAUSE = /^$|forbidden|access|authori[sz]/i;

/** In SendGrid's message about a 403: IP Access Management. */
const IP_NOT_ALLOWED = /\bip\b|whitelist|allowlist/i;

const NOT_SENDGRID: ErrorText = {
	message: 'The response did not come from SendGrid',
	description: "Check the credential's Base URL, and the proxy if you use one.",
};

const NO_MARKETING_ACCESS: ErrorText = {
	message: 'The API key has no access to Marketing segments',
	description: 'In SendGrid, under Settings > API Keys, add the scope "Marketing" to the key.',
};

const READ_ONLY_KEY: ErrorText = {
	message: 'The API key may read segments, but not change them',
	description:
		'In SendGrid, under Settings > API Keys, give the key "Full Access", or "Restricted Access" with full access to "Marketing".',
};

const IP_REFUSED: ErrorText = {
	message: 'SendGrid does not accept requests from this IP address',
	description:
		'In SendGrid, under Settings > IP Access Management, add the IP address of your n8n server, or turn IP Access Management off.',
};

/** For a 403 whose cause only SendGrid's own words tell, such as a suspended account. */
const REFUSED: ErrorText = {
	message: 'SendGrid refused the request (403)',
	description: 'Check your SendGrid account, and what the API key has access to.',
};

const KEY_REJECTED: ErrorText = {
	message: 'SendGrid rejected the API key',
	description:
		'Check the API key in the credential, or replace it with a new one from SendGrid. An account in the EU needs the Base URL for the EU.',
};

/** What a status means at endpoints without their own text for it. */
const ERROR_TEXTS: Record<number, ErrorText> = { 401: KEY_REJECTED };

function hasDocumentedErrors(body: unknown): boolean {
	return isObject(body) && (Array.isArray(body.errors) || typeof body.error === 'string');
}

/**
 * Whether a response can be SendGrid's: it has no body, or JSON. Only what SendGrid itself says
 * counts as a deleted, missing or forbidden segment; a proxy's or web server's page does not.
 */
export function isFromSendGrid({ status, body, headers }: ApiResponse): boolean {
	if (status === 401 || status === 403 || status === 404) {
		const contentType = String(headers['content-type'] ?? '');
		if (body === undefined) return contentType === '' || /json/i.test(contentType);
		return hasDocumentedErrors(body);
	}
	return typeof body !== 'string' || /json/i.test(String(headers['content-type'] ?? ''));
}

/**
 * SendGrid's own messages about a rejected request, each with the parameter it belongs to.
 * The API has two forms: `{ errors: [{ field, message }] }` and `{ error: string }`.
 */
export function extractApiMessages(body: unknown): string {
	if (!isObject(body)) return '';
	const { errors, error } = body;
	if (typeof error === 'string') return truncate(error);
	if (!Array.isArray(errors)) return '';
	const messages = (errors as unknown[]).slice(0, 20).flatMap((entry) => {
		const { field, message } = isObject(entry) ? entry : {};
		if (typeof message !== 'string' || message === '') return [];
		if (typeof field !== 'string' || field === '') return [message];
		const label = Object.hasOwn(PARAMETER_LABELS, field) ? PARAMETER_LABELS[field] : field;
		if (label === 'Name' && /already|in use|exists/i.test(message.slice(0, 500))) {
			return [NAME_TAKEN];
		}
		return [`'${label}': ${message}`];
	});
	return truncate(messages.join('; '));
}

/** SendGrid's own words, as a sentence; empty without any. */
export function quoteSendGrid(message: unknown): string {
	return typeof message === 'string' && message !== ''
		? `SendGrid said: "${truncate(message)}".`
		: '';
}

/** Whether the request was retried, and whether it may have changed something. */
function describeDelivery(isReadOnly: boolean, response: ApiResponse): string {
	return joinSentences(
		response.attempts > 1 && `The request was sent ${response.attempts} times.`,
		!isReadOnly &&
			(response.maybeProcessed
				? 'The request may still have taken effect. Check in SendGrid before you retry.'
				: 'Nothing was changed, so it is safe to try again.'),
	);
}

/** The text for other statuses; with `delivery`, it is followed by what happened to the request. */
function describeStatus(
	response: ApiResponse,
	apiMessages: string,
): ErrorText & { delivery?: true } {
	const { status, rateLimit, transportError } = response;
	const quoted = quoteSendGrid(apiMessages);
	if (status === undefined) {
		return {
			message: 'SendGrid could not be reached',
			description: response.isRefusedByN8n
				? `n8n did not send the request: ${transportError}. Check the settings of the credential, the proxy and n8n.`
				: `${transportError}. Check your connection and the credential's Base URL.`,
			delivery: true,
		};
	}
	if (status === 429) {
		return {
			message: "SendGrid's rate limit was reached",
			description:
				rateLimit.resetAt === undefined
					? 'SendGrid does not say when it resets. Try again later.'
					: `It resets on ${describeInstant(rateLimit.resetAt)}. Try again after that.`,
			delivery: true,
		};
	}
	if (status >= 500) {
		return {
			message: `SendGrid returned ${status}`,
			description: joinSentences(
				'SendGrid is currently unavailable.',
				quoted,
				'See https://status.sendgrid.com.',
			),
			delivery: true,
		};
	}
	if (status >= 400) {
		if (status === 400 && apiMessages) {
			return {
				message: apiMessages,
				description:
					apiMessages === NAME_TAKEN
						? 'Choose another name, or use Create or Update to change the existing segment.'
						: 'SendGrid rejected the request, and nothing was changed. Correct the value and try again.',
			};
		}
		return {
			message: `SendGrid refused the request (${status})`,
			description: joinSentences(quoted, "Check the credential's Base URL."),
		};
	}
	if (status >= 300) {
		return {
			message: `SendGrid returned a redirect (${status})`,
			description: "It was not followed. Check the credential's Base URL.",
		};
	}
	return {
		message: "SendGrid's response could not be read",
		description: `SendGrid returned ${status}, but not the documented response${transportError ? ` (${transportError})` : ''}. Check the credential's Base URL.`,
		delivery: true,
	};
}

/** What SendGrid means by 403: the network, the key's scopes, or the endpoint's own reason. */
function describeForbidden(apiMessages: string, mayRead = false, known?: ErrorText): ErrorText {
	if (IP_NOT_ALLOWED.test(apiMessages)) return IP_REFUSED;
	if (NO_SCOPE.test(apiMessages)) return mayRead ? READ_ONLY_KEY : NO_MARKETING_ACCESS;
	return known ?? (NO_CAUSE.test(apiMessages) ? NO_MARKETING_ACCESS : REFUSED);
}

/**
 * The error that a response, or the lack of one, means.
 *
 * @param details which segment and time zone the request was about
 * @param mayRead whether the same key was seen to read segments
 * @see https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses
 */
export function toApiError(
	{ method, isReadOnly = method === 'GET', errorTexts = {} }: Endpoint,
	response: ApiResponse,
	{ id = '', details = {}, mayRead }: { id?: string; details?: ErrorDetails; mayRead?: boolean },
): SendGridApiError {
	const { status } = response;
	const apiMessages = extractApiMessages(response.body);
	const isForeign = status !== undefined && status < 500 && !isFromSendGrid(response);
	const known = errorTexts[status ?? 0] ?? ERROR_TEXTS[status ?? 0];
	let text: ErrorText & { delivery?: true };
	if (isForeign) text = { ...NOT_SENDGRID, delivery: true };
	else if (status === 403) text = describeForbidden(apiMessages, mayRead, known);
	else if (status === 400 && /authorization required/i.test(apiMessages)) text = KEY_REJECTED;
	else text = known ?? describeStatus(response, apiMessages);
	const ErrorClass = status === 404 && known && !isForeign ? NotFoundError : SendGridApiError;
	const error = new ErrorClass(
		text.message.replace('{id}', id),
		joinSentences(
			text.description,
			status === 403 && quoteSendGrid(apiMessages),
			(text.delivery || (response.maybeProcessed && !isReadOnly)) &&
				describeDelivery(isReadOnly, response),
		),
		{ ...(status !== undefined && { http_status: status }), ...details },
	);
	if (status === 429) error.retryAfterMs = response.rateLimit.msUntilReset;
	return error;
}
