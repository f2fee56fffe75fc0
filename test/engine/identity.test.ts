import type { IExecuteData } from 'n8n-workflow';
import { inBatches, onErrorSettings } from './faults/setup';
import { CONTINUE, jsonOf, MISSING, pairsOf, runOn, simulator, useSimulator } from './helpers';
import { core } from './n8n';

useSimulator({ refreshSeconds: 1, countSeconds: 1 });

interface Context {
	getExecuteData(): IExecuteData;
	getItemIndex(): number;
}

const context = core.ExecuteSingleContext.prototype as unknown as Context;
// The class that the other contexts are made of has the function.
const prototype = Object.getPrototypeOf(context) as Context;
const { getExecuteData } = prototype;

afterEach(() => {
	prototype.getExecuteData = getExecuteData;
});

// If this one fails, the engine of n8n has changed: what the node shares between items, and remembers
// between tries, rests on it. Without it the tests below hold, and each item is done on its own.
it('n8n gives all items of a run, in all tries, one and the same getExecuteData().data', async () => {
	const seen: Array<IExecuteData['data']> = [];
	prototype.getExecuteData = function (this: Context) {
		const executeData = getExecuteData.call(this);
		expect(executeData.node.name).toBe('SendGrid Segments');
		seen.push(executeData.data);
		return executeData;
	};
	simulator.fault({ status: 403, match: ({ method }) => method === 'GET', times: 2 });
	const ids = simulator.addSegments(5).map(({ id }) => id);
	for (const onError of ['stopWorkflow', 'continueErrorOutput'] as const) {
		seen.length = 0;
		await runOn('get', ids, {}, { onError, retryOnFail: true, requestOptions: inBatches(2) });
		expect(seen.length).toBeGreaterThanOrEqual(10);
		expect(new Set(seen).size).toBe(1);
	}
});

describe('with a copy at each call, and of its data', () => {
	beforeEach(() => {
		prototype.getExecuteData = function (this: Context) {
			const executeData = getExecuteData.call(this);
			return { ...executeData, data: { ...executeData.data } };
		};
	});

	it.each(onErrorSettings)('%s: every item is done right', async (onError) => {
		const requestOptions = inBatches(10, 500);
		const ids = simulator.addSegments(25).map(({ id }) => id);
		const refreshed = await runOn('refresh', ids.slice(0, 5), {}, { onError, requestOptions });
		const statuses = jsonOf(refreshed.success).map(({ status }) => status);
		expect(statuses).toEqual(Array(5).fill('accepted'));

		const deleted = await runOn('delete', ids, {}, { onError, requestOptions });
		expect(jsonOf(deleted.success).map(({ segment_id }) => segment_id)).toEqual(ids);
		expect(pairsOf(deleted.success)).toEqual(ids.map((_, item) => ({ item })));
		expect(simulator.segments.size).toBe(0);
	});

	it('a failure stays with its item under Continue, and ends the run under Stop Workflow', async () => {
		const [a, b] = simulator.addSegments(2).map(({ id }) => id);
		const ids = [a, MISSING, b, 'no ID'];
		const { success } = await runOn('get', ids, {}, CONTINUE);
		expect(jsonOf(success).map(({ segment_id }) => segment_id)).toEqual([
			a,
			undefined,
			b,
			undefined,
		]);
		for (const index of [1, 3]) expect(success[index].json).toHaveProperty('error.message');
		const { error } = await runOn('get', [a, MISSING, b]);
		expect(error?.message).toBe(`Segment ${MISSING} does not exist`);
	});
});
