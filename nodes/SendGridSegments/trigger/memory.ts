import type { IDataObject } from 'n8n-workflow';
import type { TriggerSettings } from './settings';
import { detectEvents, parseState, type Snapshot, type TriggerState } from './state';

/**
 * What this process remembers of a trigger. n8n keeps the state between polls, but not each time:
 *
 * - n8n 1, and n8n 2 by default, keep it in memory, and save it after an activation and a report.
 * - n8n 2 with `N8N_SCHEDULER_POLL_TRIGGERS_ENABLED` reads what is saved before each poll, so what a
 *   poll without a report has found is gone.
 * - With `N8N_POLLER_DURABLE_CURSORS_ENABLED`, too, it saves after each poll, but not after the one
 *   that takes the baseline at an activation.
 *
 * So the state of this process is used as long as n8n has the one that it was made from. What was
 * reported n8n saves together with the execution; if it has not, it reports the same again.
 */
export class TriggerMemory {
	private state?: TriggerState;

	/** `id` of the state that n8n had when `state` was made. */
	private basedOn?: string;

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
		const previous = isFirst ? undefined : this.latest(saved);
		const result = detectEvents(previous, snapshot, settings);
		this.state = result.state;
		this.basedOn = result.items.length > 0 ? result.state.id : parseState(saved)?.id;
		return result;
	}

	private latest(saved: unknown): TriggerState | undefined {
		const state = parseState(saved);
		const isBroken = saved !== undefined && state === undefined;
		return this.state && state?.id === this.basedOn && !isBroken ? this.state : state;
	}
}
