import type { IAllExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { ExecutionCanceledError, type ErrorDetails } from '../errors';
import { sleepUnlessAborted } from '../utils';
import type { Credential } from './credential';
import type { Endpoint, RateLimitFamily } from './endpoint';
import { failedResponse, sendHttpRequest, type ApiResponse } from './httpRequest';
import { MAX_RESET_WAIT_MS, RateLimiter } from './rateLimit';
import { isFromSendGrid, toApiError } from './responseErrors';

/** How long one attempt may take, unless the user sets a timeout. */
export const DEFAULT_TIMEOUT_MS = 60_000;

const MAX_ATTEMPTS = 3;

/** How often the general rate limit may refuse one request; a refusal is no attempt. */
const MAX_REFUSALS = 10;

const FIRST_BACKOFF_MS = 400;

/** Ms that a read is given even where the wait it belongs to is over sooner. */
const MIN_READ_MS = 5_000;

/** The rate limits of one API key, as far as the run has learned about them. */
export class RateLimits {
	private readonly limiters = new Map<RateLimitFamily, RateLimiter>();

	of(family: RateLimitFamily): RateLimiter {
		let limiter = this.limiters.get(family);
		if (!limiter) this.limiters.set(family, (limiter = new RateLimiter()));
		return limiter;
	}
}

/** Everything a request needs beside what it asks for. */
export interface RequestContext {
	functions: IAllExecuteFunctions;
	/** What the engine prepared for every request: proxy, SSL, allowed domains. */
	options: IHttpRequestOptions;
	credential: Credential;
	rateLimits: RateLimits;
	/** Aborted where nothing more may be sent. */
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
	/** Instant (ms) after which the request need not be sent any more. */
	deadline?: number;
	/** Kept up to date from the first attempt on. */
	delivery?: Delivery;
	/** What an error says of the request beside its status. */
	details?: ErrorDetails;
	/**
	 * For an endpoint whose 429 can mean something other than the general rate limit.
	 *
	 * @returns whether it does mean the general rate limit
	 */
	isGeneralRateLimit?: (response: ApiResponse) => Promise<boolean>;
}

/**
 * For a read of a wait that ends at `deadline`: it ends a few seconds later at most, and does not
 * start where the rate limit would keep it waiting past the deadline.
 */
export function readLimits({ timeoutMs }: RequestContext, deadline: number) {
	const readMs = Math.max(deadline - Date.now(), MIN_READ_MS);
	return { deadline, timeoutMs: Math.min(readMs, timeoutMs) };
}

/** Ms before the next attempt, with jitter, so that retries are not synchronized. */
function backoff(attempts: number): number {
	return FIRST_BACKOFF_MS * 2 ** (attempts - 1) * (0.5 + Math.random() / 2);
}

/** Whether the response is the success that the reference describes. */
export function isSuccess({ expectedStatuses, isValidBody }: Endpoint, response: ApiResponse) {
	const { status, transportError, body } = response;
	if (status === undefined || !expectedStatuses.includes(status)) return false;
	if (!isValidBody) return isFromSendGrid(response);
	return transportError === undefined && isValidBody(body);
}

/** How many ms to wait before the next attempt; `undefined` where there must be none. */
function retryDelay({ retry }: Endpoint, response: ApiResponse): number | undefined {
	const { status, transportError, maybeProcessed, attempts } = response;
	const mayRetry =
		retry === 'always'
			? transportError !== undefined || status === 408 || (status ?? 0) >= 500
			: retry === 'ifNotDelivered' && !maybeProcessed && status === undefined;
	if (!mayRetry || attempts >= MAX_ATTEMPTS) return undefined;
	const { retryAfterMs = 0 } = response.rateLimit;
	return retryAfterMs <= MAX_RESET_WAIT_MS ? retryAfterMs + backoff(attempts) : undefined;
}

/**
 * Sends a request as often as it may be sent and it helps: at most three attempts. What the general
 * rate limit refuses is sent again after the reset, for which all requests of the run wait.
 *
 * @returns the last response, a success or not
 * @throws the signal's reason, unless an attempt may have been processed before the execution was canceled
 */
export async function requestWithRetries(
	context: RequestContext,
	endpoint: Endpoint,
	parameters: RequestParameters = {},
): Promise<ApiResponse> {
	const { id, query, body, deadline, delivery = {}, isGeneralRateLimit } = parameters;
	const { timeoutMs = context.timeoutMs } = parameters;
	const limiter = context.rateLimits.of(endpoint.rateLimitFamily);
	const path = id === undefined ? endpoint.path : endpoint.path.replace('{id}', id);
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
		for (let attempts = 1, refusals = 0; ;) {
			const release = await limiter.acquire(context.signal, deadline);
			if (!release) return last;
			let response: ApiResponse | undefined;
			try {
				response = await sendHttpRequest(context.functions, options, context.credential, timeoutMs);
			} finally {
				release(response?.rateLimit);
			}
			last = response;
			response.attempts = attempts;
			delivery.maybeProcessed ||= response.maybeProcessed;
			response.maybeProcessed = delivery.maybeProcessed;
			if (isSuccess(endpoint, response)) return response;

			if (response.status === 429) {
				const receivedAt = Date.now();
				if (isGeneralRateLimit && !(await isGeneralRateLimit(response))) return response;
				const { msUntilReset = Infinity } = response.rateLimit;
				if (++refusals >= MAX_REFUSALS || msUntilReset > MAX_RESET_WAIT_MS) return response;
				// To find out may have taken until the reset, which is not waited for again.
				const elapsed = Date.now() - receivedAt;
				limiter.pauseFor(Math.max(msUntilReset - elapsed, 0) + backoff(1) / 2);
				continue;
			}
			const delay = retryDelay(endpoint, response);
			if (delay === undefined || (deadline !== undefined && Date.now() + delay >= deadline)) {
				return response;
			}
			await sleepUnlessAborted(delay, context.signal);
			attempts++;
		}
	};
	return await sendUntilDone().catch((thrown: unknown) => {
		// Of a canceled execution, too, it must be said what may have been processed.
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
