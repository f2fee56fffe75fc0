import type {
	IAllExecuteFunctions,
	IExecuteSingleFunctions,
	IHttpRequestOptions,
} from 'n8n-workflow';
import { ExecutionCanceledError, SendGridApiError, type ErrorDetails } from '../errors';
import { describeValue, isObject, MAX_TIMER_MS, sleepUnlessAborted } from '../utils';
import type { Credential } from './credential';
import type { Endpoint } from './endpoint';
import { failedResponse, sendHttpRequest, type ApiResponse } from './httpRequest';
import { MAX_RESET_WAIT_MS, RateLimits } from './rateLimit';
import { isFromSendGrid, toApiError } from './responseErrors';

export { RateLimits };

/** How long one attempt may take, in ms, unless the user sets a timeout. */
export const DEFAULT_TIMEOUT_MS = 60_000;

const MAX_ATTEMPTS = 3;

/** How often the general rate limit may refuse one request; refusals do not count as attempts. */
const MAX_REFUSALS = 10;

const FIRST_BACKOFF_MS = 400;

/** Minimum time for a read in ms, even if the wait it belongs to ends sooner. */
const MIN_READ_MS = 5_000;

/** Ms that one attempt of an item's requests may take: its Timeout in n8n's request options. */
export function timeoutOf(functions: IExecuteSingleFunctions): number {
	const given: unknown = functions.getNodeParameter('requestOptions', {});
	const timeoutMs = isObject(given) ? Math.ceil(Number(given.timeout)) : NaN;
	return timeoutMs > 0 ? Math.min(timeoutMs, MAX_TIMER_MS) : DEFAULT_TIMEOUT_MS;
}

/** Everything a request needs besides what it asks for. */
export interface RequestContext {
	functions: IAllExecuteFunctions;
	/** What the engine prepared for every request: proxy, SSL, allowed domains. */
	options: IHttpRequestOptions;
	credential: Credential;
	rateLimits: RateLimits;
	/** Aborted when nothing more may be sent. */
	signal: AbortSignal;
	/** How long one attempt may take, in ms. */
	timeoutMs: number;
}

/** What is known of a request that is sent several times, in several tries of the run. */
export interface Delivery {
	/** Whether an attempt may have been processed without a success being seen. */
	maybeProcessed?: boolean;
}

/** What one request asks for. */
export interface RequestParameters {
	/** Of the segment, list, Single Send or job that the endpoint's path names. */
	id?: string;
	query?: URLSearchParams;
	body?: IHttpRequestOptions['body'];
	timeoutMs?: number;
	/** Instant after which the request need not be sent anymore; on the monotonic clock, in ms. */
	deadline?: number;
	/** Kept up to date from the first attempt on. */
	delivery?: Delivery;
	/** What an error contains about the request, besides the status. */
	details?: ErrorDetails;
}

/** A request of its own, outside of a run: for the editor's lists and the trigger. */
export function standaloneContext(
	functions: IAllExecuteFunctions,
	credential: Credential,
	budgetMs = Infinity,
): RequestContext {
	return {
		functions,
		options: { url: '' },
		credential,
		rateLimits: new RateLimits(),
		signal: budgetMs < Infinity ? AbortSignal.timeout(budgetMs) : new AbortController().signal,
		timeoutMs: Math.min(DEFAULT_TIMEOUT_MS, budgetMs),
	};
}

/**
 * For a poll of a wait that ends at `deadline`: it ends a few seconds later at the latest, and does not
 * start if the rate limit would delay it past the deadline.
 */
export function pollLimits({ timeoutMs }: RequestContext, deadline: number) {
	const readMs = Math.max(Math.ceil(deadline - performance.now()), MIN_READ_MS);
	return { deadline, timeoutMs: Math.min(readMs, timeoutMs) };
}

/**
 * The limits for each read of something that is waited for, when it is time for that read: every
 * `pollMs`, and a last time at the deadline.
 *
 * @param deadline on the monotonic clock, in ms
 * @param firstPauseMs before the first read
 * @throws the signal's reason
 */
export async function* pollUntil(
	context: RequestContext,
	deadline: number,
	pollMs: number,
	firstPauseMs = 0,
): AsyncGenerator<ReturnType<typeof pollLimits>> {
	for (let pauseMs = firstPauseMs; ; pauseMs = pollMs) {
		const leftMs = deadline - performance.now();
		if (leftMs <= 0) return;
		await sleepUnlessAborted(Math.min(pauseMs, leftMs), context.signal);
		yield pollLimits(context, deadline);
	}
}

/** Whether no later read would change it: the job is unknown, or the key may not read it. */
export function isFinalRefusal({ status = 0 }: ApiResponse): boolean {
	return [400, 401, 403, 404].includes(status);
}

/** Ms before the next attempt, with jitter, so that retries are not synchronized. */
function backoff(attempts: number): number {
	return FIRST_BACKOFF_MS * 2 ** (attempts - 1) * (0.5 + Math.random() / 2);
}

/** Whether the response is the success that the reference describes. */
export function isSuccess({ isValidBody }: Endpoint, response: ApiResponse): boolean {
	const { status = 0, transportError, body } = response;
	if (status < 200 || status > 299) return false;
	if (!isValidBody) return isFromSendGrid(response);
	return transportError === undefined && isValidBody(body);
}

/** How many ms to wait before the next attempt; `undefined` if there must be none. */
function retryDelay({ retry }: Endpoint, response: ApiResponse): number | undefined {
	const { status, transportError, maybeProcessed, attempts, isRefusedByN8n } = response;
	if (isRefusedByN8n || attempts >= MAX_ATTEMPTS) return undefined;
	const mayRetry =
		retry === 'always'
			? transportError !== undefined || status === 408 || (status ?? 0) >= 500
			: retry === 'ifNotDelivered' && !maybeProcessed && status === undefined;
	if (!mayRetry) return undefined;
	const { retryAfterMs = 0 } = response.rateLimit;
	return retryAfterMs <= MAX_RESET_WAIT_MS ? retryAfterMs + backoff(attempts) : undefined;
}

/** Only an ID may become part of a path, wherever it comes from. */
function pathOf({ path }: Endpoint, id: string | undefined): string {
	if (!path.includes('{id}')) return path;
	if (id !== undefined && id.length <= 100 && /^[\w-]+$/.test(id)) return path.replace('{id}', id);
	throw new SendGridApiError(
		'SendGrid returned an ID that is not valid',
		`The value is ${describeValue(id)}. Check the credential's Base URL.`,
		{},
	);
}

/**
 * A request that the general rate limit refused may be sent again after the reset. Until then, all
 * requests of its family wait.
 *
 * @param refusals how often the request was refused, this time included
 * @param elapsedMs since the response
 * @returns false if the reset is not worth waiting for
 */
export function pauseUntilReset(
	{ rateLimits }: RequestContext,
	{ rateLimitFamily }: Endpoint,
	{ rateLimit: { msUntilReset = Infinity } }: ApiResponse,
	refusals: number,
	elapsedMs = 0,
): boolean {
	if (refusals >= MAX_REFUSALS || msUntilReset > MAX_RESET_WAIT_MS) return false;
	rateLimits.for(rateLimitFamily).pauseFor(msUntilReset - elapsedMs + backoff(1) / 2);
	return true;
}

/**
 * Sends a request, and retries it if that is safe and may help: at most three attempts.
 *
 * @returns the last response, a success or not
 * @throws the signal's reason, unless an attempt may have been processed before the execution was canceled
 */
export async function requestWithRetries(
	context: RequestContext,
	endpoint: Endpoint,
	parameters: RequestParameters = {},
): Promise<ApiResponse> {
	const { functions, credential, signal } = context;
	const { id, query, body, deadline = Infinity, delivery = {} } = parameters;
	const { timeoutMs = context.timeoutMs } = parameters;
	const gate = context.rateLimits.for(endpoint.rateLimitFamily);
	const path = pathOf(endpoint, id);
	const options: IHttpRequestOptions = {
		...context.options,
		method: endpoint.method,
		url: query?.size ? `${path}?${query}` : path,
		headers: { Accept: 'application/json' },
		body,
		json: body !== undefined,
	};
	let last = failedResponse('There was no time left to send it', false);
	const sendUntilDone = async (): Promise<ApiResponse> => {
		for (let attempts = 1, refusals = 1; ;) {
			if (!(await gate.opens(signal, deadline))) return last;
			last = await sendHttpRequest(functions, options, credential, timeoutMs);
			last.attempts = attempts;
			delivery.maybeProcessed ||= last.maybeProcessed;
			last.maybeProcessed = delivery.maybeProcessed;
			gate.learn(last.rateLimit);
			if (isSuccess(endpoint, last) || endpoint.isOwnLimit?.(last)) return last;
			if (last.status === 429) {
				if (!pauseUntilReset(context, endpoint, last, refusals++)) return last;
				continue;
			}
			const delay = retryDelay(endpoint, last);
			if (delay === undefined || performance.now() + delay >= deadline) return last;
			await sleepUnlessAborted(delay, signal);
			attempts++;
		}
	};
	return await sendUntilDone().catch((thrown: unknown) => {
		// Even if the execution was canceled, the item must say what may have been processed.
		if (thrown instanceof ExecutionCanceledError && last.maybeProcessed) return last;
		throw thrown;
	});
}

/**
 * Sends a request and returns the body of its success.
 *
 * @throws SendGridApiError saying what the response, or the lack of one, means
 */
export async function apiRequest<Body>(
	context: RequestContext,
	endpoint: Endpoint,
	parameters: RequestParameters = {},
): Promise<Body> {
	const response = await requestWithRetries(context, endpoint, parameters);
	if (isSuccess(endpoint, response)) return response.body as Body;
	throw toApiError(endpoint, response, parameters);
}
