import { Semaphore } from '../../../nodes/SendGridSegments/execution/semaphore';
import { settle } from '../fakes';

it('runs as many tasks at once as it has places, first come, first served', async () => {
	const semaphore = new Semaphore(2);
	const started: number[] = [];
	const ends: Array<() => void> = [];
	for (let task = 0; task < 5; task++) {
		void semaphore.run(async () => {
			started.push(task);
			await new Promise<void>((resolve) => ends.push(resolve));
		});
	}
	for (const expected of [
		[0, 1],
		[0, 1, 2],
		[0, 1, 2, 3],
		[0, 1, 2, 3, 4],
	]) {
		await settle();
		expect(started).toEqual(expected);
		ends.shift()!();
	}
});

it('gives the result of a task, and frees the place of one that fails', async () => {
	const semaphore = new Semaphore(1);
	const failed = semaphore.run(async () => {
		throw new Error('failed');
	});
	const next = semaphore.run(async () => 'next');
	await expect(failed).rejects.toThrow('failed');
	await expect(next).resolves.toBe('next');
	await expect(semaphore.run(async () => 'later')).resolves.toBe('later');
});

it('gives a freed place to the one that waits, not to one that comes now', async () => {
	const semaphore = new Semaphore(1);
	const order: string[] = [];
	let end!: () => void;
	const first = semaphore.run(async () => await new Promise<void>((resolve) => (end = resolve)));
	const waiting = semaphore.run(async () => order.push('waiting'));
	end();
	await first;
	const late = semaphore.run(async () => order.push('late'));
	await Promise.all([waiting, late]);
	expect(order).toEqual(['waiting', 'late']);
});
