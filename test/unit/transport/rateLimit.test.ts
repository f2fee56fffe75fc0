import { parseRateLimit, RateLimitGate } from '../../../nodes/SendGridSegments/transport/rateLimit';

const NOW = Date.parse('2026-08-18T09:24:18Z');

describe('parseRateLimit', () => {
	it('reads what SendGrid sends', () => {
		const headers = {
			'x-ratelimit-limit': '600',
			'x-ratelimit-remaining': '598',
			'x-ratelimit-reset': '42',
		};
		expect(parseRateLimit(headers, NOW)).toEqual({
			limit: 600,
			remaining: 598,
			resetAt: Date.parse('2026-08-18T09:25:00Z'),
			msUntilReset: 42_000,
		});
	});

	it.each([
		['0', 0],
		['59.5', 59_500],
		['999999999', 999_999_999_000],
		['1000000000', 0],
		[`${NOW / 1000 - 1}`, 0],
		[`${NOW / 1000 + 7}`, 7_000],
		['9e15', undefined],
		['', undefined],
		['-1', undefined],
		['Infinity', undefined],
		['Tue, 18 Aug 2026 09:25:00 GMT', undefined],
		[['42'], undefined],
		[null, undefined],
		[undefined, undefined],
	])('X-RateLimit-Reset %j is %p ms away', (reset, ms) => {
		const { resetAt, msUntilReset } = parseRateLimit({ 'x-ratelimit-reset': reset }, NOW);
		expect(msUntilReset).toBe(ms);
		expect(resetAt === undefined).toBe(ms === undefined);
		if (resetAt !== undefined) expect(new Date(resetAt).getTime()).toBe(resetAt);
	});

	it.each([
		['5', 5_000],
		['0', 0],
		['Tue, 18 Aug 2026 09:24:48 GMT', 30_000],
		['Tue, 18 Aug 2026 09:24:00 GMT', 0],
		['1e30', undefined],
		['later', undefined],
		[undefined, undefined],
	])('Retry-After %j stands in for a missing reset: %p ms', (retryAfter, ms) => {
		const read = parseRateLimit({ 'retry-after': retryAfter }, NOW);
		expect(read).toMatchObject({ msUntilReset: ms, retryAfterMs: ms });
	});

	it('prefers X-RateLimit-Reset to Retry-After, and still tells both', () => {
		const headers = { 'x-ratelimit-reset': '42', 'retry-after': '5' };
		expect(parseRateLimit(headers, NOW)).toMatchObject({
			msUntilReset: 42_000,
			retryAfterMs: 5_000,
		});
	});
});

describe('the gate', () => {
	let gate: RateLimitGate;
	const { signal } = new AbortController();

	beforeEach(() => {
		jest.useFakeTimers();
		gate = new RateLimitGate();
	});

	afterEach(() => jest.useRealTimers());

	/** How many seconds it takes until the gate opens for a request that comes now. */
	async function secondsUntilOpen(deadline?: number): Promise<number | false> {
		const start = performance.now();
		let seconds: number | false | undefined;
		void gate.opens(signal, deadline).then((isOpen) => {
			seconds = isOpen && (performance.now() - start) / 1000;
		});
		for (let i = 0; i < 500 && seconds === undefined; i++) {
			await jest.advanceTimersByTimeAsync(i === 0 ? 0 : 500);
		}
		return seconds!;
	}

	it.each([
		[{ remaining: 0, msUntilReset: 30_000 }, 30],
		[{ remaining: 0, msUntilReset: 60_000 }, 60],
		[{ remaining: 0, msUntilReset: 60_001 }, 0],
		[{ remaining: 0 }, 0],
		[{ remaining: 1, msUntilReset: 30_000 }, 0],
		[{ msUntilReset: 30_000 }, 0],
		[{}, 0],
	])('after %j it opens in %d s', async (headers, seconds) => {
		gate.learn(headers);
		expect(await secondsUntilOpen()).toBe(seconds);
	});

	it.each([
		[10_000, 3_000],
		[3_000, 10_000],
	])('of pauses of %d and %d ms, the longer counts', async (first, second) => {
		gate.pauseFor(first);
		gate.pauseFor(second);
		expect(await secondsUntilOpen()).toBe(10);
	});

	it('holds a request back for longer if more is learned while it waits', async () => {
		gate.pauseFor(10_000);
		const open = secondsUntilOpen();
		gate.pauseFor(25_000);
		expect(await open).toBe(25);
	});

	it('opens late by nothing when the time of day is set back', async () => {
		gate.pauseFor(10_000);
		jest.setSystemTime(Date.now() - 3_600_000);
		expect(await secondsUntilOpen()).toBe(10);
	});

	it('does not keep a request until its deadline, but lets one start that need not wait', async () => {
		gate.pauseFor(10_000);
		const now = performance.now();
		expect(await gate.opens(signal, now + 10_000)).toBe(false);
		expect(jest.getTimerCount()).toBe(0);
		expect(await secondsUntilOpen(now + 11_000)).toBe(10);
		expect(await gate.opens(signal, performance.now())).toBe(true);
	});
});
