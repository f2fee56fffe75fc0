import type { Fault } from '../../../simulator';
import { type NodeRun, startNode } from '../harness';
import {
	byTitle,
	createItems,
	credentials,
	type Item,
	onErrorSettings,
	type Operation,
	operations,
	simulator,
	until,
	useNewSimulator,
} from './setup';

useNewSimulator();

const { deletion, deleteWithDefinition, refresh, get, create } = operations;

/** Cancels once the condition holds. Whatever the run waits for, it ends, and sends nothing more. */
async function cancelOnce(
	condition: () => boolean,
	{ parameters }: Operation,
	items: Item[],
	settings: Partial<NodeRun> = {},
) {
	const { finished, cancel } = await startNode({
		parameters,
		items,
		credentials: credentials(),
		...settings,
	});
	await until(condition);
	const sent = simulator.log.length;
	const loop = performance.eventLoopUtilization();
	cancel();
	const result = await finished;
	// What other processes take from this one is no waiting.
	expect(performance.eventLoopUtilization(loop).idle).toBeLessThan(1000);
	expect(result.status).toBe('canceled');
	expect(result.fullRunJson).not.toContain(simulator.keys.full);
	await new Promise((resolve) => setTimeout(resolve, 100));
	expect(simulator.log).toHaveLength(sent);
	return result;
}

it.each([
	['stopWorkflow', deletion.title, deletion, 2000, 50],
	['continueErrorOutput', deleteWithDefinition.title, deleteWithDefinition, 300, 50],
	['continueRegularOutput', refresh.title, refresh, 2000, 5],
	['stopWorkflow', create.title, create, 300, 50],
] as const)(
	'%s, %s: ends in the middle of many items',
	async (onError, _, operation, count, limit) => {
		// The first responses tell the rate limit.
		simulator.fault({ hang: true, times: Infinity, match: () => simulator.log.length > 5 });
		const items = createItems(operation, count);
		await cancelOnce(() => simulator.inFlight === limit, operation, items, { onError });
	},
);

const limited = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '50' };

const waits: Array<[waitsFor: string, operation: Operation, fault: Fault]> = [
	['a response', deletion, { hang: true }],
	['a response', refresh, { hang: true }],
	['a response', create, { hang: true }],
	['the rest of a body', get, { endlessBody: true }],
	['the next attempt', deletion, { status: 503, headers: { 'retry-after': '50' } }],
	['the rate limit', create, { status: 429, headers: limited }],
	['the rate limit', refresh, { status: 429, headers: limited }],
];

describe.each(
	waits.map(([what, operation, fault]) => [operation.title, what, operation, fault] as const),
)('%s: ends while it waits for %s', (_, __, operation, fault) => {
	it.each(onErrorSettings)('%s', async (onError) => {
		const { faultedMethod } = operation;
		const match = ({ method, path }: { method: string; path: string }) =>
			method === faultedMethod && !path.includes('search');
		simulator.fault({ ...fault, times: Infinity, match });
		const items = createItems(operation, 3);
		const arrived = () => simulator.log.filter(match).length === 3;
		const { error } = await cancelOnce(arrived, operation, items, { onError });
		expect(simulator.log.filter(match)).toHaveLength(3);
		if (onError === 'stopWorkflow') expect(error?.message).toBe('The execution was canceled');
	});
});

it.each(byTitle([deletion, create, refresh]))(
	'%s: says what may still have taken effect',
	async (_, operation) => {
		const match = ({ method, path }: { method: string; path: string }) =>
			method === operation.faultedMethod && !path.includes('search');
		simulator.fault({ hang: true, times: Infinity, match });
		const items = createItems(operation, 1);
		const condition = () => simulator.log.filter(match).length === 1;
		const { error } = await cancelOnce(condition, operation, items, { onError: 'stopWorkflow' });
		const description = expect.stringContaining('It may still have taken effect');
		expect(error).toHaveProperty('description', description);
	},
);

it('a refresh that waits for completion ends', async () => {
	const parameters = { ...refresh.parameters, options: { waitForCompletion: true } };
	const isAccepted = () => simulator.requests('POST').some(({ status }) => status === 202);
	await cancelOnce(isAccepted, { ...refresh, parameters }, createItems(refresh, 1));
});
