import type { IDataObject } from 'n8n-workflow';
import type { TriggerSettings } from './settings';
import { detectEvents, parseState, type Snapshot, type TriggerState } from './state';

/** How long n8n lets a poll last that it started before another one reported something. */
const POLL_TIMEOUT_MS = 45_000;

/**
 * What this process remembers of a trigger. n8n keeps the state between polls, but not each time:
 *
 * - n8n 1, and n8n 2 by default, keep it in memory, and save it after an activation and a report.
 * - n8n 2 with `N8N_SCHEDULER_POLL_TRIGGERS_ENABLED` reads what is saved before each poll, so what a
 *   poll without a report has found is gone.
 * - With `N8N_POLLER_DURABLE_CURSORS_ENABLED`, too, it saves after each poll, but not after the one
 *   that takes the baseline at an activation.
 *
 * So the state of this process is used as long as n8n has the one that it was made from. After a
 * report n8n has another one, saved together with the execution. If it does not, it could not save
 * them, and the same is reported again; but not by polls that it started before it had saved them,
 * such as those of several schedules at once.
 */
export class TriggerMemory {
	private state?: TriggerState;

	/** `id` of the state that n8n had when `state` was made. */
	private basedOn?: string;

	/** The latest report: which state n8n had before it, and when it was, on the monotonic clock. */
	private report?: { basedOn?: string; at: number };

	/**
	 * Compares the segments with the latest state, and takes the next one.
	 *
	 * @param saved the state as n8n gives it back; a broken one starts over
	 * @param isFirst whether to start over: the poll takes a baseline
	 */
	compare(
		saved: unknown,
		isFirst: boolean,
		snapshot: Snapshot,
		settings: TriggerSettings,
	): { items: IDataObject[]; state: TriggerState } {
		const kept = parseState(saved);
		const isBroken = saved !== undefined && kept === undefined;
		if (isFirst || isBroken) this.report = undefined;
		const isReported = this.isBeingSaved(kept);
		const isCurrent = this.state !== undefined && (kept?.id === this.basedOn || isReported);
		const previous = isCurrent && !isBroken ? this.state : kept;
		const result = detectEvents(isFirst ? undefined : previous, snapshot, settings);
		this.state = result.state;
		if (result.items.length > 0) {
			this.report = { basedOn: kept?.id, at: performance.now() };
			this.basedOn = result.state.id;
		} else if (!isReported) {
			this.basedOn = kept?.id;
		}
		return result;
	}

	/** Whether this is the state of before the latest report, which n8n may be about to save. */
	private isBeingSaved(kept: TriggerState | undefined): boolean {
		if (!this.report || kept?.id !== this.report.basedOn) return false;
		return performance.now() - this.report.at < POLL_TIMEOUT_MS;
	}
}
