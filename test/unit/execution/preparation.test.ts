import type { INode } from 'n8n-workflow';
import {
	deferExpressions,
	TimeSlicer,
} from '../../../nodes/SendGridSegments/execution/preparation';

describe('deferExpressions', () => {
	const parameters = {
		resource: 'segment',
		operation: 'delete',
		requestOptions: { batching: { batch: { batchSize: 5 } } },
		segmentId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
		name: '={{ $json.name }}',
		options: { dryRun: '={{ $json.dryRun }}' },
		ids: ['={{ $json.id }}'],
	};

	it('leaves only what decides which request is prepared, for one synchronous stretch', async () => {
		const node = { name: 'x', parameters } as unknown as INode;
		const deferred = deferExpressions(node);
		const { resource, operation, requestOptions } = parameters;
		expect(node.parameters).toEqual({
			resource,
			operation,
			requestOptions,
			segmentId: {},
			name: '',
			options: {},
			ids: '',
		});
		// Whoever comes next in the queue of promises finds them restored.
		await Promise.resolve();
		expect(node.parameters).toBe(parameters);
		await deferred;
		expect(node.parameters).toBe(parameters);
	});

	it('restores them where the stretch ends with an error', async () => {
		const node = { name: 'x', parameters } as unknown as INode;
		await expect(
			(async () => {
				void deferExpressions(node);
				throw new Error('The engine stops here');
			})(),
		).rejects.toThrow();
		expect(node.parameters).toBe(parameters);
	});
});

describe('TimeSlicer', () => {
	beforeEach(() => jest.useFakeTimers());

	afterEach(() => jest.useRealTimers());

	it('runs tasks in the order of the calls, and gives their results', async () => {
		const slicer = new TimeSlicer();
		const order: number[] = [];
		const all = Promise.all(
			[0, 1, 2, 3].map(async (n) => await slicer.run(() => (order.push(n), n))),
		);
		await jest.runAllTimersAsync();
		expect(await all).toEqual([0, 1, 2, 3]);
		expect(order).toEqual([0, 1, 2, 3]);
	});

	it('goes on after a task that throws', async () => {
		const slicer = new TimeSlicer();
		const failed = expect(
			slicer.run(() => {
				throw new Error('failed');
			}),
		).rejects.toThrow('failed');
		const next = slicer.run(() => 'next');
		await jest.runAllTimersAsync();
		await failed;
		expect(await next).toBe('next');
	});

	it('lets others have a turn every 20 ms', async () => {
		let now = 0;
		jest.spyOn(performance, 'now').mockImplementation(() => now);
		const events: string[] = [];
		const { MessageChannel } = globalThis;
		jest.spyOn(globalThis, 'MessageChannel').mockImplementation(() => {
			events.push('others');
			return new MessageChannel();
		});
		const slicer = new TimeSlicer();
		const all = Promise.all(
			Array.from({ length: 10 }, async (_, n) =>
				slicer.run(() => {
					events.push(`task ${n}`);
					now += 8;
				}),
			),
		);
		await jest.runAllTimersAsync();
		await all;
		const slices = events.join().split('others').slice(1);
		expect(slices.map((slice) => slice.match(/task/g)?.length)).toEqual([3, 3, 3, 1]);
		expect(events.filter((event) => event !== 'others')).toEqual(
			Array.from({ length: 10 }, (_, n) => `task ${n}`),
		);
		jest.restoreAllMocks();
	});

	it('lets what came in meanwhile be served between two slices', async () => {
		jest.useRealTimers();
		let now = 0;
		jest.spyOn(performance, 'now').mockImplementation(() => now);
		let turns = 0;
		let isDone = false;
		const countTurns = () => {
			turns++;
			if (!isDone) setImmediate(countTurns);
		};
		countTurns();
		const slicer = new TimeSlicer();
		const turnOf = await Promise.all(
			Array.from({ length: 6 }, async () =>
				slicer.run(() => {
					now += 8;
					return turns;
				}),
			),
		);
		isDone = true;
		const [first, , last, next] = turnOf;
		expect(last).toBe(first);
		expect(next).toBeGreaterThan(last);
		jest.restoreAllMocks();
	});
});
