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

/** System codes of a request that was definitely never processed: no connection was made. */
const NOT_DELIVERED_CODES = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'EPROTO',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_GET_ISSUER_CERT',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The TLS handshake failed. A damaged record (`BAD_RECORD_MAC`) may also come later. */
const TLS_HANDSHAKE_CODE = /^(CERT_|ERR_TLS_|ERR_SSL_(?!.*BAD_RECORD_MAC))/;

/**
 * What n8n itself refused to send, and a TLS handshake that never ended; n8n gives these no code.
 * "Domain not allowed" and "No allowed domains": the credential's own restriction.
 */
const NOT_SENT_MESSAGE =
	/domain not allowed|no allowed domains|restricted ip address|blocked because it resolves|invalid proxy|proxy is not val|before secure tls connection/i;

const TIMED_OUT = 'The request timed out';

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
	if (apiKey.length < MIN_KEY_LENGTH) return parseJson(text);
	const redact = (value: string, key = apiKey) => value.replaceAll(key, '[API key]');
	const body = parseJson(redact(text));
	// JSON can write any character as an escape, so the key is looked for again in what it means.
	if (typeof body === 'string' || !text.includes('\\')) return body;
	const canonical = JSON.stringify(body);
	const canonicalKey = JSON.stringify(apiKey).slice(1, -1);
	return canonical.includes(canonicalKey) ? JSON.parse(redact(canonical, canonicalKey)) : body;
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
	const text = String(message ?? 'The connection was closed');
	// n8n may put words of its own in the place of the message.
	const notSent = [text, description, messages].flat().find((part) => {
		return NOT_SENT_MESSAGE.test(String(part ?? ''));
	});
	if (notSent) return failedResponse(String(notSent).replace(/\.$/, ''), false);
	const systemCode = String(httpCode ?? code ?? '');
	if (systemCode === 'ERR_CANCELED') {
		return failedResponse('The execution was canceled before SendGrid responded', true);
	}
	const isDelivered = !NOT_DELIVERED_CODES.has(systemCode) && !TLS_HANDSHAKE_CODE.test(systemCode);
	return failedResponse(`The connection failed (${systemCode || text})`, isDelivered);
}

/**
 * Sends one request, once, and reads its response. Never throws: what went wrong is in the result.
 *
 * The response is read here rather than by n8n, so that the status of a broken response stays known,
 * its size and time are limited, and the API key is removed before anybody sees it.
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
	// n8n's own timeout only ends a connection that is silent.
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
