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
	onErrorSettings,
	type Operation,
	operations,
	resultOf,
	run as runOperation,
	simulator,
	useNewSimulator,
	withBrokenItem,
	withoutTrueOutput,
} from './setup';

useNewSimulator();

const run = async (operation: Operation, items: Item[], settings: Partial<NodeRun>) =>
	await runOperation(operation, items, { retryOnFail: true, ...settings });

const { deletion, readBeforeDelete, refresh, create } = operations;

/** Reads may be sent again: the definition that Delete returns. */
const sentOnce = allOperations.filter((operation) => operation !== readBeforeDelete);

describe.each(byTitle(sentOnce))('%s: one item of ten is refused at first', (_, operation) => {
	// Under "Continue", the engine tries again only where the first item failed.
	it.each([
		...onErrorSettings.map((onError) => ({ onError, failing: 0 })),
		{ onError: 'stopWorkflow' as const, failing: 6 },
		{ onError: 'stopWorkflow' as const, failing: 9 },
	])('item $failing, $onError: no succeeded item is sent again', async ({ onError, failing }) => {
		const items = createItems(operation, 10);
		simulator.fault({ status: 403, match: faulted(operation, items[failing]) });
		const result = await run(operation, items, { onError });

		expect(result.error).toBeUndefined();
		expect(withoutTrueOutput(operation, result, items)).toEqual([]);
		expect(countsOf(operation, items)).toEqual(items.map((_, i) => (i === failing ? 2 : 1)));
	});
});

it('a succeeded item keeps its output, though its parameters are unusable in the next try', async () => {
	const items = createItems(deletion, 2);
	const soon = Date.now() + 500;
	const parameters = {
		...deletion.parameters,
		segmentId: `={{ $json.id === '${items[0].id}' && $now.toMillis() > ${soon} ? 'gone' : $json.id }}`,
	};
	simulator.fault({ status: 403, match: faulted(deletion, items[1]) });
	const result = await run({ ...deletion, parameters }, items, {
		onError: 'stopWorkflow',
		waitBetweenTries: 1000,
	});
	expect(result.error).toBeUndefined();
	expect(withoutTrueOutput(deletion, result, items)).toEqual([]);
});

it('sends again what was refused as often as the node tries', async () => {
	const items = createItems(deletion, 3);
	simulator.fault({ status: 403, times: Infinity, match: faulted(deletion, items[0]) });
	const result = await run(deletion, items, { onError: 'continueErrorOutput', maxTries: 4 });
	expect(countsOf(deletion, items)).toEqual([4, 1, 1]);
	expect(resultOf(result, 0).outcome).toBe('refused');
});

describe.each(byTitle([refresh, create]))('%s: one item of ten is uncertain', (_, operation) => {
	it.each(onErrorSettings)('%s: is not sent again and keeps its failure', async (onError) => {
		const items = createItems(operation, 10);
		simulator.fault({ status: 500, times: Infinity, match: faulted(operation, items[0]) });
		const result = await run(operation, items, { onError, maxTries: 5 });

		expect(countsOf(operation, items)[0]).toBe(1);
		expect(Math.max(...countsOf(operation, items))).toBe(1);
		if (onError === 'stopWorkflow') {
			expect(result.status).toBe('error');
			expect(result.error?.message).toBe('SendGrid returned 500');
			expect(result.error).toHaveProperty(
				'description',
				expect.stringContaining('The request may still have taken effect'),
			);
			return;
		}
		const [{ outcome, message }, ...others] = items.map((_, index) => resultOf(result, index));
		expect([outcome, message]).toEqual(['uncertain', 'SendGrid returned 500']);
		expect(others.filter(({ output }) => !output)).toEqual([]);
		expect(countsOf(operation, items)).toEqual(items.map(() => 1));
	});
});

it('500 items that share a refresh keep its uncertain end, too', async () => {
	const [item] = createItems(refresh, 1);
	const items = Array.from({ length: 500 }, () => item);
	simulator.fault({ drop: 'beforeAnswer', apply: 'after', match: faulted(refresh, item) });
	const result = await run(refresh, items, { onError: 'continueRegularOutput' });
	expect(simulator.requests('POST')).toHaveLength(1);
	for (const index of items.keys()) expect(resultOf(result, index).outcome).toBe('uncertain');
});

describe('a delete whose response was lost in an earlier try of the node', () => {
	it.each(onErrorSettings)('%s: counts as done', async (onError) => {
		const items = createItems(deletion, 2);
		const match = faulted(deletion, items[0]);
		simulator.fault({ drop: 'beforeAnswer', apply: 'after', match });
		simulator.fault({ drop: 'beforeAnswer', times: 2, match });
		const result = await run(deletion, items, { onError });

		expect(result.error).toBeUndefined();
		// With the definition that the first try read: now there is nothing left to read.
		expect(withoutTrueOutput(deletion, result, items)).toEqual([]);
		expect(countsOf(deletion, items)).toEqual([3, 1]);
		expect(simulator.requests('GET')).toHaveLength(3);
	});

	it('counts as done if the run was stopped before the next attempt', async () => {
		const items = createItems(deletion, 2);
		simulator.fault({ status: 403, latencyMs: 100, match: faulted(deletion, items[0]) });
		const match = faulted(deletion, items[1]);
		simulator.fault({ drop: 'beforeAnswer', apply: 'after', match });
		const result = await run(deletion, items, { onError: 'stopWorkflow' });

		expect(result.error).toBeUndefined();
		expect(withoutTrueOutput(deletion, result, items)).toEqual([]);
		expect(countsOf(deletion, items)).toEqual([2, 1]);
	});

	it('but not if it definitely never arrived', async () => {
		const items = createItems(deletion, 1);
		const match = faulted(deletion, items[0]);
		simulator.fault({ status: 403, match });
		simulator.fault({ status: 404, times: Infinity, match });
		const result = await run(deletion, items, { onError: 'continueErrorOutput' });
		expect(resultOf(result, 0).message).toBe(`Segment ${items[0].id} does not exist`);
	});
});

it('n8n gives up while requests are in progress: the next try waits for them, and sends none again', async () => {
	// The first item of a batch is evaluated by n8n itself.
	const { operation, items } = withBrokenItem(create, 5, 4);
	simulator.setLatency(1500);
	await run(operation, items, {
		requestOptions: inBatches(2),
		onError: 'continueErrorOutput',
		maxTries: 3,
	});
	await advance(60_000);
	expect(countsOf(operation, items)).toEqual([1, 1, 1, 1, 0]);
});
