import { TimeSlicer } from '../../../nodes/SendGridSegments/execution/TimeSlicer';
import { countTurns } from '../fakes';

let now = 0;

beforeEach(() => {
	now = 0;
	jest.spyOn(performance, 'now').mockImplementation(() => now);
});

afterEach(() => jest.restoreAllMocks());

/** For each of 60 tasks that take so long, the turn of the event loop in which it ran. */
async function turnsOfTasks(ms: number): Promise<number[]> {
	const slicer = new TimeSlicer();
	const turns = countTurns();
	const turnOf = await Promise.all(
		Array.from(
			{ length: 60 },
			async () =>
				await slicer.run(() => {
					now += ms;
					return turns.current();
				}),
		),
	);
	turns.stop();
	return turnOf;
}

it('lets n8n do other work between tasks that take long', async () => {
	const long = new Set(await turnsOfTasks(20)).size;
	expect(long).toBeGreaterThan(30);
});

it('runs short tasks in a row, and longer ones in fewer', async () => {
	const [short, medium, long] = [
		new Set(await turnsOfTasks(0.01)).size,
		new Set(await turnsOfTasks(3)).size,
		new Set(await turnsOfTasks(20)).size,
	];
	expect(short).toBeLessThan(medium);
	expect(medium).toBeLessThan(long);
	expect(short).toBe(1);
});

it('runs the tasks in their order, each with its result, also after one that throws', async () => {
	const slicer = new TimeSlicer();
	const order: number[] = [];
	const run = async (task: number) =>
		await slicer.run(async () => {
			order.push(task);
			now += 7;
			if (task === 2) throw new Error('failed');
			return task;
		});
	const results = await Promise.allSettled([1, 2, 3, 4].map(run));
	expect(order).toEqual([1, 2, 3, 4]);
	expect(results.map((result) => ('value' in result ? result.value : 'rejected'))).toEqual([
		1,
		'rejected',
		3,
		4,
	]);
});

it('does not wait for what a task waits for', async () => {
	const slicer = new TimeSlicer();
	void slicer.run(async () => await new Promise(() => {}));
	expect(await slicer.run(() => 'next')).toBe('next');
});
