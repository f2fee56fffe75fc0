import type {
	IAllExecuteFunctions,
	ICredentialsDecrypted,
	IHttpRequestOptions,
	JsonObject,
} from 'n8n-workflow';
import { abortable } from '../utils';
import { CREDENTIAL_TYPE, type Credential } from './credential';
import { parseRateLimit, type RateLimitHeaders } from './rateLimit';

/** A response longer than this is not read to its end, so that no server can fill n8n's memory. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Too short to be an API key; replacing it could corrupt the response. */
const MIN_KEY_LENGTH = 8;

/**
 * System codes of a request that was definitely never processed: no connection was made. Codes that
 * can also come later count only together with the system call, see `NOT_CONNECTED`.
 */
const NOT_DELIVERED_CODES = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'EPROTO',
	'ERR_SOCKET_CONNECTION_TIMEOUT',
	// The server's certificate was refused, so nothing was sent to it.
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_GET_CRL',
	'UNABLE_TO_GET_ISSUER_CERT',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	'HOSTNAME_MISMATCH',
	'INVALID_CA',
	'INVALID_PURPOSE',
]);

/** The TLS handshake failed. A damaged record (`BAD_RECORD_MAC`) may also come later. */
const TLS_HANDSHAKE_CODE = /^(CERT_|ERR_TLS_|ERR_SSL_(?!.*BAD_RECORD_MAC))/;

/** How Node.js begins its message if a system call failed before there was a connection. */
const NOT_CONNECTED = /^(connect|getaddrinfo) [A-Z]/;

/**
 * What n8n itself refuses to send. These have no error code, only a text.
 * "Domain not allowed" and "No allowed domains": the credential's own restriction.
 */
const REFUSED_BY_N8N =
	/domain not allowed|no allowed domains|restricted ip address|blocked because it resolves|invalid proxy|proxy is not val/i;

/** A TLS handshake that never ended. */
const NO_HANDSHAKE = /before secure tls connection/i;

const TIMED_OUT = 'The request timed out';

/** Longer messages are cut. */
const MAX_MESSAGE_CHARACTERS = 2000;

/** What one request resulted in. */
export interface ApiResponse {
	/** HTTP status; `undefined` if there was no response. */
	status?: number;
	headers: Record<string, unknown>;
	/** Parsed JSON; the text if it is not JSON; `undefined` if it is empty or could not be read. */
	body?: unknown;
	/** Why the response, or the rest of it, could not be read; for people. */
	transportError?: string;
	/** Whether SendGrid may have processed the request, although no success was seen. */
	maybeProcessed: boolean;
	/** SendGrid's clock in ms, from the response's `Date`; this machine's without one. */
	serverTime: number;
	rateLimit: RateLimitHeaders;
	/** How often the request was sent. */
	attempts: number;
	/** n8n did not send it, and would not send it another time. */
	isRefusedByN8n?: true;
}

interface RawResponse {
	statusCode: number;
	headers: Record<string, unknown>;
	body: unknown;
}

interface BodyStream extends AsyncIterable<Uint8Array> {
	destroy(): void;
}

function isStream(body: unknown): body is BodyStream {
	return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

async function readText(stream: BodyStream): Promise<string> {
	const decoder = new TextDecoder();
	let text = '';
	let bytes = 0;
	for await (const chunk of stream) {
		bytes += chunk.length;
		if (bytes > MAX_BODY_BYTES) throw new RangeError('The response was too large');
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}

function discardBody({ body }: RawResponse): void {
	if (isStream(body)) body.destroy();
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** The JSON in a text, or the text if it is none, with the API key removed. */
function parseBody(text: string, apiKey: string): unknown {
	if (text.trim() === '') return undefined;
	return parseJson(apiKey.length < MIN_KEY_LENGTH ? text : text.replaceAll(apiKey, '[API key]'));
}

/** A request without a response. */
export function failedResponse(transportError: string, maybeProcessed: boolean): ApiResponse {
	return {
		headers: {},
		transportError,
		maybeProcessed,
		serverTime: Date.now(),
		rateLimit: {},
		attempts: 1,
	};
}

/** Why there is no response, from what n8n's request helper threw. */
function toFailedResponse(thrown: unknown): ApiResponse {
	if (thrown instanceof DOMException && thrown.name === 'TimeoutError') {
		return failedResponse(TIMED_OUT, true);
	}
	const { httpCode, code, message, description, messages } = (thrown ?? {}) as JsonObject;
	const systemCode = String(httpCode ?? code ?? '');
	if (systemCode === 'ERR_CANCELED') {
		return failedResponse('The execution was canceled before SendGrid responded', true);
	}
	// n8n may replace the message with its own. If several addresses were tried, each has its part.
	const texts = [message, description, messages].flat().flatMap((text) =>
		String(text ?? '')
			.slice(0, MAX_MESSAGE_CHARACTERS)
			.split(' | '),
	);
	const refusal = texts.find((text) => REFUSED_BY_N8N.test(text));
	if (refusal) {
		return { ...failedResponse(refusal.replace(/\.$/, ''), false), isRefusedByN8n: true };
	}
	const isNotDelivered =
		NOT_DELIVERED_CODES.has(systemCode) ||
		TLS_HANDSHAKE_CODE.test(systemCode) ||
		texts.some((text) => NO_HANDSHAKE.test(text)) ||
		isNeverConnected(messages ?? message);
	const reason = systemCode || String(message ?? 'The connection was closed');
	return failedResponse(`The connection failed (${reason})`, !isNotDelivered);
}

/** Whether all that Node.js says is that no connection was made. */
function isNeverConnected(messages: unknown): boolean {
	const parts = [messages].flat().flatMap((text) =>
		String(text ?? '')
			.trim()
			.split(' | '),
	);
	return parts.length > 0 && parts.every((part) => NOT_CONNECTED.test(part));
}

/**
 * Sends one request, once, and reads its response. Never throws: what went wrong is in the result.
 *
 * The response is read here rather than by n8n, so that the status of a broken response stays known,
 * its size and time are limited, and the API key is removed before anyone sees it.
 *
 * @param options method, url, body and what the engine prepared (proxy, allowed domains, SSL)
 * @param timeoutMs how long the request and its response may take together
 */
export async function sendHttpRequest(
	context: IAllExecuteFunctions,
	options: IHttpRequestOptions,
	credential: Credential,
	timeoutMs: number,
): Promise<ApiResponse> {
	// n8n's own timeout only ends a silent connection.
	const deadline = AbortSignal.timeout(timeoutMs);
	let raw: RawResponse;
	let request: Promise<RawResponse> | undefined;
	try {
		request = context.helpers.httpRequestWithAuthentication.call(
			context,
			CREDENTIAL_TYPE,
			{
				...options,
				timeout: timeoutMs,
				encoding: 'stream',
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
				disableFollowRedirect: true,
			},
			// Passed on, so that it is not decrypted again for every request.
			{ credentialsDecrypted: { data: credential.data } as ICredentialsDecrypted },
		) as Promise<RawResponse>;
		raw = await abortable(deadline, request);
	} catch (thrown) {
		request?.then(discardBody, () => {});
		return toFailedResponse(thrown);
	}

	const { statusCode: status, headers, body } = raw;
	const date = Date.parse(String(headers.date));
	const serverTime = Number.isNaN(date) ? Date.now() : date;
	const response: ApiResponse = {
		status,
		headers,
		maybeProcessed: status < 300 || status === 408 || status >= 500,
		serverTime,
		rateLimit: parseRateLimit(headers, serverTime),
		attempts: 1,
	};
	if (!isStream(body)) return { ...response, body };
	try {
		const text = await abortable(deadline, readText(body));
		return { ...response, body: parseBody(text, credential.apiKey) };
	} catch (thrown) {
		body.destroy();
		const reason = (thrown as Error).message || 'The response was cut off';
		return { ...response, transportError: deadline.aborted ? TIMED_OUT : reason };
	}
}
