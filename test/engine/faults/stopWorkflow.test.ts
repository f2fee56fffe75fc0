import { type Simulator, startSimulator } from '../../../simulator';
import { type NodeRun, runNode } from '../harness';
import { isFor, type Item, type Operation, operations, prepared } from './operations';
import { keepsKeyOutOfLog } from './support';

keepsKeyOutOfLog();

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator();
});

afterEach(async () => await simulator.stop());

const run = async (operation: Operation, items: object[], settings: Partial<NodeRun> = {}) =>
	await runNode({
		parameters: operation.parameters,
		items: items as Item[],
		credentials: { apiKey: simulator.keys.full, baseUrl: simulator.url },
		...settings,
	});

const all = Object.values(operations);
const writing = all.filter(({ kind }) => kind !== 'read');

describe.each(all)('$title: an expression that cannot be evaluated', (operation) => {
	it.each([0, 4, 9])('of item %i: nothing is sent', async (broken) => {
		const items = prepared(operation, simulator, 10).map((item, index) => ({
			...item,
			isBroken: index === broken,
		}));
		const parameters = JSON.parse(
			JSON.stringify(operation.parameters).replaceAll(
				'$json.id',
				"$json.isBroken ? $('Nowhere').item.json.id : $json.id",
			),
		);
		const { error, success } = await run(operation, items, { parameters });
		expect(error?.message).toBe("Referenced node doesn't exist");
		expect(success).toEqual([]);
		// What was held back is not sent a moment later either.
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(sent()).toEqual([]);
	});
});

const sent = () => simulator.log.map(({ method, path }) => `${method} ${path}`);

/** How many items had taken effect, as the failure has it; undefined where it does not say. */
function progressIn(error: { description?: string | null } | undefined): number | undefined {
	const count = /(\w+) of 200 items had already taken effect when/.exec(
		error?.description ?? '',
	)?.[1];
	return count === 'None' ? 0 : count === undefined ? undefined : Number(count);
}

const effectsOf = ({ title }: Operation, items: Item[]) =>
	items.filter(({ id }) => {
		if (title.startsWith('delete')) return !simulator.segments.has(id);
		if (title === 'refresh') return simulator.segments.get(id)?.refreshes_used === 1;
		return [...simulator.segments.values()].some(({ name }) => name === `New ${id}`);
	}).length;

const together = { timing: 'all together', requestOptions: {} };
const batched = {
	timing: 'in batches',
	requestOptions: { batching: { batch: { batchSize: 40, batchInterval: 30 } } },
};
const { remove, removeKeeping, refresh, create, update, get } = operations;

it.each([
	...[remove, removeKeeping, refresh, create, update, get].map((operation) => ({
		operation,
		title: operation.title,
		...together,
	})),
	...[remove, refresh].map((operation) => ({ operation, title: operation.title, ...batched })),
])('$title: 200 items, $timing, whose first fails at once', async (row) => {
	const { operation, requestOptions } = row;
	const items = prepared(operation, simulator, 200);
	simulator.setLatency(150);
	simulator.fault({
		status: 403,
		latencyMs: -150,
		match: (request) => request.method === operation.hit && isFor(request, items[0]),
	});
	const { status, error, success } = await run(operation, items, { requestOptions });

	expect(status).toBe('error');
	expect(success).toEqual([]);
	expect(error).toHaveProperty('httpCode', '403');
	expect(error).toHaveProperty('context.itemIndex', 0);
	// Those under way, no more.
	expect(sent().length).toBeGreaterThanOrEqual(1);
	expect(sent().length).toBeLessThanOrEqual(operation === refresh ? 10 : 55);
	expect(progressIn(error)).toBe(operation === get ? undefined : effectsOf(operation, items));
});

it.each(writing)('$title: sends nothing where the first is refused unsent', async (operation) => {
	const items = prepared(operation, simulator, 200);
	const long = { id: `${items[0].id} ${'x'.repeat(100)}` };
	const { error } = await run(operation, [long, ...items.slice(1)]);
	expect(error).toHaveProperty('context.itemIndex', 0);
	expect(progressIn(error)).toBe(0);
	expect(sent()).toEqual([]);
});

it('keeps to Max Concurrency', async () => {
	const items = prepared(remove, simulator, 200);
	simulator.setLatency(100);
	simulator.fault({ status: 403, match: (request) => isFor(request, items[0]) });
	const parameters = {
		...remove.parameters,
		options: { ifScheduled: 'delete', maxConcurrency: 7 },
	};
	const { error } = await run(remove, items, { parameters });
	expect(error).toHaveProperty('context.itemIndex', 0);
	expect(sent().length).toBeLessThanOrEqual(7);
	expect(progressIn(error)).toBe(effectsOf(remove, items));
});

it('repeats nothing once it has stopped', async () => {
	const items = prepared(remove, simulator, 30);
	simulator.fault({ status: 403, latencyMs: 50, match: (request) => isFor(request, items[29]) });
	simulator.fault({ status: 500, headers: { 'retry-after': '2' }, times: Infinity });
	const { error } = await run(remove, items);
	expect(error).toHaveProperty('httpCode', '403');
	expect(sent()).toHaveLength(30);
});
