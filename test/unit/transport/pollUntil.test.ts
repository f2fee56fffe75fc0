import { ExecutionCanceledError } from '../../../nodes/SendGridSegments/errors';
import {
	pollUntil,
	requestWithRetries,
} from '../../../nodes/SendGridSegments/transport/apiRequest';
import type { Endpoint } from '../../../nodes/SendGridSegments/transport/endpoint';
import { FakeSendGrid, usedUp, useFakeClock } from '../fakeSendGrid';

useFakeClock();

const endpoint: Endpoint = {
	method: 'GET',
	path: '/v3/marketing/segments/2.0',
	rateLimitFamily: 'segments',
	retry: 'never',
};

/** Reads until the time is over: every 15 seconds for 40 seconds, unless the test says otherwise. */
async function poll({ context }: FakeSendGrid, firstPause = 0, seconds = 40, every = 15) {
	const deadline = performance.now() + seconds * 1000;
	for await (const limits of pollUntil(context, deadline, every * 1000, firstPause * 1000)) {
		await requestWithRetries(context, endpoint, limits);
	}
}

it.each<[string, number, number, number, number[]]>([
	['at once, and a last time at the end', 0, 40, 15, [0, 15, 30, 40]],
	['after a first pause', 15, 40, 15, [15, 30, 40]],
	['once if the interval is longer', 15, 10, 15, [10]],
	['not at all if no time is left', 0, 0, 15, []],
])('reads %s', async (_, firstPause, seconds, every, expected) => {
	const sendGrid = new FakeSendGrid([{ body: {} }]);
	const { endedAt } = await sendGrid.finish(poll(sendGrid, firstPause, seconds, every));
	expect(sendGrid.sentAt).toEqual(expected);
	expect(endedAt).toBe(seconds);
});

it('a read that hangs ends after the Timeout, and is followed by the next', async () => {
	const sendGrid = new FakeSendGrid(['hang']);
	sendGrid.context.timeoutMs = 2_000;
	const { endedAt } = await sendGrid.finish(poll(sendGrid, 15));
	expect(sendGrid.sentAt).toEqual([15, 32, 40]);
	expect(endedAt).toBe(42);
});

it('ends a few seconds after its time at most, if the last read hangs', async () => {
	const sendGrid = new FakeSendGrid([{ body: {} }, 'hang']);
	const { endedAt } = await sendGrid.finish(poll(sendGrid, 15, 20));
	expect(sendGrid.sentAt).toEqual([15, 20]);
	expect(endedAt).toBe(25);
});

it('starts no read that the general rate limit would keep waiting past the deadline', async () => {
	const sendGrid = new FakeSendGrid([{ body: {}, headers: usedUp(50) }]);
	const { endedAt } = await sendGrid.finish(poll(sendGrid));
	expect(sendGrid.sentAt).toEqual([0]);
	expect(endedAt).toBe(40);
});

it.each([-3_600_000, 3_600_000])('a clock that is set by %d ms changes nothing', async (ms) => {
	const sendGrid = new FakeSendGrid([{ body: {} }]);
	const polling = poll(sendGrid);
	await jest.advanceTimersByTimeAsync(20_000);
	jest.setSystemTime(Date.now() + ms);
	await sendGrid.finish(polling);
	expect(sendGrid.sentAt).toEqual([0, 15, 30, 40]);
});

it('ends at once when the execution is canceled', async () => {
	const sendGrid = new FakeSendGrid([{ body: {} }]);
	const rejected = expect(poll(sendGrid)).rejects.toThrow(ExecutionCanceledError);
	await jest.advanceTimersByTimeAsync(20_000);
	sendGrid.controller.abort(new ExecutionCanceledError());
	await rejected;
	await jest.advanceTimersByTimeAsync(60_000);
	expect(sendGrid.sentAt).toEqual([0, 15]);
});
