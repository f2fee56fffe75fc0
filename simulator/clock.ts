// setTimeout fires at once if asked to wait longer.
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Alarm {
	dueMs: number;
	act: () => void;
	timer?: NodeJS.Timeout;
}

/**
 * The simulated time. It runs on at the pace of real time from whatever it was set to, and everything
 * in the simulator that takes time waits for it.
 */
export class SimulatedClock {
	private offsetMs = 0;
	private readonly alarms = new Set<Alarm>();

	/** Milliseconds since the epoch, in simulated time. */
	ms(): number {
		return Date.now() + this.offsetMs;
	}

	now(): Date {
		return new Date(this.ms());
	}

	/** Now, as the API writes it. */
	timestamp(): string {
		return timestamp(this.ms());
	}

	/** @throws RangeError if `instant` is no date */
	set(instant: string | Date): void {
		const ms = new Date(instant).getTime();
		if (Number.isNaN(ms)) throw new RangeError(`Not a date: ${String(instant)}`);
		this.advance(ms - this.ms());
	}

	/** What becomes due is done before this returns. Set back, it leaves what is pending its remaining time. */
	advance(ms: number): void {
		this.offsetMs += ms;
		if (ms < 0) for (const alarm of this.alarms) alarm.dueMs += ms;
		this.ring();
	}

	/** Back to real time. */
	reset(): void {
		this.advance(-this.offsetMs);
	}

	/** Calls `act` once this much simulated time has passed; Infinity: never. Returns what cancels it. */
	after(ms: number, act: () => void): () => void {
		const alarm: Alarm = { dueMs: this.ms() + ms, act };
		this.alarms.add(alarm);
		this.arm(alarm);
		return () => this.remove(alarm);
	}

	private ring(): void {
		const due = [...this.alarms]
			.filter(({ dueMs }) => dueMs <= this.ms())
			.sort((a, b) => a.dueMs - b.dueMs);
		for (const alarm of due) {
			if (!this.alarms.has(alarm)) continue;
			this.remove(alarm);
			alarm.act();
		}
		for (const alarm of this.alarms) this.arm(alarm);
	}

	private arm(alarm: Alarm): void {
		clearTimeout(alarm.timer);
		const waitMs = alarm.dueMs - this.ms();
		if (waitMs === Infinity) return;
		alarm.timer = setTimeout(() => this.ring(), Math.min(waitMs, MAX_TIMER_MS)).unref();
	}

	private remove(alarm: Alarm): void {
		clearTimeout(alarm.timer);
		this.alarms.delete(alarm);
	}
}

/** An instant as the API writes it: UTC, whole seconds, rounded down. */
export function timestamp(ms: number): string {
	return `${new Date(ms).toISOString().slice(0, -'.000Z'.length)}Z`;
}
