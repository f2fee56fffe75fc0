import type { IAllExecuteFunctions, IHttpRequestMethods, IHttpRequestOptions } from 'n8n-workflow';
import type { Credential } from './credential';
import { exchange, type Reply } from './exchange';
import { failureOf, type Asked } from './failures';
import type { Attempt } from './run';

/** How long one try lasts at most, unless the user sets a timeout. */
export const DEFAULT_TIMEOUT_MS = 60_000;

const MAX_TRIES = 3;

const MAX_WAIT_MS = 60_000;

const FIRST_BACKOFF_MS = 400;

/** One request of SendGrid's API, as its reference describes it, and what may be done about it. */
export interface ApiRequest {
	method: IHttpRequestMethods;
	/** Path below the base URL; `{segment_id}` stands for the segment's ID. */
	url: string;
	/** The statuses of a success. */
	success: number[];
	/** Whether a success must bring this body; without it, the status alone counts. */
	answers?: (body: unknown) => boolean;
	/**
	 * Which tries may be repeated.
	 * `always`: also one whose fate is unknown, since doing it twice does what doing it once does.
	 * `unlessArrived`: only one that surely never arrived, or that the general rate limit turned away.
	 * `never`: none.
	 */
	repeat: 'always' | 'unlessArrived' | 'never';
	/** Whether a 429 may mean something else than the general rate limit; then it is not repeated. */
	has429OfItsOwn?: boolean;
}

/** What sending needs: on whose behalf, with which settings, as part of which run. */
export interface Sender {
	context: IAllExecuteFunctions;
	/** What the engine prepared for every request: proxy, SSL, allowed domains. */
	options: IHttpRequestOptions;
	credential: Credential;
	attempt: Attempt;
	/** How long one try may last, in ms. */
	timeoutMs: number;
}

/** What goes into one request. */
export interface Particulars extends Partial<Asked> {
	query?: URLSearchParams;
	body?: IHttpRequestOptions['body'];
	timeoutMs?: number;
	/** Where it is kept, from before the first try on, whether one of them may have arrived. */
	arrival?: { mayHaveArrived?: boolean };
}

/** Milliseconds of backoff, growing with the tries, jittered so that items do not come in step. */
function backoff(tries: number): number {
	return FIRST_BACKOFF_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
}

/** Whether the answer is the success that the reference describes. */
export function isSuccess(request: ApiRequest, reply: Reply): boolean {
	if (reply.status === undefined || !request.success.includes(reply.status)) return false;
	return !request.answers || (reply.lost === undefined && request.answers(reply.body));
}

/** How many ms to wait before the request is sent again, or `undefined` where it must not be. */
function delayBeforeRepeat(request: ApiRequest, reply: Reply): number | undefined {
	if (reply.status === 429) {
		return request.repeat === 'never' || request.has429OfItsOwn ? undefined : untilReset(reply);
	}
	const mayRepeat =
		request.repeat === 'always'
			? reply.lost !== undefined || reply.status === 408 || (reply.status ?? 0) >= 500
			: request.repeat === 'unlessArrived' && !reply.mayHaveArrived && reply.status === undefined;
	if (!mayRepeat) return undefined;
	return reply.resetAt === undefined ? backoff(reply.tries) : untilReset(reply);
}

/** Ms until the reset that the answer names; `undefined` without one within a minute. */
export function untilReset(reply: Reply): number | undefined {
	if (reply.resetAt === undefined) return undefined;
	const rest = Math.max(reply.resetAt - reply.now, 0);
	return rest <= MAX_WAIT_MS ? rest + backoff(1) / 2 : undefined;
}

/**
 * Sends a request, as often as it may be sent and it helps: three tries at most. A general
 * rate-limit answer keeps the whole run back until its reset.
 *
 * @returns the last answer, a success or not
 */
export async function send(
	sender: Sender,
	request: ApiRequest,
	{ segmentId, query, body, timeoutMs = sender.timeoutMs, arrival = {} }: Particulars = {},
): Promise<Reply> {
	const { attempt } = sender;
	const path = segmentId ? request.url.replace('{segment_id}', segmentId) : request.url;
	const options: IHttpRequestOptions = {
		...sender.options,
		method: request.method,
		url: query?.size ? `${path}?${query}` : path,
		body,
		json: body !== undefined,
	};
	for (let tries = 1; ; tries++) {
		await attempt.run.resumed(attempt);
		const reply = await exchange(sender.context, options, sender.credential, timeoutMs);
		reply.tries = tries;
		arrival.mayHaveArrived ||= reply.mayHaveArrived;
		reply.mayHaveArrived = arrival.mayHaveArrived;
		if (isSuccess(request, reply)) return reply;

		const delay = delayBeforeRepeat(request, reply);
		if (reply.status === 429 && !request.has429OfItsOwn) {
			attempt.run.pauseUntil(Date.now() + (untilReset(reply) ?? 0));
		}
		const isOver = tries === MAX_TRIES || attempt.run.cancelSignal?.aborted;
		if (delay === undefined || isOver) return reply;
		await attempt.waitUntil(Date.now() + delay);
	}
}

/**
 * Sends a request and gives the body of its success.
 *
 * @throws SegmentFailure saying what the answer, or the lack of one, means
 */
export async function ask<Body>(
	sender: Sender,
	request: ApiRequest,
	particulars: Particulars = {},
): Promise<Body> {
	const reply = await send(sender, request, particulars);
	if (isSuccess(request, reply)) return reply.body as Body;
	throw failureOf(reply, { ...particulars, method: request.method });
}
