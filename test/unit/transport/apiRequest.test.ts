import { ExecutionCanceledError } from '../../../nodes/SendGridSegments/errors';
import {
	apiRequest,
	isSuccess,
	pollLimits,
	requestWithRetries,
	timeoutOf,
	type RequestParameters,
} from '../../../nodes/SendGridSegments/transport/apiRequest';
import type { Endpoint } from '../../../nodes/SendGridSegments/transport/endpoint';
import { failedResponse } from '../../../nodes/SendGridSegments/transport/httpRequest';
import { coded, says } from '../fakeSendGrid';
import { API_KEY, fakeContext, rawResponse, settle, useFakeTimers } from '../fakes';

const NOW = Date.parse('2026-08-18T09:24:18Z');

const endpoint = (retry: Endpoint['retry'], rest: Partial<Endpoint> = {}): Endpoint => ({
	method: 'DELETE',
	path: '/v3/marketing/segments/2.0/{id}',
	rateLimitFamily: 'segments',
	retry,
	...rest,
});

type Reply = number | Error | 'hang' | ReturnType<typeof rawResponse>;

const tooMany = (headers: Record<string, string> = { 'x-ratelimit-reset': '10' }) =>
	rawResponse(429, says('too many requests'), headers);

beforeEach(() => useFakeTimers(NOW));

afterEach(() => {
	jest.restoreAllMocks();
	jest.useRealTimers();
});

/**
 * Sends one request and lets time pass until it has ended; the last reply is for all that follow.
 *
 * @returns the response, and for each time that it was sent, after how many seconds
 */
async function send(
	replies: Reply[],
	of: Endpoint = endpoint('always'),
	parameters: RequestParameters = {},
) {
	const sentAt: number[] = [];
	const start = performance.now();
	const { context, requests } = fakeContext(() => {
		const reply = replies[Math.min(sentAt.length, replies.length - 1)];
		sentAt.push((performance.now() - start) / 1000);
		if (reply === 'hang') return new Promise(() => {});
		if (reply instanceof Error) throw reply;
		return typeof reply === 'number' ? rawResponse(reply) : reply;
	});
	const work = requestWithRetries(context, of, { id: 'x', ...parameters });
	let isDone = false;
	void work.finally(() => (isDone = true)).catch(() => {});
	await settle();
	for (let timers = 0; !isDone && timers < 200; timers++) {
		jest.advanceTimersToNextTimer();
		await settle();
	}
	expect(isDone).toBe(true);
	const endedAt = (performance.now() - start) / 1000;
	return { response: await work, sentAt, requests, endedAt };
}

describe('how often a request is sent', () => {
	it.each<[string, Reply, boolean, number, number]>([
		['never arrived', coded('ECONNREFUSED'), false, 3, 3],
		['may have arrived', coded('ECONNRESET'), true, 3, 1],
		['timed out on the way', coded('ETIMEDOUT', 'read ETIMEDOUT'), true, 3, 1],
		['n8n refused it', coded('', 'Domain not allowed'), false, 1, 1],
		['408', 408, true, 3, 1],
		['500', 500, true, 3, 1],
		['503', 503, true, 3, 1],
		['204', 204, true, 1, 1],
		['302', 302, false, 1, 1],
		['400', 400, false, 1, 1],
		['404', 404, false, 1, 1],
		['499', 499, false, 1, 1],
	])('%s', async (_, reply, maybeProcessed, always, ifNotDelivered) => {
		for (const [retry, times] of [
			['always', always],
			['ifNotDelivered', ifNotDelivered],
			['never', 1],
		] as const) {
			const { response, sentAt } = await send([reply], endpoint(retry));
			expect({ retry, times: sentAt.length }).toEqual({ retry, times });
			expect(response).toMatchObject({ maybeProcessed, attempts: times });
		}
	});

	it('not again after a success', async () => {
		const { response, sentAt } = await send([503, 204, 500]);
		expect(response).toMatchObject({ status: 204, attempts: 2 });
		expect(sentAt).toHaveLength(2);
	});

	it('not again if one of several attempts may have arrived', async () => {
		const replies = [coded('ECONNREFUSED'), coded('ECONNRESET'), 204];
		const { response, sentAt } = await send(replies, endpoint('ifNotDelivered'));
		expect(sentAt).toHaveLength(2);
		expect(response.maybeProcessed).toBe(true);
	});

	it('remembers through later attempts and tries that one may have arrived', async () => {
		const delivery = {};
		const first = await send([coded('ECONNRESET'), 404], undefined, { delivery });
		expect(first.response).toMatchObject({ status: 404, maybeProcessed: true });
		expect(delivery).toEqual({ maybeProcessed: true });
		const next = await send([coded('ECONNREFUSED')], endpoint('ifNotDelivered'), { delivery });
		expect(next.response.maybeProcessed).toBe(true);
		expect(next.sentAt).toHaveLength(1);
	});
});

describe('the time between attempts', () => {
	it('grows, and differs between requests', async () => {
		const gaps: number[] = [];
		for (let i = 0; i < 10; i++) {
			const { sentAt } = await send([503]);
			gaps.push(sentAt[1]);
			expect(sentAt[2] - sentAt[1]).toBeGreaterThanOrEqual(sentAt[1]);
		}
		expect(Math.min(...gaps)).toBeGreaterThan(0);
		expect(new Set(gaps).size).toBeGreaterThan(1);
	});

	it.each([
		['7', 3],
		['60', 3],
		['61', 1],
	])('is at least Retry-After %s, with which it is sent %d times', async (retryAfter, times) => {
		const reply = () => rawResponse(503, '', { 'retry-after': retryAfter });
		const { sentAt } = await send([reply(), reply(), reply()]);
		expect(sentAt).toHaveLength(times);
		for (let i = 1; i < times; i++) {
			expect(sentAt[i] - sentAt[i - 1]).toBeGreaterThan(Number(retryAfter));
		}
	});

	it('is not longer for a rate limit that has requests left, and lasts until the reset if none is', async () => {
		const headers = (remaining: string) => ({
			'x-ratelimit-remaining': remaining,
			'x-ratelimit-reset': '40',
		});
		const withRest = await send([rawResponse(503, '', headers('500')), 204]);
		expect(withRest.sentAt[1]).toBeLessThan(5);
		const without = await send([rawResponse(503, '', headers('0')), 204]);
		expect(without.sentAt[1]).toBeGreaterThanOrEqual(40);
	});
});

describe('a refusal by the general rate limit', () => {
	it.each(['always', 'ifNotDelivered', 'never'] as const)(
		'is no attempt, and is sent again after the reset (%s)',
		async (retry) => {
			const { response, sentAt } = await send([tooMany(), tooMany(), 204], endpoint(retry));
			expect(response).toMatchObject({ status: 204, attempts: 1 });
			expect(sentAt).toHaveLength(3);
			expect(sentAt[1]).toBeGreaterThan(10);
			expect(sentAt[2] - sentAt[1]).toBeGreaterThan(10);
		},
	);

	it.each<[string, Record<string, string>, number]>([
		['a whole minute away', { 'x-ratelimit-reset': '60' }, 2],
		['more than a minute away', { 'x-ratelimit-reset': '61' }, 1],
		['not given', {}, 1],
	])('whose reset is %s', async (_, headers, times) => {
		const { sentAt, endedAt } = await send([tooMany(headers), 204]);
		expect(sentAt).toHaveLength(times);
		if (times === 1) expect(endedAt).toBe(0);
	});

	it("is the result if it is a limit of the endpoint's own, and pauses nothing", async () => {
		const isOwnLimit = jest.fn(() => true);
		const { response, sentAt, endedAt } = await send(
			[tooMany()],
			endpoint('always', { isOwnLimit }),
		);
		expect(response.status).toBe(429);
		expect(isOwnLimit).toHaveBeenCalledWith(response);
		expect({ times: sentAt.length, endedAt }).toEqual({ times: 1, endedAt: 0 });
	});

	it('pauses the requests of its family, and no others', async () => {
		const sent: string[] = [];
		const { context } = fakeContext(({ url }) => {
			sent.push(url);
			return sent.length === 1 ? tooMany() : rawResponse(204);
		});
		const request = (path: string, rest: Partial<Endpoint> = {}) =>
			void requestWithRetries(context, endpoint('always', { path, ...rest }));
		request('/first');
		await settle();
		request('/second');
		request('/list', { rateLimitFamily: 'lists' });
		await settle();
		expect(sent).toEqual(['/first', '/list']);
		await jest.advanceTimersByTimeAsync(9_999);
		expect(sent).toEqual(['/first', '/list']);
		await jest.advanceTimersByTimeAsync(60_000);
		await settle();
		expect(sent.sort()).toEqual(['/first', '/first', '/list', '/second']);
	});
});

describe('a deadline', () => {
	it('ends the attempts that would come after it', async () => {
		const deadline = performance.now() + 100;
		const { sentAt, response, endedAt } = await send([503], undefined, { deadline });
		expect(sentAt).toEqual([0]);
		expect(response).toMatchObject({ status: 503, attempts: 1 });
		expect(endedAt).toBe(0);
	});

	it('ends the wait for a reset that comes after it', async () => {
		const deadline = performance.now() + 9_000;
		const { response, sentAt, endedAt } = await send([tooMany(), 204], undefined, { deadline });
		expect(response.status).toBe(429);
		expect({ sentAt, endedAt }).toEqual({ sentAt: [0], endedAt: 0 });
	});

	it('says so if nothing was sent', async () => {
		const { context, requests } = fakeContext(() => rawResponse(204));
		context.rateLimits.for('segments').pauseFor(5_000);
		const response = await requestWithRetries(context, endpoint('always'), {
			id: 'x',
			deadline: performance.now() + 1_000,
		});
		expect(requests).not.toHaveBeenCalled();
		expect(response).toMatchObject({
			maybeProcessed: false,
			transportError: 'There was no time left to send it',
		});
	});

	it('of a wait leaves its last read the time that it needs, but not more than one attempt has', () => {
		const limits = (ms: number, timeoutMs: number) => {
			const deadline = performance.now() + ms;
			return pollLimits(fakeContext(() => {}, { timeoutMs }).context, deadline).timeoutMs;
		};
		expect(limits(30_000, 60_000)).toBe(30_000);
		expect(limits(100, 60_000)).toBeGreaterThan(1_000);
		expect(limits(30_000, 2_000)).toBe(2_000);
	});
});

describe('a request without a response', () => {
	it("has the item's time if it has none of its own", async () => {
		const { requests, endedAt } = await send(['hang'], endpoint('never'));
		expect(endedAt).toBe(60);
		expect(requests.mock.calls[0][1]).toMatchObject({ timeout: 60_000 });
	});

	it.each<[unknown, number]>([
		[{ timeout: 1500.5 }, 1501],
		[{ timeout: 1e12 }, 2 ** 31 - 1],
		[{ timeout: '7' }, 7],
		[{ timeout: 0 }, 60_000],
		[{ timeout: -1 }, 60_000],
		[{ timeout: 'x' }, 60_000],
		[{}, 60_000],
		['x', 60_000],
		[null, 60_000],
	])("n8n's request options %j give an attempt %d ms", (given, expected) => {
		const getNodeParameter = (name: string) => name === 'requestOptions' && given;
		expect(timeoutOf({ getNodeParameter } as never)).toBe(expected);
	});
});

describe('an aborted run', () => {
	const reason = new Error('stopped');

	it('sends nothing', async () => {
		const { context, requests } = fakeContext(() => rawResponse(204), {
			signal: AbortSignal.abort(reason),
		});
		const work = requestWithRetries(context, endpoint('always'), { id: 'x' });
		await expect(work).rejects.toBe(reason);
		expect(requests).not.toHaveBeenCalled();
	});

	it('that was canceled ends with the last response if that may have taken effect', async () => {
		for (const [status, expected] of [
			[503, { status: 503, maybeProcessed: true }],
			[429, 'canceled'],
		] as const) {
			const controller = new AbortController();
			const { context } = fakeContext(() => rawResponse(status, '', { 'retry-after': '10' }), {
				signal: controller.signal,
			});
			const work = requestWithRetries(context, endpoint('always'), { id: 'x' });
			const ended = work.catch((thrown) => thrown as unknown);
			await settle();
			controller.abort(new ExecutionCanceledError());
			if (expected === 'canceled') expect(await ended).toBeInstanceOf(ExecutionCanceledError);
			else expect(await ended).toMatchObject(expected);
		}
	});
});

it('sends what was asked for, as the engine prepared it', async () => {
	const query = new URLSearchParams({ contacts_sample: 'false' });
	const body = { name: 'x' };
	const { requests } = await send([204], undefined, { id: 'abc', query, body });
	const [type, options, extra] = requests.mock.calls[0];
	expect(type).toBe('sendGridSegmentsApi');
	expect(options).toMatchObject({
		method: 'DELETE',
		url: '/v3/marketing/segments/2.0/abc?contacts_sample=false',
		headers: { Accept: 'application/json' },
		body,
		json: true,
		proxy: { host: 'proxy.example.com' },
		disableFollowRedirect: true,
		ignoreHttpStatusErrors: true,
	});
	expect(extra).toEqual({ credentialsDecrypted: { data: { apiKey: API_KEY } } });
	expect((await send([204])).requests.mock.calls[0][1]).toMatchObject({
		url: '/v3/marketing/segments/2.0/x',
		body: undefined,
		json: false,
	});
});

it.each(['../1', 'a/b', '', 'a?b', 'a#b', '%2e', 'x'.repeat(101), undefined])(
	'nothing but an ID becomes part of a path: %j',
	async (id) => {
		const { context, requests } = fakeContext(() => rawResponse(204));
		await expect(requestWithRetries(context, endpoint('never'), { id })).rejects.toThrow(
			'SendGrid returned an ID that is not valid',
		);
		expect(requests).not.toHaveBeenCalled();
	},
);

describe('a success', () => {
	const withId = endpoint('never', { isValidBody: (body) => (body as { id?: 1 })?.id === 1 });
	const none = endpoint('never');
	const html = { 'content-type': 'text/html' };

	it.each<[string, Endpoint, number, unknown, Record<string, string>, boolean]>([
		['the documented body', withId, 200, { id: 1 }, {}, true],
		['the documented body with another 2xx', withId, 202, { id: 1 }, {}, true],
		['another body', withId, 200, { id: 2 }, {}, false],
		['no body', withId, 204, undefined, {}, false],
		['any 2xx if no body is documented', none, 299, undefined, {}, true],
		['a body if none is documented', none, 200, {}, {}, true],
		["a web server's page", none, 200, '<html></html>', html, false],
		['a redirect', none, 302, undefined, {}, false],
		['a refusal with the documented body', withId, 400, { id: 1 }, {}, false],
	])('%s', (_, of, status, body, headers, expected) => {
		const response = { ...failedResponse('', false), transportError: undefined };
		expect(isSuccess(of, { ...response, status, body, headers })).toBe(expected);
	});

	it('is what apiRequest returns; it throws for anything else', async () => {
		const respond = (body: unknown) => fakeContext(() => rawResponse(200, body)).context;
		await expect(apiRequest(respond({ id: 1 }), withId, { id: 'x' })).resolves.toEqual({ id: 1 });
		await expect(apiRequest(respond({ id: 2 }), withId, { id: 'x' })).rejects.toMatchObject({
			name: 'SendGridApiError',
			message: "SendGrid's response could not be read",
		});
	});
});
