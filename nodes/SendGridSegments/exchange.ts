import type {
	IAllExecuteFunctions,
	ICredentialsDecrypted,
	IHttpRequestOptions,
	JsonObject,
} from 'n8n-workflow';
import { CREDENTIAL_TYPE, type Credential } from './credential';

/** An answer longer than this is not read to its end, so that no server can fill n8n's memory. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

const SHORTEST_KEY = 8;

/** System codes of a request that surely never arrived. */
const NEVER_ARRIVED = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'CERT_HAS_EXPIRED',
	'CERT_NOT_YET_VALID',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'ERR_TLS_CERT_ALTNAME_INVALID',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const NO_ANSWER_IN_TIME = 'There was no answer in time';

/** What one request came to. */
export interface Reply {
	/** HTTP status; `undefined` where no answer came. */
	status?: number;
	headers: Record<string, unknown>;
	/** Parsed JSON; the text where it is no JSON; `undefined` where it is empty or was lost. */
	body?: unknown;
	/** What kept the answer, or the rest of it, from coming; for people. */
	lost?: string;
	/** Whether SendGrid may have carried out the request, although no success was seen. */
	mayHaveArrived: boolean;
	/** SendGrid's clock, in ms, by the answer's `Date`; this machine's where there is none. */
	now: number;
	/** When the rate limit resets (`X-RateLimit-Reset`, else `Retry-After`), in ms of that clock. */
	resetAt?: number;
	/** How often the request was sent. */
	tries: number;
}

interface Answer {
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

async function textOf(stream: BodyStream): Promise<string> {
	const decoder = new TextDecoder();
	let text = '';
	let bytes = 0;
	for await (const chunk of stream) {
		bytes += chunk.length;
		if (bytes > MAX_BODY_BYTES) throw new RangeError('The answer was too long');
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}

/** Lets go of an answer that came after its deadline. */
function closeLate({ body }: Answer): void {
	if (isStream(body)) body.destroy();
}

/** A text's JSON, or the text where it is none, with the API key taken out. */
function parsed(text: string, apiKey: string): unknown {
	if (text.trim() === '') return undefined;
	// What is so short is no API key, but may well be a word of the answer.
	const withoutKey = (value: string) =>
		apiKey.length < SHORTEST_KEY ? value : value.replaceAll(apiKey, '[API key]');
	const hidden = withoutKey(text);
	try {
		const body: unknown = JSON.parse(hidden);
		// JSON may write any character as an escape.
		return hidden.includes('\\u') ? JSON.parse(withoutKey(JSON.stringify(body))) : body;
	} catch {
		return hidden;
	}
}

/** An HTTP header's value as a finite number, or `undefined`. */
export function numberInHeader(header: unknown): number | undefined {
	if (typeof header !== 'string' || header.trim() === '') return undefined;
	const number = Number(header);
	return Number.isFinite(number) ? number : undefined;
}

/** `Retry-After`, in seconds or as a date, as an instant in ms. */
function retryAfterOf(header: unknown, now: number): number | undefined {
	const seconds = numberInHeader(header);
	if (seconds !== undefined) return now + seconds * 1000;
	const instant = Date.parse(String(header));
	return Number.isNaN(instant) ? undefined : instant;
}

function resetOf(status: number, headers: Record<string, unknown>, now: number) {
	const reset = numberInHeader(headers['x-ratelimit-reset']);
	const byRateLimit = reset === undefined ? undefined : reset * 1000;
	const byRetryAfter = retryAfterOf(headers['retry-after'], now);
	// Every response carries the rate-limit headers, so they say nothing about other failures.
	const resetAt = status === 429 ? (byRateLimit ?? byRetryAfter) : byRetryAfter;
	const isDate = resetAt !== undefined && !Number.isNaN(new Date(resetAt).getTime());
	return isDate ? resetAt : undefined;
}

/**
 * What the work comes to, or a rejection at the deadline: n8n's own timeout ends only a connection
 * that is silent.
 */
async function by<T>(deadline: AbortSignal, work: Promise<T>): Promise<T> {
	let giveUp = () => {};
	const over = new Promise<never>((_, reject) => {
		giveUp = () => reject(deadline.reason as Error);
	});
	deadline.addEventListener('abort', giveUp, { once: true });
	try {
		return await Promise.race([work, over]);
	} finally {
		// Until its time, a signal with a listener is kept in memory, and the answer with it.
		deadline.removeEventListener('abort', giveUp);
	}
}

function lostReply(code: string, words: string): Reply {
	return {
		headers: {},
		lost: words,
		mayHaveArrived: !NEVER_ARRIVED.has(code),
		now: Date.now(),
		tries: 1,
	};
}

/** Why no answer came, from what n8n's request helper threw. */
function replyToThrown(thrown: unknown): Reply {
	const { httpCode, code, message } = thrown as JsonObject;
	if (thrown instanceof DOMException && thrown.name === 'TimeoutError') {
		return lostReply('ETIMEDOUT', NO_ANSWER_IN_TIME);
	}
	const words = String(message ?? 'The connection ended');
	if (/domain not allowed|no allowed domains/i.test(words)) {
		return { ...lostReply('', words.replace(/\.$/, '')), mayHaveArrived: false };
	}
	const systemCode = String(httpCode ?? code ?? '');
	if (systemCode === 'ERR_CANCELED') {
		return lostReply(systemCode, 'The execution was canceled before the answer came');
	}
	return lostReply(systemCode, `The connection was not made or broke off (${systemCode || words})`);
}

/**
 * Sends one request, once, and reads its answer. Never throws: what went wrong is in the reply.
 *
 * The answer is read here rather than by n8n, for the status of a broken answer to stay known, for
 * its size and time to be bounded, and for the API key to be taken out of it before anybody sees it.
 *
 * @param options method, url, body and what the engine prepared (proxy, allowed domains, SSL)
 * @param timeoutMs how long the request and its answer may take together
 */
export async function exchange(
	context: IAllExecuteFunctions,
	options: IHttpRequestOptions,
	credential: Credential,
	timeoutMs: number,
): Promise<Reply> {
	const deadline = AbortSignal.timeout(timeoutMs);
	let answer: Answer;
	let request: Promise<Answer> | undefined;
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
			// Given along, so that it is not decrypted anew for every request.
			{ credentialsDecrypted: { data: credential.data } as ICredentialsDecrypted },
		) as Promise<Answer>;
		answer = await by(deadline, request);
	} catch (thrown) {
		request?.then(closeLate, () => {});
		return replyToThrown(thrown);
	}

	const { statusCode: status, headers } = answer;
	const date = Date.parse(String(headers.date));
	const now = Number.isNaN(date) ? Date.now() : date;
	const reply: Reply = {
		status,
		headers,
		mayHaveArrived: status < 300 || status === 408 || status >= 500,
		now,
		resetAt: resetOf(status, headers, now),
		tries: 1,
	};
	const { body } = answer;
	if (!isStream(body)) return { ...reply, body };
	try {
		const text = await by(deadline, textOf(body));
		return { ...reply, body: parsed(text, credential.apiKey) };
	} catch (thrown) {
		body.destroy();
		const words = (thrown as Error).message || 'The answer broke off';
		return { ...reply, lost: deadline.aborted ? NO_ANSWER_IN_TIME : words };
	}
}
