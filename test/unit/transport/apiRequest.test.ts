import { Readable } from 'node:stream';
import { ExecutionCanceledError } from '../../../nodes/SendGridSegments/errors';
import {
	apiRequest,
	requestWithRetries,
	type RequestParameters,
} from '../../../nodes/SendGridSegments/transport/apiRequest';
import type { Endpoint } from '../../../nodes/SendGridSegments/transport/endpoint';
import { API_KEY, fakeContext, rawResponse, settle, useFakeTimers } from '../fakes';

const NOW = Date.parse('2026-08-18T09:24:18Z');

const endpoint = (retry: Endpoint['retry'], rest: Partial<Endpoint> = {}): Endpoint => ({
	method: 'DELETE',
	path: '/v3/marketing/segments/2.0/{id}',
	rateLimitFamily: 'segments',
	expectedStatuses: [204],
	retry,
	...rest,
});

type Reply = number | Error | 'hang' | ReturnType<typeof rawResponse>;

const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

const brokenStream = () =>
	Readable.from(
		(async function* () {
			yield Buffer.from('{');
			throw new Error('aborted');
		})(),
	);

const tooMany = (headers: Record<string, string> = { 'x-ratelimit-reset': '10' }) =>
	rawResponse(429, { errors: [{ field: null, message: 'too many requests' }] }, headers);

beforeEach(() => {
	useFakeTimers(NOW);
	jest.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
	jest.restoreAllMocks();
	jest.useRealTimers();
});

/** Sends one request and lets time pass until it has ended; the last reply is for all that follow. */
async function send(
	replies: Reply[],
	of: Endpoint = endpoint('always'),
	parameters: RequestParameters = {},
) {
	const sentAt: number[] = [];
	const { context, requests } = fakeContext(() => {
		const reply = replies[Math.min(sentAt.length, replies.length - 1)];
		sentAt.push(Date.now() - NOW);
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
	return { response: await work, sentAt, requests, endedAt: Date.now() - NOW };
}

describe('how often a request is sent', () => {
	const notDelivered = [
		'ECONNREFUSED',
		'ENOTFOUND',
		'EAI_AGAIN',
		'EHOSTUNREACH',
		'ENETUNREACH',
		'EPROTO',
		'ERR_SSL_WRONG_VERSION_NUMBER',
		'ERR_TLS_CERT_ALTNAME_INVALID',
		'CERT_HAS_EXPIRED',
		'DEPTH_ZERO_SELF_SIGNED_CERT',
		'SELF_SIGNED_CERT_IN_CHAIN',
		'UNABLE_TO_GET_ISSUER_CERT',
		'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
		'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	].map((code): [string, string] => [code, 'x']);
	const notSent = [
		'Client network socket disconnected before secure TLS connection was established',
		'Domain not allowed: This credential is restricted',
		'No allowed domains specified',
		'The request was blocked because it resolves to a restricted IP address',
		'Restricted IP address',
		'Invalid proxy URL',
	].map((message): [string, string] => ['ECONNRESET', message]);

	const sent = async (reply: Reply, retry: Endpoint['retry']) =>
		(await send([reply], endpoint(retry))).sentAt.length;

	it.each([...notDelivered, ...notSent])('%s (%s): never arrived', async (code, message) => {
		const error = coded(code, message);
		const { response, sentAt } = await send([error]);
		expect(response).toMatchObject({ maybeProcessed: false, attempts: 3 });
		expect(sentAt).toHaveLength(3);
		expect(await sent(error, 'ifNotDelivered')).toBe(3);
		expect(await sent(error, 'never')).toBe(1);
	});

	it.each([
		['ECONNRESET', 'socket hang up'],
		['ETIMEDOUT', 'x'],
		['ECONNABORTED', 'x'],
		['EPIPE', 'x'],
		['ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC', 'x'],
		['', 'aborted'],
	])('%s (%s): may have arrived', async (code, message) => {
		const error = coded(code, message);
		const { response, sentAt } = await send([error]);
		expect(response).toMatchObject({ maybeProcessed: true, attempts: 3 });
		expect(sentAt).toHaveLength(3);
		expect(await sent(error, 'ifNotDelivered')).toBe(1);
		expect(await sent(error, 'never')).toBe(1);
	});

	it.each([
		[408, 3, true],
		[500, 3, true],
		[503, 3, true],
		[200, 1, true],
		[204, 1, true],
		[300, 1, false],
		[400, 1, false],
		[404, 1, false],
		[499, 1, false],
	])('%d: %d times, may have been processed: %s', async (status, times, maybeProcessed) => {
		const { response, sentAt } = await send([status]);
		expect(sentAt).toHaveLength(times);
		expect(response).toMatchObject({ status, maybeProcessed, attempts: times });
		expect(await sent(status, 'ifNotDelivered')).toBe(1);
		expect(await sent(status, 'never')).toBe(1);
	});

	it('not again after a success', async () => {
		const { response, sentAt } = await send([503, 204, 500]);
		expect(response).toMatchObject({ status: 204, attempts: 2 });
		expect(sentAt).toHaveLength(2);
	});

	it('not again where one of several attempts may have arrived', async () => {
		const replies = [coded('ECONNREFUSED'), coded('ECONNRESET'), 204];
		const { response, sentAt } = await send(replies, endpoint('ifNotDelivered'));
		expect(sentAt).toHaveLength(2);
		expect(response.maybeProcessed).toBe(true);
	});

	it('remembers through later attempts and tries that one may have arrived', async () => {
		const delivery = {};
		expect(
			(await send([coded('ECONNRESET'), 404], undefined, { delivery })).response,
		).toMatchObject({ status: 404, maybeProcessed: true });
		expect(delivery).toEqual({ maybeProcessed: true });
		const refused = await send([coded('ECONNREFUSED')], endpoint('ifNotDelivered'), { delivery });
		expect(refused.response.maybeProcessed).toBe(true);
		expect(refused.sentAt).toHaveLength(1);
	});
});

describe('how long it waits before the next attempt', () => {
	it.each([
		[0, [0, 200, 600]],
		[0.5, [0, 300, 900]],
		[1, [0, 400, 1_200]],
	])('longer each time, with jitter (%d)', async (random, sentAt) => {
		jest.mocked(Math.random).mockReturnValue(random);
		expect((await send([503])).sentAt).toEqual(sentAt);
	});

	it.each([
		['7', [0, 7_300, 14_900]],
		['60', [0, 60_300, 120_900]],
		['61', [0]],
	])('Retry-After %s with a 503', async (retryAfter, sentAt) => {
		const reply = () => rawResponse(503, '', { 'retry-after': retryAfter });
		expect((await send([reply(), reply(), reply()])).sentAt).toEqual(sentAt);
	});

	it('no longer for a rate limit that has requests left', async () => {
		const headers = { 'x-ratelimit-remaining': '500', 'x-ratelimit-reset': '40' };
		const broken = { ...rawResponse(204, '', headers), body: brokenStream() };
		const withBody = endpoint('always', { isValidBody: () => true });
		const { sentAt } = await send([broken, rawResponse(503, '', headers), 204], withBody);
		expect(sentAt).toEqual([0, 300, 900]);
	});

	it('until the reset where none is left', async () => {
		const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '40' };
		const { sentAt } = await send([rawResponse(503, '', headers), 204]);
		expect(sentAt).toEqual([0, 40_250]);
	});
});

describe('a refusal by the general rate limit', () => {
	it.each(['always', 'ifNotDelivered', 'never'] as const)('is no attempt (%s)', async (retry) => {
		const { response, sentAt } = await send([tooMany(), tooMany(), 204], endpoint(retry));
		expect(response).toMatchObject({ status: 204, attempts: 1, maybeProcessed: true });
		expect(sentAt).toHaveLength(3);
		expect(sentAt[1]).toBeGreaterThan(10_000);
		expect(sentAt[1]).toBeLessThan(10_800);
	});

	it('leaves all three attempts', async () => {
		const { response, sentAt } = await send([tooMany(), 503, tooMany(), 503, tooMany(), 503]);
		expect(response).toMatchObject({ status: 503, attempts: 3 });
		expect(sentAt).toHaveLength(6);
	});

	it('is the result after ten', async () => {
		const { response, sentAt } = await send(Array.from({ length: 20 }, () => tooMany()));
		expect(response).toMatchObject({ status: 429, attempts: 1, maybeProcessed: false });
		expect(sentAt).toHaveLength(10);
	});

	it.each<[string, Record<string, string>]>([
		['more than a minute away', { 'x-ratelimit-reset': '61' }],
		['not given', {}],
	])('is the result where the reset is %s', async (_, headers) => {
		const { response, sentAt, endedAt } = await send([tooMany(headers)]);
		expect(response.status).toBe(429);
		expect(sentAt).toEqual([0]);
		expect(endedAt).toBe(0);
	});

	it.each([
		[0, 10_100],
		[1, 10_700],
	])('is never sent again before the reset, nor long after it (%d)', async (random, sentAt) => {
		jest.mocked(Math.random).mockReturnValue(random);
		expect((await send([tooMany(), 204])).sentAt).toEqual([0, sentAt]);
	});

	it('is waited for where the reset is a whole minute away', async () => {
		const { sentAt } = await send([tooMany({ 'x-ratelimit-reset': '60' }), 204]);
		expect(sentAt).toHaveLength(2);
	});

	it.each([
		[4_000, 10_400],
		[15_000, 15_400],
	])('waits for what is left of the time when its meaning took %d ms', async (ms, sentAt) => {
		const isGeneralRateLimit = async () => {
			await new Promise((resolve) => setTimeout(resolve, ms));
			return true;
		};
		const ended = await send([tooMany(), 204], undefined, { isGeneralRateLimit });
		expect(ended.sentAt).toEqual([0, sentAt]);
	});

	it('is the result where the endpoint says that it is another limit', async () => {
		const isGeneralRateLimit = jest.fn(async () => false);
		const { sentAt } = await send([tooMany()], undefined, { isGeneralRateLimit });
		expect(sentAt).toHaveLength(1);
		expect(isGeneralRateLimit).toHaveBeenCalledWith(expect.objectContaining({ status: 429 }));
	});

	it('pauses the requests of its family, and no others', async () => {
		const sent: string[] = [];
		const { context } = fakeContext(({ url }) => {
			sent.push(url);
			return sent.length === 1 ? tooMany() : rawResponse(204);
		});
		const path = (name: string) => ({ path: `/${name}` });
		void requestWithRetries(context, endpoint('always', path('first')));
		await settle();
		void requestWithRetries(context, endpoint('always', path('second')));
		void requestWithRetries(
			context,
			endpoint('always', { ...path('list'), rateLimitFamily: 'lists' }),
		);
		await settle();
		expect(sent).toEqual(['/first', '/list']);
		jest.advanceTimersByTime(10_300);
		await settle();
		jest.advanceTimersByTime(500);
		await settle();
		expect(sent.sort()).toEqual(['/first', '/first', '/list', '/second']);
	});
});

describe('a deadline', () => {
	it('ends the attempts that would come after it', async () => {
		const { sentAt, response } = await send([503], undefined, { deadline: NOW + 900 });
		expect(sentAt).toEqual([0, 300]);
		expect(response).toMatchObject({ status: 503, attempts: 2 });
	});

	it('ends the wait for a reset that comes after it', async () => {
		const deadline = NOW + 9_000;
		const { response, sentAt, endedAt } = await send([tooMany(), 204], undefined, { deadline });
		expect(response.status).toBe(429);
		expect(sentAt).toEqual([0]);
		expect(endedAt).toBe(0);
	});

	it('says so where nothing was sent', async () => {
		const { context, requests } = fakeContext(() => rawResponse(204));
		context.rateLimits.of('segments').pauseFor(5_000);
		const response = await requestWithRetries(context, endpoint('always'), {
			deadline: NOW + 1_000,
		});
		expect(requests).not.toHaveBeenCalled();
		expect(response).toMatchObject({
			maybeProcessed: false,
			transportError: 'There was no time left to send it',
		});
	});
});

describe('a request without a response', () => {
	it('ends after its time, and may have arrived', async () => {
		const { response, sentAt } = await send(['hang'], undefined, { timeoutMs: 2_000 });
		expect(sentAt).toEqual([0, 2_300, 4_900]);
		expect(response).toMatchObject({
			maybeProcessed: true,
			transportError: 'The request timed out',
		});
	});

	it("has the context's time where it has none of its own", async () => {
		const { requests, endedAt } = await send(['hang'], endpoint('never'));
		expect(endedAt).toBe(60_000);
		expect(requests.mock.calls[0][1]).toMatchObject({ timeout: 60_000 });
	});
});

describe('an aborted run', () => {
	const reason = new Error('stopped');

	it('sends nothing', async () => {
		const { context, requests } = fakeContext(() => rawResponse(204), {
			signal: AbortSignal.abort(reason),
		});
		await expect(requestWithRetries(context, endpoint('always'))).rejects.toBe(reason);
		expect(requests).not.toHaveBeenCalled();
	});

	it.each<[string, () => ReturnType<typeof rawResponse>]>([
		['between two attempts', () => rawResponse(503)],
		['while it waits for a reset', () => tooMany()],
	])('sends nothing more, %s, and does not wait', async (_, reply) => {
		const controller = new AbortController();
		const { context, requests } = fakeContext(reply, { signal: controller.signal });
		const work = requestWithRetries(context, endpoint('always'));
		const ended = jest.fn();
		work.catch(ended);
		await settle();
		controller.abort(reason);
		await settle();
		expect(ended).toHaveBeenCalledWith(reason);
		jest.runAllTimers();
		await settle();
		expect(requests).toHaveBeenCalledTimes(1);
	});

	it('ends with the last response where the execution is canceled and it may have taken effect', async () => {
		const controller = new AbortController();
		const { context } = fakeContext(() => rawResponse(503), { signal: controller.signal });
		const work = requestWithRetries(context, endpoint('always'));
		await settle();
		controller.abort(new ExecutionCanceledError());
		expect(await work).toMatchObject({ status: 503, maybeProcessed: true });
	});

	it('sends no more once the response arrives', async () => {
		const controller = new AbortController();
		const { context, requests } = fakeContext(
			() => {
				controller.abort(reason);
				throw coded('ERR_CANCELED');
			},
			{ signal: controller.signal },
		);
		await expect(requestWithRetries(context, endpoint('always'))).rejects.toBe(reason);
		expect(requests).toHaveBeenCalledTimes(1);
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

describe('apiRequest', () => {
	const read = endpoint('never', { expectedStatuses: [200], isValidBody: (body) => body !== 7 });

	it('returns the body of a success', async () => {
		const { context } = fakeContext(() => rawResponse(200, { id: '1' }));
		await expect(apiRequest(context, read)).resolves.toEqual({ id: '1' });
	});

	it.each<[string, () => ReturnType<typeof rawResponse>]>([
		['another status', () => rawResponse(404, { errors: [] })],
		['another body', () => rawResponse(200, '7')],
	])('throws for %s', async (_, reply) => {
		await expect(apiRequest(fakeContext(reply).context, read)).rejects.toMatchObject({
			name: 'SendGridApiError',
		});
	});

	it('takes a page of a web server for no success, even where no body is expected', async () => {
		const { context } = fakeContext(() =>
			rawResponse(204, '<html></html>', { 'content-type': 'text/html' }),
		);
		await expect(apiRequest(context, endpoint('never'))).rejects.toMatchObject({
			message: 'The response did not come from SendGrid',
		});
	});
});
