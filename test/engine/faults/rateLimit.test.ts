import { type Simulator, type SimulatorOptions, startSimulator } from '../../../simulator';
import { useClock } from '../../clock';
import {
	byTitle,
	createItems,
	credentials,
	expectNoApiKeyInLogs,
	isAbout,
	operations,
	run,
	withoutTrueOutput,
} from './setup';

useClock();
expectNoApiKeyInLogs();

const WINDOW_SECONDS = 6;
const LATENCY_MS = 30;

const BEGIN = Date.parse('2026-03-02T12:00:00.100Z');

/** SendGrid's 600 per minute, in shorter windows; the first begins with the first request. */
async function startLimited(options: SimulatorOptions['rateLimit']): Promise<Simulator> {
	const rateLimit = { windowSeconds: WINDOW_SECONDS, ...options };
	const simulator = await startSimulator({ rateLimit });
	const match = () => {
		if (simulator.log.length === 1) simulator.clock.set(new Date(BEGIN));
		return false;
	};
	simulator.fault({ match });
	return simulator;
}

/** How many requests with this method arrived in each window, the refused ones left out. */
function acceptedByWindow({ log }: Simulator, method: string, apiKey = '') {
	const counts: number[] = [];
	for (const { at, status, headers, ...request } of log) {
		const isCounted = request.method === method && status !== 429;
		if (!isCounted || !headers.authorization?.includes(apiKey)) continue;
		const window = Math.floor((at - log[0].at + 100) / (WINDOW_SECONDS * 1000));
		counts[window] = (counts[window] ?? 0) + 1;
	}
	return counts;
}

const { deletion, get, create, update } = operations;

/** Reads so many segments, with the keys in turn. */
async function readAll(simulator: Simulator, count: number, apiKeys = [simulator.keys.full]) {
	const items = createItems(get, count, simulator);
	const withKeys = items.map((item, index) => ({ ...item, key: apiKeys[index % apiKeys.length] }));
	const perItem = { baseUrl: simulator.url, apiKey: '={{ $json.key }}' };
	const result = await run(get, withKeys, { credentials: perItem });
	expect(withoutTrueOutput(get, result, items, simulator)).toEqual([]);
}

/** Requests in progress when the limit is used up are refused; nothing else is. */
const MOST_REFUSED_PER_WINDOW = 50;

it.each(['seconds', 'unixTime'] as const)(
	'150 reads at 60 per window take three windows, with the reset in %s',
	async (resetFormat) => {
		const simulator = await startLimited({ limit: 60, resetFormat });
		await readAll(simulator, 150);
		await simulator.stop();
		expect(acceptedByWindow(simulator, 'GET')).toEqual([60, 60, 30]);
		expect(simulator.rateLimited).toBeLessThanOrEqual(2 * MOST_REFUSED_PER_WINDOW);
	},
);

it('each key has a budget of its own', async () => {
	const simulator = await startLimited({ limit: 20 });
	const { full, second } = simulator.keys;
	await readAll(simulator, 40, [full, second]);
	await simulator.stop();
	expect(acceptedByWindow(simulator, 'GET', full)).toEqual([20]);
	expect(acceptedByWindow(simulator, 'GET', second)).toEqual([20]);
	expect(simulator.rateLimited).toBe(0);
});

it('two runs at once on one key: all succeed', async () => {
	const simulator = await startLimited({ limit: 20 });
	await Promise.all([readAll(simulator, 20), readAll(simulator, 20)]);
	await simulator.stop();
	expect(acceptedByWindow(simulator, 'GET')).toEqual([20, 20]);
});

it('the look-up of scheduled Single Sends has a budget of its own', async () => {
	const simulator = await startLimited({ limit: 20 });
	for (let count = 0; count < 25; count++)
		simulator.addSingleSend({ send_at: '2026-04-01T12:00:00Z' });
	const items = createItems(deletion, 10, simulator);
	const result = await run(deletion, items, { credentials: credentials(simulator) });
	await simulator.stop();
	expect(withoutTrueOutput(deletion, result, items, simulator)).toEqual([]);
	// One search and 25 reads; the 20 requests for the segments follow in the second window.
	expect(acceptedByWindow(simulator, 'GET')).toEqual([19, 6 + 10]);
	expect(acceptedByWindow(simulator, 'DELETE')).toEqual([undefined, 10]);
});

/** From the 20th on, requests of this method are refused for so many seconds. */
function refuseBurst(simulator: Simulator, method: string, from: number, seconds: number) {
	let seen = 0;
	let until = Infinity;
	simulator.fault({
		status: 429,
		// A whole second, since that is how SendGrid gives it.
		headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds) },
		times: Infinity,
		match: (request) => {
			if (request.method !== method || ++seen <= from) return false;
			// The reset counts from `Date`, which is the second before.
			if (until === Infinity) until = Math.floor(request.at / 1000) * 1000 + seconds * 1000;
			return request.at < until;
		},
	});
}

it.each(byTitle([deletion, get, create, update]))(
	'%s: what a burst of other programs refuses waits for the reset and uses no attempts',
	async (_, operation) => {
		const simulator = await startSimulator();
		const items = createItems(operation, 120, simulator);
		simulator.setLatency(LATENCY_MS);
		refuseBurst(simulator, operation.faultedMethod, 20, 2);
		// With the three attempts of a 500 after the refusal.
		const last = items[119];
		const { log } = simulator;
		simulator.fault({
			status: 500,
			times: operation === create ? 0 : 2,
			match: (request) =>
				isAbout(request, last) &&
				log.some((earlier) => isAbout(earlier, last) && earlier.status === 429),
		});
		const result = await run(operation, items, { credentials: credentials(simulator) });
		await simulator.stop();
		expect(withoutTrueOutput(operation, result, items, simulator)).toEqual([]);
		const refused = log.filter(({ status }) => status === 429);
		expect(refused.length).toBeGreaterThan(0);
		// Those in flight when the first was refused, each of them once.
		expect(refused.length).toBeLessThanOrEqual(50);
		const [{ at: refusedAt }] = refused;
		const sentWhilePaused = log.filter(
			({ at }) => at > refusedAt + LATENCY_MS && at < refusedAt + 1000,
		);
		expect(sentWhilePaused).toEqual([]);
	},
);
