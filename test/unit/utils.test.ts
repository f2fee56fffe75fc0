import fc from 'fast-check';
import {
	abortable,
	describeInstant,
	describeValue,
	joinSentences,
	nameContains,
	Semaphore,
	sleepUnlessAborted,
	truncate,
} from '../../nodes/SendGridSegments/utils';
import { settle } from './fakes';

it('truncate leaves 500 characters unless told, and never cuts one', () => {
	expect(truncate('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
	const text = fc.array(fc.constantFrom('a', 'é', '🎉', '𝒳'), { maxLength: 40 });
	fc.assert(
		fc.property(text, fc.nat(20), (characters, max) => {
			const expected = characters.length > max ? [...characters.slice(0, max), '…'] : characters;
			expect(truncate(characters.join(''), max)).toBe(expected.join(''));
		}),
	);
});

describe('describeValue', () => {
	const circular: Record<string, unknown> = {};
	circular.self = circular;

	it.each<[unknown, string]>([
		['abc', '"abc"'],
		['a\r\n\tb', '"a b"'],
		['', '""'],
		['x'.repeat(10_000), `"${'x'.repeat(60)}…"`],
		[42, '42'],
		[-0, '0'],
		[NaN, 'NaN'],
		[10n, '10'],
		[false, 'false'],
		[null, 'null'],
		[undefined, 'undefined'],
		[Symbol('x'), 'Symbol(x)'],
		[[1], 'a list'],
		[circular, 'an object'],
		[Object.create(null), 'an object'],
		[new Date(NaN), 'an object'],
	])('%p', (value, text) => {
		expect(describeValue(value)).toBe(text);
	});

	it('is short for whatever it is given', () => {
		const anything = fc.oneof(
			fc.anything({ withNullPrototype: true, withBigInt: true }),
			fc.string({ unit: 'binary', maxLength: 500 }),
			fc.func(fc.anything()),
		);
		fc.assert(
			fc.property(anything, (value) => {
				const text = describeValue(value);
				expect([...text].length).toBeLessThanOrEqual(63);
			}),
		);
	});
});

it('joinSentences leaves out what is not there', () => {
	expect(joinSentences('One.', false, undefined, '', 'Two.')).toBe('One. Two.');
});

it.each([
	['2025-06-10T00:00:00.000Z', 'UTC', 'Jun 10, 2025, 00:00 (UTC)'],
	['2025-06-10T00:00:00.001Z', 'UTC', 'Jun 10, 2025, 00:01 (UTC)'],
	['2025-06-10T03:59:59Z', 'America/New_York', 'Jun 10, 2025, 00:00 (America/New_York)'],
])('describeInstant: %s in %s is %s, never too early', (instant, zone, text) => {
	expect(describeInstant(Date.parse(instant), zone)).toBe(text);
});

it.each<[unknown, string, boolean]>([
	['Rote Äpfel', ' ÄPFEL ', true],
	['Rote Äpfel', 'A\u0308pfel', true],
	['Rote A\u0308pfel', 'Äpfel', true],
	['Rote Äpfel', 'apfel', false],
	['Rote Äpfel', '', true],
	['\u0130stanbul', 'istanbul', true],
	['istanbul', '\u0130STANBUL', true],
	['x'.repeat(2_000), 'x'.repeat(1_001), false],
	[undefined, 'x', false],
	[null, 'null', false],
])('nameContains: whether %j contains %j: %s', (name, text, isFound) => {
	expect(nameContains({ name } as never, text)).toBe(isFound);
});

describe('a semaphore', () => {
	it('runs as many tasks at once as it may, first come, first served', async () => {
		const semaphore = new Semaphore(2);
		const started: number[] = [];
		const ends: Array<() => void> = [];
		for (let task = 0; task < 4; task++) {
			void semaphore.run(async () => {
				started.push(task);
				await new Promise<void>((resolve) => ends.push(resolve));
			});
		}
		for (const expected of [
			[0, 1],
			[0, 1, 2],
			[0, 1, 2, 3],
		]) {
			await settle();
			expect(started).toEqual(expected);
			ends.shift()!();
		}
	});

	it('gives the result of a task, and lets the next one start after one that fails', async () => {
		const semaphore = new Semaphore(1);
		const failed = semaphore.run(async () => {
			throw new Error('failed');
		});
		const next = semaphore.run(async () => 'next');
		await expect(failed).rejects.toThrow('failed');
		await expect(next).resolves.toBe('next');
		await expect(semaphore.run(async () => 'later')).resolves.toBe('later');
	});

	it('prefers the task that waits to one that comes now', async () => {
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
});

describe('waiting', () => {
	const reason = new Error('stopped');
	let controller: AbortController;

	beforeEach(() => {
		jest.useFakeTimers();
		controller = new AbortController();
	});

	afterEach(() => jest.useRealTimers());

	it('abortable gives the result or the rejection of the work', async () => {
		await expect(abortable(controller.signal, Promise.resolve(1))).resolves.toBe(1);
		const failed = Promise.reject(new Error('failed'));
		await expect(abortable(controller.signal, failed)).rejects.toThrow('failed');
	});

	it("rejects with the signal's reason as soon as it is aborted", async () => {
		const works = [
			abortable(controller.signal, new Promise(() => {})),
			sleepUnlessAborted(60_000, controller.signal),
		];
		const settled = Promise.allSettled(works);
		controller.abort(reason);
		expect(await settled).toEqual([
			{ status: 'rejected', reason },
			{ status: 'rejected', reason },
		]);
		for (const ms of [-1, 0, 1_000]) {
			await expect(sleepUnlessAborted(ms, controller.signal)).rejects.toBe(reason);
		}
		await expect(abortable(controller.signal, Promise.resolve(1))).rejects.toBe(reason);
	});

	it('rejects only those that still wait', async () => {
		await abortable(controller.signal, Promise.resolve());
		const waits = abortable(controller.signal, new Promise(() => {}));
		const ended = expect(waits).rejects.toBe(reason);
		controller.abort(reason);
		await ended;
	});

	it.each([
		[1_000, 1_000],
		[2 ** 40, 2 ** 31 - 1],
	])('sleeps %d ms for %d ms', async (ms, expected) => {
		const ended = jest.fn();
		void sleepUnlessAborted(ms, controller.signal).then(ended);
		await jest.advanceTimersByTimeAsync(expected - 1);
		expect(ended).not.toHaveBeenCalled();
		await jest.advanceTimersByTimeAsync(1);
		expect(ended).toHaveBeenCalled();
	});

	it.each([-1, 0])('does not wait for %d ms', async (ms) => {
		await sleepUnlessAborted(ms, controller.signal);
		expect(jest.getTimerCount()).toBe(0);
	});

	it('adds one listener to a signal, however many wait', async () => {
		const added = jest.spyOn(controller.signal, 'addEventListener');
		const waits = Array.from(
			{ length: 50 },
			async () => await sleepUnlessAborted(1_000, controller.signal),
		);
		expect(added).toHaveBeenCalledTimes(1);
		await jest.advanceTimersByTimeAsync(1_000);
		await Promise.all(waits);
	});
});
