import { setTimeout as sleep } from 'node:timers/promises';
import { type Simulator, startSimulator } from '../../../simulator';
import { runNode, startNode } from '../harness';
import { isFor, type Operation, operations, prepared } from './operations';
import { fateOf, keepsKeyOutOfLog } from './support';

keepsKeyOutOfLog();

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator();
});

afterEach(async () => await simulator.stop());

const credentials = () => ({ apiKey: simulator.keys.full, baseUrl: simulator.url });

const { remove, removeKeeping, refresh, get, getMany, create, update } = operations;

/** How many requests are in progress, where none gets a response after the first few, which tell the rate limit. */
async function mostUnderWay({ parameters }: Operation, items: object[], options = {}) {
	simulator.fault({ hang: true, times: Infinity, match: () => simulator.log.length > 5 });
	const { finished, cancel } = await startNode({
		parameters: { ...parameters, options: { ...(parameters.options as object), ...options } },
		items: items as [],
		credentials: credentials(),
		onError: 'continueRegularOutput',
	});
	let before = -1;
	while (simulator.log.length < 6 || simulator.log.length > before) {
		before = simulator.log.length;
		await sleep(300);
	}
	cancel();
	await finished;
	return simulator.maxInFlight;
}

it.each(
	[remove, removeKeeping, get, getMany, create, update].map((operation) => ({ ...operation })),
)('$title: at most 50 requests are under way', async (operation) => {
	expect(await mostUnderWay(operation, prepared(operation, simulator, 60))).toBe(50);
});

it('refresh: at most 5 requests are under way', async () => {
	expect(await mostUnderWay(refresh, prepared(refresh, simulator, 12))).toBe(5);
});

it.each([1, 7, 200])('Max Concurrency %i', async (maxConcurrency) => {
	const items = prepared(remove, simulator, maxConcurrency + 10);
	expect(await mostUnderWay(remove, items, { maxConcurrency })).toBe(maxConcurrency);
});

/** A whole second at least this far from now, in the simulator's time. */
const resetIn = (ms: number) => Math.ceil((Date.now() + ms) / 1000);

describe('the general rate limit', () => {
	it.each([remove, get, create, update].map((operation) => ({ ...operation })))(
		'$title: keeps the whole run back until its reset',
		async (operation) => {
			const items = prepared(operation, simulator, 200);
			simulator.setLatency(30);
			// Far enough for a busy machine to have prepared its items by then.
			const reset = resetIn(5000);
			// From the 60th request on, everything is turned away until the reset.
			simulator.fault({
				status: 429,
				headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
				times: Infinity,
				match: ({ at }) => simulator.log.length > 60 && at < reset * 1000,
			});
			const run = await runNode({
				parameters: operation.parameters,
				items,
				credentials: credentials(),
				onError: 'continueErrorOutput',
			});
			for (const [index, item] of items.entries()) {
				const { output } = fateOf(run, index);
				expect(output && operation.isTrue(output, simulator, item)).toBe(true);
			}
			// Those under way when the limit was met, each of them once.
			const turnedAway = simulator.log.filter(({ status }) => status === 429);
			expect(turnedAway.length).toBeGreaterThan(0);
			expect(turnedAway.length).toBeLessThanOrEqual(50);
			expect(simulator.log).toHaveLength(200 + turnedAway.length);
			const begin = turnedAway[0].at;
			const kept = simulator.log.filter(({ at }) => at > begin + 1000 && at < reset * 1000);
			expect(kept).toEqual([]);
		},
	);

	it('refresh: keeps the whole run back until its reset', async () => {
		const items = prepared(refresh, simulator, 10);
		// Far enough for a busy machine to have prepared its items by then.
		const reset = resetIn(5000);
		simulator.fault({
			status: 429,
			headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
			times: Infinity,
			match: ({ method, at }) => method === 'POST' && at < reset * 1000,
		});
		const run = await runNode({
			parameters: refresh.parameters,
			items,
			credentials: credentials(),
			onError: 'continueErrorOutput',
		});
		for (const [index, item] of items.entries()) {
			const { output } = fateOf(run, index);
			expect(output && refresh.isTrue(output, simulator, item)).toBe(true);
		}
		const posts = simulator.requests('POST');
		expect(posts.filter(({ status }) => status === 429)).toHaveLength(5);
		expect(posts).toHaveLength(15);
		// One look at each segment first, and one more at each that was turned away.
		expect(simulator.requests('GET')).toHaveLength(15);
	});

	it('that ends too late fails those under way, and does not hold up the rest', async () => {
		const items = prepared(remove, simulator, 100);
		simulator.fault({
			status: 429,
			headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(resetIn(90_000)) },
			match: (request) => isFor(request, items[0]),
		});
		const run = await runNode({
			parameters: remove.parameters,
			items,
			credentials: credentials(),
			onError: 'continueErrorOutput',
		});
		expect(run.failures).toHaveLength(1);
		expect(fateOf(run, 0).description).toMatch(/^It resets at \d{4}-/);
		expect(simulator.log).toHaveLength(100);
		expect(run.durationMs).toBeLessThan(20_000);
	});
});
