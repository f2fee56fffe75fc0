import { advance } from '../../clock';
import type { NodeRun } from '../harness';
import {
	allOperations,
	byTitle,
	createItems,
	faulted,
	inBatches,
	type Item,
	type Operation,
	operations,
	run as runOperation,
	simulator,
	useNewSimulator,
	withBrokenItem,
} from './setup';

useNewSimulator();

const run = async (operation: Operation, items: Item[], settings: Partial<NodeRun> = {}) =>
	await runOperation(operation, items, { onError: 'stopWorkflow', ...settings });

/** How many items had taken effect, as the failure says; undefined if it does not. */
function progressIn(error: { description?: string | null } | undefined): number | undefined {
	const pattern = /(\w+) of (?:the )?\d+ items had (?:already )?taken effect when/;
	const count = pattern.exec(error?.description ?? '')?.[1];
	return count === 'None' ? 0 : count === undefined ? undefined : Number(count);
}

const effectsOf = ({ title }: Operation, items: Item[]) =>
	items.filter(({ id }) => {
		if (title.startsWith('delete')) return !simulator.segments.has(id);
		if (title === 'refresh') return simulator.segments.get(id)?.refreshes_used === 1;
		return [...simulator.segments.values()].some(({ name }) => name === `New ${id}`);
	}).length;

describe.each(byTitle(allOperations))('%s: an expression that cannot be evaluated', (_, intact) => {
	// The first item of each batch is evaluated by the engine, the others by the node.
	it.each([
		['item 0', 0, {}],
		['item 4', 4, {}],
		['the last of ten', 9, {}],
		['the last of ten, in batches of five', 9, inBatches(5)],
		['the first of the second batch', 5, inBatches(5)],
	])('in %s: nothing is sent, then or later', async (__, broken, requestOptions) => {
		const { operation, items } = withBrokenItem(intact, 10, broken);
		const { error, success } = await run(operation, items, { requestOptions });
		expect(error?.message).toBe("Referenced node doesn't exist");
		expect(error).toHaveProperty('context.itemIndex', broken);
		expect(error).toHaveProperty('node.parameters', expect.objectContaining(operation.parameters));
		expect(success).toEqual([]);
		await advance(120_000);
		expect(simulator.log).toEqual([]);
	});
});

const { deletion, deleteWithDefinition, refresh, create, update, get } = operations;

it.each([
	...[deletion, deleteWithDefinition, refresh, create, update, get].map(
		(operation) => [operation.title, 'all together', operation, {}] as const,
	),
	...[deletion, refresh].map(
		(operation) => [operation.title, 'in batches', operation, inBatches(40)] as const,
	),
])('%s, %s: the first of 200 is refused at once', async (_, __, operation, requestOptions) => {
	const items = createItems(operation, 200);
	simulator.setLatency(150);
	simulator.fault({ status: 403, latencyMs: -150, match: faulted(operation, items[0]) });
	const { status, error, success } = await run(operation, items, { requestOptions });

	expect(status).toBe('error');
	expect(success).toEqual([]);
	expect(error).toHaveProperty('httpCode', '403');
	expect(error).toHaveProperty('context.itemIndex', 0);
	// Those in progress, no more: five until the first response tells the rate limit.
	const sent = simulator.log.filter(({ method }) => method === operation.faultedMethod);
	expect(sent.length).toBeGreaterThanOrEqual(1);
	expect(sent.length).toBeLessThanOrEqual(5);
	expect(progressIn(error)).toBe(operation === get ? undefined : effectsOf(operation, items));
});

it.each(byTitle(allOperations.filter(({ kind }) => kind !== 'read')))(
	'%s: nothing is sent if an item is refused unsent',
	async (_, operation) => {
		const items = createItems(operation, 200);
		items[7] = { id: `${items[7].id} ${'x'.repeat(100)}` };
		const { error } = await run(operation, items);
		expect(error).toHaveProperty('context.itemIndex', 7);
		expect(error?.description).toContain('None of the 200 items had taken effect');
		expect(simulator.log).toEqual([]);
	},
);

it('keeps to Max Concurrency', async () => {
	const items = createItems(deletion, 200);
	simulator.setLatency(100);
	simulator.fault({ status: 403, match: faulted(deletion, items[9]) });
	const parameters = { ...deletion.parameters, options: { maxConcurrency: 7 } };
	const { error } = await run({ ...deletion, parameters }, items);
	expect(error).toHaveProperty('context.itemIndex', 9);
	expect(simulator.maxInFlight).toBeLessThanOrEqual(7);
	expect(progressIn(error)).toBe(effectsOf(deletion, items));
	expect(effectsOf(deletion, items)).toBeLessThan(30);
});

it('retries nothing once it has stopped', async () => {
	const items = createItems(deletion, 30);
	simulator.fault({ status: 403, latencyMs: 50, match: faulted(deletion, items[29]) });
	const match = ({ method }: { method: string }) => method === 'DELETE';
	simulator.fault({ status: 500, headers: { 'retry-after': '2' }, times: Infinity, match });
	const { error } = await run(deletion, items);
	expect(error).toHaveProperty('httpCode', '403');
	expect(simulator.requests('DELETE')).toHaveLength(30);
});

describe.each(byTitle([deletion, create, update]))(
	'%s: one may have taken effect',
	(_, operation) => {
		it.each([
			[2, 'None of the 2 items had taken effect when the run was stopped. 1 may have:'],
			[3, '1 of 3 items had already taken effect when the run was stopped. 1 more may have:'],
			[4, '2 of 4 items had already taken effect when the run was stopped. 1 more may have:'],
		])('of %i items', async (itemCount, words) => {
			const items = createItems(operation, itemCount);
			const [refused, lost] = items;
			// Carried out, and its response lost: stopped before its next attempt.
			simulator.fault({
				status: 503,
				headers: { 'retry-after': '30' },
				apply: 'after',
				match: faulted(operation, lost),
			});
			simulator.fault({ status: 403, latencyMs: 300, match: faulted(operation, refused) });
			const { error } = await run(operation, items);
			expect(error?.description).toContain(` ${words} check in SendGrid.`);
			expect(effectsOf(operation, items)).toBe(itemCount - 1);
		});
	},
);
