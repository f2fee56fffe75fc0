import type { INode } from 'n8n-workflow';
import {
	deferExpressions,
	TimeSlicer,
} from '../../../nodes/SendGridSegments/execution/preparation';
import { countTurns } from '../fakes';

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
	it('goes on after a task that throws', async () => {
		const slicer = new TimeSlicer();
		const failed = slicer.run(() => {
			throw new Error('failed');
		});
		const next = slicer.run(() => 'next');
		await expect(failed).rejects.toThrow('failed');
		expect(await next).toBe('next');
	});

	it('runs tasks in order, and lets what came in meanwhile be served every 10 ms', async () => {
		let now = 0;
		jest.spyOn(performance, 'now').mockImplementation(() => now);
		const turns = countTurns();
		const slicer = new TimeSlicer();
		const order: number[] = [];
		const turnOf = await Promise.all(
			Array.from({ length: 10 }, async (_, task) =>
				slicer.run(() => {
					order.push(task);
					now += 4;
					return turns.current();
				}),
			),
		);
		turns.stop();
		jest.restoreAllMocks();
		expect(order).toEqual([...order.keys()]);
		const tasksIn = (turn: number) => turnOf.filter((other) => other === turn);
		expect([...new Set(turnOf)].map((turn) => tasksIn(turn).length)).toEqual([3, 3, 3, 1]);
	});
});
