import { ExecutionCanceledError } from '../../../nodes/SendGridSegments/errors';
import {
	pollLimits,
	requestWithRetries,
	timeoutOf,
	type RequestParameters,
} from '../../../nodes/SendGridSegments/transport/apiRequest';
import type { Endpoint } from '../../../nodes/SendGridSegments/transport/endpoint';
import { coded, FakeSendGrid, says, useFakeClock, type FakeResponse } from '../fakeSendGrid';
import { fakeContext } from '../fakes';

useFakeClock();

const endpoint = (retry: Endpoint['retry']): Endpoint => ({
	method: 'DELETE',
	path: '/v3/marketing/segments/2.0/{id}',
	rateLimitFamily: 'segments',
	retry,
});

const tooMany = (headers: Record<string, string> = { 'x-ratelimit-reset': '10' }) => ({
	status: 429,
	body: says('too many requests'),
	headers,
});

/**
 * Sends one request and lets time pass until it has ended; the last response is for all that follow.
 *
 * @param responses the number is a status
 * @returns the response, and for each time that it was sent, after how many seconds
 */
async function send(
	responses: Array<number | FakeResponse>,
	of = endpoint('always'),
	parameters: RequestParameters = {},
) {
	const sendGrid = new FakeSendGrid(
		responses.map((each) => (typeof each === 'number' ? { status: each } : each)),
	);
	const { result: response, endedAt } = await sendGrid.finish(
		requestWithRetries(sendGrid.context, of, { id: 'x', ...parameters }),
	);
	return { response, endedAt, sentAt: sendGrid.sentAt };
}

describe('how often a request is sent', () => {
	it.each<[string, number | FakeResponse, boolean, number, number]>([
		['never arrived', coded('ECONNREFUSED'), false, 3, 3],
		['may have arrived', coded('ECONNRESET'), true, 3, 1],
		['timed out on the way', coded('ETIMEDOUT', 'read ETIMEDOUT'), true, 3, 1],
		['n8n refused it', coded('', 'Domain not allowed'), false, 1, 1],
		['408', 408, true, 3, 1],
		['500', 500, true, 3, 1],
		['204', 204, true, 1, 1],
		['302', 302, false, 1, 1],
		['400', 400, false, 1, 1],
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
		const { sentAt } = await send([{ status: 503, headers: { 'retry-after': retryAfter } }]);
		expect(sentAt).toHaveLength(times);
		for (let i = 1; i < times; i++) {
			expect(sentAt[i] - sentAt[i - 1]).toBeGreaterThan(Number(retryAfter));
		}
	});

	it('is not longer for a rate limit that has requests left, and lasts until the reset if none is', async () => {
		const sentAgainAfter = async (remaining: string) => {
			const headers = { 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': '40' };
			return (await send([{ status: 503, headers }, 204])).sentAt[1];
		};
		expect(await sentAgainAfter('500')).toBeLessThan(5);
		expect(await sentAgainAfter('0')).toBeGreaterThanOrEqual(40);
	});
});

it.each<[string, Record<string, string>, number]>([
	['a whole minute away', { 'x-ratelimit-reset': '60' }, 2],
	['more than a minute away', { 'x-ratelimit-reset': '61' }, 1],
	['not given', {}, 1],
])('a refusal by the general rate limit whose reset is %s', async (_, headers, times) => {
	const { response, sentAt, endedAt } = await send([tooMany(headers), 204], endpoint('never'));
	expect(sentAt).toHaveLength(times);
	expect(response.attempts).toBe(1);
	if (times === 1) expect(endedAt).toBe(0);
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
		const { context, sentAt } = new FakeSendGrid([{ status: 204 }]);
		context.rateLimits.for('segments').pauseFor(5_000);
		const deadline = performance.now() + 1_000;
		const response = await requestWithRetries(context, endpoint('always'), { id: 'x', deadline });
		expect(sentAt).toEqual([]);
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
		expect((await send(['hang'], endpoint('never'))).endedAt).toBe(60);
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

it('an aborted run sends nothing', async () => {
	const { context, controller, sentAt } = new FakeSendGrid([{ status: 204 }]);
	controller.abort(new ExecutionCanceledError());
	const work = requestWithRetries(context, endpoint('always'), { id: 'x' });
	await expect(work).rejects.toThrow(ExecutionCanceledError);
	expect(sentAt).toEqual([]);
});

it.each([
	[503, { status: 503, maybeProcessed: true }],
	[429, expect.any(ExecutionCanceledError)],
])('canceled after a %d: the response, if it may have taken effect', async (status, expected) => {
	const sendGrid = new FakeSendGrid([{ status, headers: { 'retry-after': '10' } }]);
	const work = requestWithRetries(sendGrid.context, endpoint('always'), { id: 'x' });
	const ended = work.catch((thrown: unknown) => thrown);
	await jest.advanceTimersByTimeAsync(1_000);
	sendGrid.controller.abort(new ExecutionCanceledError());
	expect([await ended]).toMatchObject([expected]);
});

it.each(['../1', 'a/b', '', 'a?b', 'a#b', '%2e', 'x'.repeat(101), undefined])(
	'nothing but an ID becomes part of a path: %j',
	async (id) => {
		const { context, sentAt } = new FakeSendGrid([{ status: 204 }]);
		await expect(requestWithRetries(context, endpoint('never'), { id })).rejects.toThrow(
			'SendGrid returned an ID that is not valid',
		);
		expect(sentAt).toEqual([]);
	},
);
