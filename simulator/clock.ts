/** The simulated time. It runs on at the pace of real time from whatever it was set to. */
export class SimulatedClock {
	private offsetMs = 0;

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
		this.offsetMs = ms - Date.now();
	}

	advance(ms: number): void {
		this.offsetMs += ms;
	}

	/** Back to real time. */
	reset(): void {
		this.offsetMs = 0;
	}
}

/** An instant as the API writes it: UTC, whole seconds, rounded down. */
export function timestamp(ms: number): string {
	return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
