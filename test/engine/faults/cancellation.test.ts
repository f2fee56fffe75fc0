import type { Fault } from '../../../simulator';
import { advance, until, untilDone } from '../../clock';
import { type NodeRun, startNode } from '../harness';
import {
	byTitle,
	createItems,
	credentials,
	expectNoUnhandledRejection,
	inBatches,
	type Item,
	onErrorSettings,
	type Operation,
	operations,
	simulator,
	useNewSimulator,
} from './setup';

useNewSimulator();

const { deletion, refresh, get, create, update } = operations;

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
	await until('the moment to cancel', condition);
	const sent = simulator.log.length;
	const canceledAt = Date.now();
	cancel();
	const result = await untilDone(finished);
	// In simulated time: what other processes take from this one is no waiting.
	expect(Date.now() - canceledAt).toBeLessThan(1000);
	expect(result.status).toBe('canceled');
	expect(result.fullRunJson).not.toContain(simulator.keys.full);
	await advance(120_000);
	expect(simulator.log).toHaveLength(sent);
	return result;
}

it.each([
	['stopWorkflow', deletion.title, deletion, 50],
	['continueErrorOutput', get.title, get, 50],
	['continueRegularOutput', refresh.title, refresh, 5],
	['stopWorkflow', create.title, create, 50],
	['continueErrorOutput', update.title, update, 1],
] as const)('%s, %s: ends in the middle of many items', async (onError, _, operation, limit) => {
	simulator.fault({ hang: true, times: Infinity, match: ({ path }) => !path.includes('search') });
	const items = createItems(operation, 300);
	await cancelOnce(() => simulator.inFlight === limit, operation, items, { onError });
});

/** Cancels once the requests of so many items have met the fault. */
async function cancelAt(
	fault: Fault,
	operation: Operation,
	count: number,
	onError: NodeRun['onError'],
) {
	const match = ({ method, path }: { method: string; path: string }) =>
		method === operation.faultedMethod && !path.includes('search');
	simulator.fault({ ...fault, times: Infinity, match });
	const areMet = () => simulator.log.filter(match).length === count;
	return await cancelOnce(areMet, operation, createItems(operation, count), { onError });
}

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
		const { error } = await cancelAt(fault, operation, 3, onError);
		if (onError === 'stopWorkflow') expect(error?.message).toBe('The execution was canceled');
	});
});

it.each(byTitle([deletion, create, refresh]))(
	'%s: says what may still have taken effect',
	async (_, operation) => {
		const { error } = await cancelAt({ hang: true }, operation, 1, 'stopWorkflow');
		const description = expect.stringContaining('The request may still have taken effect');
		expect(error).toHaveProperty('description', description);
	},
);

it('canceled while n8n still hands over the items: nothing is thrown that nobody waits for', async () => {
	await expectNoUnhandledRejection(async () => {
		const { finished, cancel } = await startNode({
			parameters: get.parameters,
			items: createItems(get, 3),
			credentials: credentials(),
			requestOptions: inBatches(1, 300),
		});
		await advance(100);
		cancel();
		expect((await untilDone(finished)).error?.message).toBe('The execution was canceled');
	});
	expect(simulator.log).toEqual([]);
});
