import { advance } from '../../clock';
import type { NodeRun } from '../harness';
import {
	allOperations,
	byTitle,
	countsOf,
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

/** How many items had been processed, as the failure says; undefined if it does not. */
function progressIn(error: { description?: string | null } | undefined): number | undefined {
	const pattern = /(\w+) of \d+ items had been processed when the run stopped/;
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
		['the first of ten', 10, 0, {}],
		['item 25 of 30', 30, 25, {}],
		['the last of 30, in batches of five', 30, 29, inBatches(5)],
		['the first of the second batch', 30, 5, inBatches(5)],
	])('%s: nothing is sent, then or later', async (__, count, broken, requestOptions) => {
		const { operation, items } = withBrokenItem(intact, count, broken);
		const { error, success } = await run(operation, items, { requestOptions });
		expect(error?.message).toBe("Referenced node doesn't exist");
		expect(error).toHaveProperty('context.itemIndex', broken);
		// Not every n8n says of which node it is.
		const { node = operation } = (error ?? {}) as { node?: { parameters: object } };
		expect(node.parameters).toMatchObject(operation.parameters);
		expect(success).toEqual([]);
		await advance(120_000);
		expect(simulator.log).toEqual([]);
	});
});

const { deletion, refresh, create, update, get } = operations;

it.each([
	['delete', 'all together', deletion, 50, {}],
	['delete', 'in batches', deletion, 50, inBatches(40)],
	['refresh', 'all together', refresh, 5, {}],
	['refresh', 'in batches', refresh, 5, inBatches(40)],
	['create', 'all together', create, 50, {}],
	['update', 'all together', update, 1, {}],
	['get', 'all together', get, 50, {}],
])(
	'%s, %s: the first of 200 is refused at once',
	async (_, __, operation, most, requestOptions) => {
		const items = createItems(operation, 200);
		simulator.setLatency(150);
		simulator.fault({ status: 409, latencyMs: -150, match: faulted(operation, items[0]) });
		const { status, error, success } = await run(operation, items, { requestOptions });

		expect(status).toBe('error');
		expect(success).toEqual([]);
		expect(error).toHaveProperty('httpCode', '409');
		expect(error).toHaveProperty('context.itemIndex', 0);
		// Those in progress, no more.
		const sent = simulator.log.filter(({ method }) => method === operation.faultedMethod);
		expect(sent.length).toBeGreaterThanOrEqual(1);
		expect(sent.length).toBeLessThanOrEqual(most);
		expect(progressIn(error)).toBe(operation === get ? undefined : effectsOf(operation, items));
	},
);

it.each(byTitle(allOperations.filter(({ kind }) => kind !== 'read')))(
	'%s: nothing is sent if an item is refused unsent',
	async (_, operation) => {
		const items = createItems(operation, 200);
		items[7] = { id: `${items[7].id} ${'x'.repeat(100)}` };
		const { error } = await run(operation, items);
		expect(error).toHaveProperty('context.itemIndex', 7);
		expect(error?.description).toContain(
			'None of 200 items had been processed when the run stopped',
		);
		expect(simulator.log).toEqual([]);
	},
);

it('item 7 is not sent if item 2 fails, unless it was sent already', async () => {
	const items = createItems(update, 10);
	simulator.fault({ status: 403, match: faulted(update, items[2]) });
	const { error } = await run(update, items);
	expect(error).toHaveProperty('context.itemIndex', 2);
	expect(error?.description).toContain('2 of 10 items had been processed when the run stopped.');
	expect(countsOf(update, items)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
	expect(effectsOf(update, items)).toBe(2);
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

describe.each(byTitle([deletion, create]))('%s: one may have been processed', (_, operation) => {
	it.each([
		[2, 'None of 2 items had been processed when the run stopped. 1 may have been:'],
		[4, '2 of 4 items had been processed when the run stopped. 1 more may have been:'],
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
});
