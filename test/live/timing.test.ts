import { realTiming } from './timing';

test('no minute has 60 requests, however many follow each other', async () => {
	let now = 0;
	const starts: number[] = [];
	const timing = realTiming(undefined, {
		now: () => now,
		sleep: async (ms) => {
			now += ms;
		},
	});
	for (let request = 0; request < 300; request++) {
		await timing.beforeRequest();
		starts.push(now);
	}
	const inMinuteFrom = (start: number) =>
		starts.filter((other) => other >= start && other < start + 60_000).length;
	expect(Math.max(...starts.map(inMinuteFrom))).toBeLessThan(60);
});

test('a request that comes late does not wait', async () => {
	let now = 0;
	const sleep = jest.fn(async () => {});
	const timing = realTiming(undefined, { now: () => now, sleep });
	await timing.beforeRequest();
	now = 5_000;
	await timing.beforeRequest();
	expect(sleep).not.toHaveBeenCalled();
});

test('an interrupt ends a wait', async () => {
	const interrupt = new AbortController();
	const pause = realTiming(interrupt.signal).pause(3_600);
	interrupt.abort();
	await expect(pause).resolves.toBeUndefined();
});
