import fc from 'fast-check';
import {
	parseRateLimit,
	RateLimiter,
	type RateLimitHeaders,
} from '../../../nodes/SendGridSegments/transport/rateLimit';

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
		[' ', undefined],
		['-1', undefined],
		['NaN', undefined],
		['Infinity', undefined],
		['soon', undefined],
		['Tue, 18 Aug 2026 09:25:00 GMT', undefined],
		[42, undefined],
		[['42'], undefined],
		[null, undefined],
		[undefined, undefined],
	])('X-RateLimit-Reset %j is %p ms away', (reset, ms) => {
		const { resetAt, msUntilReset } = parseRateLimit({ 'x-ratelimit-reset': reset }, NOW);
		expect(msUntilReset).toBe(ms);
		expect(resetAt === undefined).toBe(ms === undefined);
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

	it('never gives an instant that is no Date', () => {
		const odd = fc.oneof(fc.anything(), fc.double().map(String), fc.date().map(String));
		fc.assert(
			fc.property(odd, odd, odd, (reset, remaining, retryAfter) => {
				const headers = {
					'x-ratelimit-reset': reset,
					'x-ratelimit-remaining': remaining,
					'retry-after': retryAfter,
				};
				const read = parseRateLimit(headers, NOW);
				for (const value of Object.values(read)) expect(value ?? 0).toBeGreaterThanOrEqual(-9e15);
				if (read.resetAt !== undefined) new Date(read.resetAt).toISOString();
			}),
		);
	});
});

describe('RateLimiter', () => {
	let limiter: RateLimiter;
	let controller: AbortController;
	/** What to call with the response of each request that has started. */
	let started: Array<(headers?: RateLimitHeaders) => void>;

	beforeEach(() => {
		jest.useFakeTimers({ now: NOW });
		limiter = new RateLimiter();
		controller = new AbortController();
		started = [];
	});

	afterEach(() => jest.useRealTimers());

	const tick = async (ms = 0) => await jest.advanceTimersByTimeAsync(ms);

	async function request(count: number): Promise<void> {
		for (let i = 0; i < count; i++) {
			void limiter.acquire(controller.signal).then((release) => started.push(release!));
		}
		await tick();
	}

	/** The oldest request in progress gets a response. */
	async function respond(headers?: RateLimitHeaders): Promise<void> {
		started.shift()!(headers);
		await tick();
	}

	const headers = (remaining: number, seconds = 30, limit = 600) => ({
		limit,
		remaining,
		msUntilReset: seconds * 1000,
	});

	it('starts five requests before a response tells how many SendGrid accepts', async () => {
		await request(20);
		expect(started).toHaveLength(5);
		expect(jest.getTimerCount()).toBe(0);
		await respond(headers(599));
		expect(started).toHaveLength(19);
	});

	it('counts by the lowest number that responses gave, less the requests in progress', async () => {
		await request(50);
		await respond(headers(12));
		expect(started).toHaveLength(12);
		await respond(headers(20));
		expect(started).toHaveLength(12);
		for (const expected of [11, 10, 9, 9]) {
			await respond(headers(9));
			expect(started).toHaveLength(expected);
		}
	});

	it('spreads over half a second, not in one instant', async () => {
		await request(1);
		await respond(headers(0, 30));
		await request(200);
		const counts: number[] = [];
		await tick(30_000);
		for (let i = 0; i < 10; i++) {
			counts.push(started.length);
			await tick(50);
		}
		expect(started).toHaveLength(200);
		expect(new Set(counts).size).toBe(10);
		expect(counts[0]).toBeLessThan(20);
	});

	it('knows the limit after the reset, before a response of the new window', async () => {
		await request(1);
		await respond(headers(0, 30, 40));
		await request(100);
		await tick(30_500);
		expect(started).toHaveLength(40);
		await respond(headers(50, 60, 40));
		expect(started).toHaveLength(50);
	});

	it('takes nothing from a response to a request of the window before', async () => {
		await request(2);
		await respond(headers(100, 1));
		await tick(1_000);
		await request(1);
		await respond(headers(0, 20));
		await request(1);
		expect(started).toHaveLength(2);
	});

	it('goes by the earliest reset, since each is late by the time its response took', async () => {
		await request(4);
		await respond(headers(3, 35));
		await respond(headers(599, 38));
		await respond(headers(0, 30));
		await respond(headers(598, 33));
		await request(1);
		await tick(29_999);
		expect(started).toHaveLength(0);
		await tick(501);
		expect(started).toHaveLength(1);
	});

	it.each<[string, RateLimitHeaders | undefined]>([
		['no headers', {}],
		['no response', undefined],
		['no reset', { limit: 600, remaining: 0 }],
		['a reset hours away', headers(0, 7_200)],
	])('keeps no limit where the response says %s', async (_, none) => {
		await request(50);
		await respond(none);
		expect(started).toHaveLength(49);
		await respond(headers(3));
		await respond(none);
		await request(10);
		expect(started).toHaveLength(47);
	});

	describe('pauseFor', () => {
		it('starts nothing until it is over, whatever responses say', async () => {
			await request(1);
			await respond(headers(500));
			await request(1);
			limiter.pauseFor(10_000);
			await request(20);
			await respond(headers(499));
			await tick(9_999);
			expect(started).toHaveLength(0);
			await tick(501);
			expect(started).toHaveLength(20);
		});

		it.each([
			[10_000, 3_000],
			[3_000, 10_000],
		])('of %d and %d ms lasts the longer', async (first, second) => {
			limiter.pauseFor(first);
			limiter.pauseFor(second);
			await request(1);
			await tick(9_999);
			expect(started).toHaveLength(0);
			await tick(501);
			expect(started).toHaveLength(1);
		});

		it('that ends before the reset does not shorten the wait for it', async () => {
			await request(1);
			await respond(headers(0, 30));
			limiter.pauseFor(5_000);
			await request(1);
			await tick(29_999);
			expect(started).toHaveLength(0);
			await tick(501);
			expect(started).toHaveLength(1);
		});
	});

	describe('a deadline', () => {
		const acquire = async (inMs: number) =>
			await limiter.acquire(controller.signal, Date.now() + inMs);

		it('before the reset ends the wait at once', async () => {
			await request(1);
			await respond(headers(0, 30));
			await expect(acquire(30_000)).resolves.toBeUndefined();
			expect(jest.getTimerCount()).toBe(0);
		});

		it('before the end of a pause ends the wait at once', async () => {
			limiter.pauseFor(1_000);
			await expect(acquire(999)).resolves.toBeUndefined();
		});

		it('before the reset ends the wait at once, also during a pause', async () => {
			await request(1);
			await respond(headers(0, 30));
			limiter.pauseFor(5_000);
			await expect(acquire(10_000)).resolves.toBeUndefined();
			expect(jest.getTimerCount()).toBe(0);
		});

		it('waits for the response to the only request that may be in progress', async () => {
			await request(2);
			await respond(headers(1, 30));
			const ended = jest.fn();
			void acquire(2_000).then(ended);
			await tick(1_000);
			await respond(headers(5, 30));
			await tick();
			expect(ended).toHaveBeenCalledWith(expect.any(Function));
		});

		it('ends a wait for a response that does not come', async () => {
			await request(5);
			const ended = jest.fn();
			void acquire(2_000).then(ended);
			await tick(1_999);
			expect(ended).not.toHaveBeenCalled();
			await tick(1);
			expect(ended).toHaveBeenCalledWith(undefined);
		});

		it('after the reset lets the request start', async () => {
			await request(1);
			await respond(headers(0, 30));
			const ended = jest.fn();
			void acquire(31_000).then(ended);
			await tick(30_500);
			expect(ended).toHaveBeenCalledWith(expect.any(Function));
		});

		it('that has passed keeps back no request that need not wait', async () => {
			await expect(acquire(-1)).resolves.toEqual(expect.any(Function));
		});
	});

	it('rejects at once when the signal is aborted, and takes no budget', async () => {
		await request(1);
		await respond(headers(0, 30));
		const reason = new Error('stopped');
		const waits = Promise.allSettled(
			Array.from({ length: 50 }, async () => await limiter.acquire(controller.signal)),
		);
		controller.abort(reason);
		expect(new Set((await waits).map((wait) => 'reason' in wait && wait.reason))).toEqual(
			new Set([reason]),
		);
		await expect(limiter.acquire(controller.signal)).rejects.toBe(reason);
		controller = new AbortController();
		await request(700);
		await tick(30_500);
		expect(started).toHaveLength(600);
	});

	it('sets one timer for all requests that wait for the same reset', async () => {
		await request(1);
		await respond(headers(0, 30));
		await request(100);
		expect(jest.getTimerCount()).toBe(1);
	});

	it.each([
		['a timer that fires early', 1],
		['a clock that was set back', 5_000],
	])('goes on after %s', async (_, ms) => {
		await request(1);
		await respond(headers(0, 30));
		await request(1);
		jest.setSystemTime(Date.now() - ms);
		await tick(30_000);
		expect(started).toHaveLength(0);
		await tick(ms + 500);
		expect(started).toHaveLength(1);
		expect(jest.getTimerCount()).toBe(0);
	});

	describe('against a server with windows', () => {
		interface Model {
			limit: number;
			windowMs: number;
			concurrency: number;
			count: number;
			/** Whether the reset is counted from the arrival of the request, as recorded, or its response. */
			isResetOfArrival: boolean;
			/** Ms to the server and in it, and back; one after the other, over and over. */
			latencies: Array<[number, number]>;
			startMs: number;
			others: number;
		}

		/** Sends requests as a run does; says how many the server refused in each window. */
		async function run(model: Model) {
			const { limit, windowMs, concurrency, count, latencies, isResetOfArrival, others } = model;
			const accepted = new Map<number, number>();
			const refused = new Map<number, number>();
			const windowOf = (at: number) => Math.floor(at / windowMs);
			const wait = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));
			const secondsLeft = (at: number) => Math.ceil((windowMs - (at % windowMs)) / 1000);
			let sent = 0;
			const send = async (): Promise<boolean> => {
				const [there, back] = latencies[sent++ % latencies.length];
				const release = (await limiter.acquire(controller.signal))!;
				await wait(there);
				const arrivedAt = Date.now();
				const window = windowOf(arrivedAt);
				const before = accepted.get(window) ?? others;
				const isAccepted = before < limit;
				const counts = isAccepted ? accepted : refused;
				counts.set(window, (counts.get(window) ?? (isAccepted ? others : 0)) + 1);
				await wait(back);
				const seconds = secondsLeft(isResetOfArrival ? arrivedAt : Date.now());
				const remaining = Math.max(limit - before - 1, 0);
				release({ limit, remaining, msUntilReset: seconds * 1000 });
				if (!isAccepted) limiter.pauseFor(seconds * 1000 + 150);
				return isAccepted;
			};
			let left = count;
			const worker = async () => {
				while (left-- > 0) while (!(await send()));
			};
			const workers = Promise.all(Array.from({ length: concurrency }, worker));
			let isDone = false;
			void workers.then(() => (isDone = true));
			const windows = Math.ceil(count / (limit - others)) + 3;
			const maxMs = 2 * windows * (windowMs + 1_500) + 20_000 * count;
			for (let ms = 0; !isDone && ms < maxMs; ms += 1_000) await tick(1_000);
			expect(isDone).toBe(true);
			return { refused: [...refused.values()], windows, ms: Date.now() - model.startMs };
		}

		const model = fc.record({
			spare: fc.nat(40),
			windowMs: fc.constantFrom(3_000, 10_000, 60_000),
			concurrency: fc.integer({ min: 1, max: 20 }),
			count: fc.integer({ min: 1, max: 150 }),
			isResetOfArrival: fc.boolean(),
			latencies: fc.array(fc.tuple(fc.nat(2_000), fc.nat(2_500)), { minLength: 1, maxLength: 20 }),
			startMs: fc.integer({ min: NOW, max: NOW + 60_000 }),
			others: fc.nat(3),
		});

		it('finishes, and is refused next to nothing', async () => {
			await fc.assert(
				fc.asyncProperty(model, async (settings) => {
					jest.setSystemTime(settings.startMs);
					limiter = new RateLimiter();
					// What is in progress at the reset can fall into either window.
					const limit = 2 * settings.concurrency + settings.spare + settings.others + 1;
					const { refused } = await run({ ...settings, limit });
					for (const count of refused) {
						expect(count).toBeLessThanOrEqual(5);
					}
				}),
				{ numRuns: 60 },
			);
		});

		it('sends 1,500 requests as fast as 600 a minute allow, with none refused', async () => {
			const { refused, ms } = await run({
				limit: 600,
				windowMs: 60_000,
				concurrency: 50,
				count: 1_500,
				isResetOfArrival: true,
				// One that is slow now and then makes SendGrid's reset seem later than it is.
				latencies: [...Array<[number, number]>(29).fill([60, 60]), [60, 4_000]],
				startMs: Date.parse('2026-08-18T09:24:18Z'),
				others: 0,
			});
			expect(refused).toEqual([]);
			expect(ms).toBeLessThan((42 + 60 + 20) * 1_000);
		});
	});
});
