import { advance } from '../../clock';
import type { NodeRun } from '../harness';
import {
	allOperations,
	byTitle,
	countsOf,
	createItems,
	expectNoUnhandledRejection,
	faulted,
	inBatches,
	onErrorSettings,
	operations,
	resultOf,
	run,
	simulator,
	useNewSimulator,
	withBrokenItem,
	withoutTrueOutput,
} from './setup';

useNewSimulator({ rateLimit: { limit: 100_000 } });

const { deletion, get, create } = operations;

/** The node's default, under which the engine pauses between batches of 10 items. */
const BATCHING = inBatches(10);

describe('30 items, in batches of ten with a pause of 2 seconds', () => {
	/** Milliseconds from the start until each request arrived. */
	async function sentAt(onError: NodeRun['onError']) {
		const startedAt = Date.now();
		const requestOptions = inBatches(10, 2000);
		await run(create, createItems(create, 30), { requestOptions, onError });
		return simulator.log.map(({ at }) => at - startedAt);
	}

	it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'%s: each batch is sent before the next one is prepared',
		async (onError) => {
			const batches = [0, 2000, 4000].flatMap((at) => Array<number>(10).fill(at));
			expect(await sentAt(onError)).toEqual(batches);
		},
	);

	it('stopWorkflow: nothing is sent before all items are prepared', async () => {
		expect(await sentAt('stopWorkflow')).toEqual(Array(30).fill(4000));
	});
});

describe.each(byTitle(allOperations))('%s: an expression that cannot be evaluated', (_, intact) => {
	it.each([
		['all together', 22, 13, {}],
		['in batches of four', 22, 13, inBatches(4)],
		['of two items', 2, 1, {}],
	])('fails its item and no other, %s', async (__, count, broken, requestOptions) => {
		const { operation, items } = withBrokenItem(intact, count, broken);
		// An account has ten a day.
		simulator.accountRefreshesUsed = -items.length;
		const result = await run(operation, items, { requestOptions });
		expect(resultOf(result, broken)).toMatchObject({
			outcome: 'refused',
			message: "Referenced node doesn't exist",
		});
		const withoutOutput = withoutTrueOutput(operation, result, items);
		expect(withoutOutput.map(({ index }) => index)).toEqual([broken]);
	});
});

it('an item that is unusable has nobody to tell if n8n gives up on the node after it', async () => {
	const { operation, items } = withBrokenItem(operations.refresh, 12, 10);
	items[3].id = 'no ID';
	await expectNoUnhandledRejection(async () => {
		await run(operation, items, { requestOptions: BATCHING, onError: 'stopWorkflow' });
		await advance(60_000);
	});
	expect(simulator.log).toEqual([]);
});

describe('the parameters of the node', () => {
	const evaluate = `={{ JSON.stringify($('SendGrid Segments').params) }}`;

	it.each(onErrorSettings)('%s: are as before after the run', async (onError) => {
		for (const requestOptions of [{}, BATCHING]) {
			// Of so many, the node defers the expressions.
			const items = createItems(get, 30);
			const result = await run(get, items, { evaluate, onError, requestOptions });
			const params = JSON.parse(result.evaluated.success[0] as string);
			expect(params).toMatchObject(get.parameters);
		}
	});

	it.each([3, 25])(
		'are as before in the next try of Retry On Fail, after item %i',
		async (index) => {
			const items = createItems(deletion, 30);
			simulator.fault({ status: 403, match: faulted(deletion, items[index]) });
			const result = await run(deletion, items, {
				onError: 'stopWorkflow',
				retryOnFail: true,
				requestOptions: inBatches(5),
				evaluate,
			});
			expect(withoutTrueOutput(deletion, result, items)).toEqual([]);
			const params = JSON.parse(result.evaluated.success[0] as string);
			expect(params).toMatchObject(deletion.parameters);
		},
	);
});

it.each(onErrorSettings)('Execute Once, %s: only the first item', async (onError) => {
	const items = createItems(deletion, 3);
	const result = await run(deletion, items, { onError, executeOnce: true });
	expect(result.success).toHaveLength(1);
	expect(withoutTrueOutput(deletion, result, items.slice(0, 1))).toEqual([]);
	expect(countsOf(deletion, items)).toEqual([1, 0, 0]);
});

it('Execute Once, stopWorkflow: its failure counts one item', async () => {
	const items = createItems(deletion, 3);
	simulator.fault({ status: 403, match: faulted(deletion, items[0]) });
	const { error } = await run(deletion, items, { onError: 'stopWorkflow', executeOnce: true });
	expect(error?.description).not.toContain('had been processed');
});
