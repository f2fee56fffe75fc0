import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type Simulator, startSimulator } from '../../../simulator';
import { type NodeRun, type NodeRunResult, startNode } from '../harness';
import { type Item, type Operation, operations, prepared } from './operations';
import { keepsKeyOutOfLog, onErrorSettings } from './support';

keepsKeyOutOfLog();

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator();
});

afterEach(async () => await simulator.stop());

/** Cancels once the condition holds; tells how the run ended, and what arrived after it. */
async function canceledOnce(
	condition: () => boolean,
	operation: Operation,
	items: Item[],
	settings: Partial<NodeRun> = {},
): Promise<{ result: NodeRunResult; endedInMs: number; sentAfter: number }> {
	const { finished, cancel } = await startNode({
		parameters: operation.parameters,
		items,
		credentials: { apiKey: simulator.keys.full, baseUrl: simulator.url },
		...settings,
	});
	while (!condition()) await sleep(5);
	const before = simulator.log.length;
	const cpuBefore = process.cpuUsage();
	const loopBefore = performance.eventLoopUtilization();
	cancel();
	const result = await finished;
	const { user, system } = process.cpuUsage(cpuBefore);
	// Waiting and work, without what other processes took from this one meanwhile.
	const endedInMs = performance.eventLoopUtilization(loopBefore).idle + (user + system) / 1000;
	await sleep(100);
	return { result, endedInMs, sentAfter: simulator.log.length - before };
}

/** What holds of every cancelled run. */
function expectCanceled({ result, endedInMs }: { result: NodeRunResult; endedInMs: number }) {
	expect(result.status).toBe('canceled');
	expect(endedInMs).toBeLessThan(1000);
	expect(result.fullRunJson).not.toContain(simulator.keys.full);
}

const { remove, removeKeeping, refresh, get, create } = operations;

describe.each([
	{ operation: remove, onError: 'stopWorkflow', count: 2000, places: 50 },
	{ operation: removeKeeping, onError: 'continueErrorOutput', count: 300, places: 50 },
	{ operation: refresh, onError: 'continueRegularOutput', count: 2000, places: 5 },
	{ operation: create, onError: 'stopWorkflow', count: 300, places: 50 },
] as const)('$operation.title, $onError', ({ operation, onError, count, places }) => {
	it(`sends nothing more of ${count} items`, async () => {
		const items = prepared(operation, simulator, count);
		simulator.setLatency(3000);
		const ended = await canceledOnce(() => simulator.inFlight >= places, operation, items, {
			onError,
		});
		expectCanceled(ended);
		expect(ended.sentAfter).toBe(0);
		// The first few had their response before, which told the rate limit.
		expect(simulator.log.length).toBeLessThanOrEqual(places + 5);
	});
});

const soon = (seconds: number) => String(Math.ceil(Date.now() / 1000) + seconds);

const waits: Array<{ what: string; operation: Operation; fault: () => Fault }> = [
	{ what: 'an answer', operation: remove, fault: () => ({ hang: true }) },
	{ what: 'an answer', operation: refresh, fault: () => ({ hang: true }) },
	{ what: 'an answer', operation: create, fault: () => ({ hang: true }) },
	{ what: 'an answer', operation: get, fault: () => ({ hang: true }) },
	{ what: 'the rest of a body', operation: get, fault: () => ({ endlessBody: true }) },
	{
		what: 'the next try',
		operation: remove,
		fault: () => ({ status: 503, headers: { 'retry-after': '50' } }),
	},
	{
		what: 'the rate limit',
		operation: create,
		fault: () => ({ status: 429, headers: { 'x-ratelimit-reset': soon(50) } }),
	},
	{
		what: 'the rate limit',
		operation: refresh,
		fault: () => ({
			status: 429,
			headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': soon(50) },
		}),
	},
];

it.each(waits.map((wait) => ({ ...wait, title: wait.operation.title })))(
	'$title: ends soon while waiting for $what',
	async ({ operation, fault }) => {
		for (const onError of onErrorSettings) {
			simulator.reset();
			simulator.fault({
				...fault(),
				times: Infinity,
				match: ({ method }) => method === operation.hit,
			});
			const items = prepared(operation, simulator, 3);
			const arrived = () => simulator.requests(operation.hit).length === 3;
			const ended = await canceledOnce(arrived, operation, items, { onError });
			expectCanceled(ended);
			expect(simulator.requests(operation.hit)).toHaveLength(3);
			if (onError === 'stopWorkflow') {
				expect(ended.result.error?.message).toBe('The execution was canceled');
			}
		}
	},
);

it.each([remove, create, refresh])(
	'$title: says what may have taken effect all the same',
	async (operation) => {
		const match = ({ method }: { method: string }) => method === operation.hit;
		simulator.fault({ hang: true, times: Infinity, match });
		const items = prepared(operation, simulator, 2);
		const { result } = await canceledOnce(
			() => simulator.requests(operation.hit).length === 2,
			operation,
			items,
			{ onError: 'stopWorkflow' },
		);
		expect(result.error).toHaveProperty(
			'description',
			expect.stringMatching(/It may still have taken effect|2 more may have/),
		);
	},
);

it('keeps the job ID of a refresh that it waits for', async () => {
	const [item] = prepared(refresh, simulator, 1);
	const parameters = { ...refresh.parameters, options: { waitForCompletion: true } };
	const isAccepted = () => simulator.requests('POST').some(({ status }) => status === 202);
	const ended = await canceledOnce(isAccepted, { ...refresh, parameters }, [item]);
	expectCanceled(ended);
	expect(ended.sentAfter).toBe(0);
});
