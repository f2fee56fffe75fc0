import { SimulatedClock } from '../../simulator/clock';

beforeEach(() => jest.useFakeTimers({ now: Date.parse('2026-05-01T08:00:00Z') }));
afterEach(() => jest.useRealTimers());

/** A clock with three alarms, and the names of those that rang. */
function clockWithAlarms() {
	const clock = new SimulatedClock();
	const rang: string[] = [];
	clock.after(2000, () => rang.push('two'));
	clock.after(1000, () => rang.push('one'));
	clock.after(Infinity, () => rang.push('never'));
	return { clock, rang };
}

test('set() does at once what becomes due', () => {
	const { clock, rang } = clockWithAlarms();
	clock.set('2026-05-01T08:00:01.500Z');
	expect(rang).toEqual(['one']);
	jest.advanceTimersByTime(500);
	expect(rang).toEqual(['one', 'two']);
});

test('set back, it leaves what is pending its remaining time', () => {
	const { clock, rang } = clockWithAlarms();
	clock.set('2020-01-01T00:00:00Z');
	jest.advanceTimersByTime(999);
	expect(rang).toEqual([]);
	jest.advanceTimersByTime(1);
	expect(rang).toEqual(['one']);
});

test('what is cancelled is not done, even by something that is due with it', () => {
	const clock = new SimulatedClock();
	const rang: string[] = [];
	const cancels = ['a', 'b'].map((name) =>
		clock.after(1000, () => {
			rang.push(name);
			cancels.forEach((cancel) => cancel());
		}),
	);
	clock.advance(1000);
	expect(rang).toEqual(['a']);
});

test('what is due in more than a timer can wait is not done at once', () => {
	const clock = new SimulatedClock();
	const act = jest.fn();
	clock.after(90 * 24 * 3_600_000, act);
	jest.advanceTimersByTime(89 * 24 * 3_600_000);
	expect(act).not.toHaveBeenCalled();
	jest.advanceTimersByTime(24 * 3_600_000);
	expect(act).toHaveBeenCalledTimes(1);
});
