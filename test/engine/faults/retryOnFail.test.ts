import type { IDataObject } from 'n8n-workflow';
import { type Simulator, startSimulator } from '../../../simulator';
import { type NodeRun, runNode } from '../harness';
import { isFor, type Item, type Operation, operations, prepared, requestsFor } from './operations';
import { fateOf, keepsKeyOutOfLog, onErrorSettings } from './support';

keepsKeyOutOfLog();

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator();
});

afterEach(async () => await simulator.stop());

const run = async (operation: Operation, items: Item[], settings: Partial<NodeRun>) =>
	await runNode({
		parameters: operation.parameters,
		items,
		credentials: { apiKey: simulator.keys.full, baseUrl: simulator.url },
		retryOnFail: true,
		...settings,
	});

/** What arrived for each item of the request that changes something, or reads what is asked for. */
const countsOf = ({ hit }: Operation, items: Item[]) =>
	items.map((item) => requestsFor(simulator, item, hit).length);

const hits = (operation: Operation, item: Item) => (request: Simulator['log'][number]) =>
	request.method === operation.hit && isFor(request, item);

const { remove, removeKeeping, refresh, get, getMany, create, update } = operations;

describe.each([remove, removeKeeping, refresh, get, getMany, create, update])(
	'$title: one item of ten is refused at first',
	(operation) => {
		// Under "Continue", the engine tries again only where the first item failed.
		it.each([
			...onErrorSettings.map((onError) => ({ onError, failing: 0 })),
			{ onError: 'stopWorkflow' as const, failing: 6 },
			{ onError: 'stopWorkflow' as const, failing: 9 },
		])('item $failing, $onError: no succeeded item is sent again', async ({ onError, failing }) => {
			const items = prepared(operation, simulator, 10);
			simulator.fault({ status: 403, match: hits(operation, items[failing]) });
			const result = await run(operation, items, { onError });

			expect(result.error).toBeUndefined();
			for (const [index, item] of items.entries()) {
				const { output } = fateOf(result, index);
				expect(output && operation.isTrue(output, simulator, item)).toBe(true);
			}
			expect(countsOf(operation, items)).toEqual(items.map((_, i) => (i === failing ? 2 : 1)));
		});
	},
);

it('sends again what was refused as often as the node tries', async () => {
	const items = prepared(remove, simulator, 3);
	simulator.fault({ status: 403, times: Infinity, match: hits(remove, items[0]) });
	const result = await run(remove, items, { onError: 'continueErrorOutput', maxTries: 4 });
	expect(countsOf(remove, items)).toEqual([4, 1, 1]);
	expect(fateOf(result, 0).outcome).toBe('refused');
});

describe.each([refresh, create])('$title: one item of ten is uncertain', (operation) => {
	it.each(
		onErrorSettings.flatMap((onError) =>
			(['instead', 'after'] as const).map((apply) => ({ onError, apply })),
		),
	)('$onError, $apply: is not sent again and keeps its failure', async ({ onError, apply }) => {
		const items = prepared(operation, simulator, 10);
		simulator.fault({ status: 500, apply, times: Infinity, match: hits(operation, items[0]) });
		const result = await run(operation, items, { onError, maxTries: 5 });

		expect(countsOf(operation, items)[0]).toBe(1);
		expect(Math.max(...countsOf(operation, items))).toBe(1);
		if (onError === 'stopWorkflow') {
			expect(result.status).toBe('error');
			expect(result.error?.message).toBe('SendGrid answered 500');
			expect(result.error).toHaveProperty(
				'description',
				expect.stringContaining('It may still have'),
			);
			return;
		}
		const [{ outcome, message }, ...others] = items.map((_, index) => fateOf(result, index));
		expect([outcome, message]).toEqual(['uncertain', 'SendGrid answered 500']);
		expect(others.filter(({ output }) => !output)).toEqual([]);
		expect(countsOf(operation, items)).toEqual(items.map(() => 1));
	});
});

it('500 items that share a refresh keep its uncertain end, too', async () => {
	const [item] = prepared(refresh, simulator, 1);
	const items = Array.from({ length: 500 }, () => item);
	simulator.fault({ drop: 'beforeAnswer', apply: 'after', match: hits(refresh, item) });
	const result = await run(refresh, items, { onError: 'continueRegularOutput' });
	expect(simulator.requests('POST')).toHaveLength(1);
	for (const index of items.keys()) expect(fateOf(result, index).outcome).toBe('uncertain');
});

describe('a delete whose answer was lost in an earlier try of the node', () => {
	const isDone = (output: IDataObject | undefined, operation: Operation, item: Item) =>
		output !== undefined && operation.isTrue(output, simulator, item);

	it.each(
		onErrorSettings.flatMap((onError) =>
			[remove, removeKeeping].map((operation) => ({
				onError,
				operation,
				title: operation.title,
			})),
		),
	)('$title, $onError: counts as done', async ({ onError, operation }) => {
		const items = prepared(operation, simulator, 2);
		const match = hits(operation, items[0]);
		simulator.fault({ drop: 'beforeAnswer', apply: 'after', match });
		simulator.fault({ drop: 'beforeAnswer', times: 2, match });
		const result = await run(operation, items, { onError });

		expect(result.error).toBeUndefined();
		expect(isDone(fateOf(result, 0).output, operation, items[0])).toBe(true);
		expect(isDone(fateOf(result, 1).output, operation, items[1])).toBe(true);
		expect(countsOf(operation, items)).toEqual([4, 1]);
		// The definition is not read again: there is nothing left to read.
		const reads = operation === removeKeeping ? 2 : 0;
		expect(simulator.requests('GET')).toHaveLength(reads);
	});

	it.each([remove, removeKeeping])(
		'$title: counts as done where the run was stopped before the next try',
		async (operation) => {
			const items = prepared(operation, simulator, 2);
			simulator.fault({ status: 403, latencyMs: 100, match: hits(operation, items[0]) });
			simulator.fault({
				drop: 'beforeAnswer',
				apply: 'after',
				match: hits(operation, items[1]),
			});
			const result = await run(operation, items, { onError: 'stopWorkflow' });

			expect(result.error).toBeUndefined();
			expect(isDone(fateOf(result, 1).output, operation, items[1])).toBe(true);
			expect(countsOf(operation, items)).toEqual([2, 2]);
		},
	);

	it('but not where it surely never arrived', async () => {
		const items = prepared(remove, simulator, 1);
		const match = hits(remove, items[0]);
		simulator.fault({ status: 403, match });
		simulator.fault({ status: 404, times: Infinity, match });
		const result = await run(remove, items, { onError: 'continueErrorOutput' });
		expect(fateOf(result, 0).message).toBe(`Segment ${items[0].id} does not exist`);
	});
});
