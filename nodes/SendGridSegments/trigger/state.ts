import type { IDataObject } from 'n8n-workflow';
import { isCounted, segmentValidation, type Segment } from '../transport/segments';
import { isObject } from '../utils';
import { toEventItem, toSeconds, toTimestamp, type SegmentEvent } from './events';

/** What the user watches. */
export interface TriggerSettings {
	events: SegmentEvent[];
	/** Empty: all. */
	segmentIds: string[];
	/** How many contacts a change of the count needs. */
	minChange: number;
	/** How many percent of the count last reported it needs, too. */
	minChangePercent: number;
	/** Differs where the API key or the base URL differs. */
	account: string;
}

/**
 * What was last reported of one segment. Times are in seconds since 1970, 0 where there is none.
 * `invalidAt` is the later of the other two times when the query was last reported as not valid.
 */
type SegmentState = [
	name: string,
	updatedAt: number,
	sampleAt: number,
	sampleCount: number,
	count: number,
	invalidAt: number,
];

/**
 * What n8n keeps between polls: what was last reported, not what was last seen. n8n saves it only
 * with a poll that reports something, so all that a poll may change without a report is what the
 * next poll would find again by itself.
 */
export interface TriggerState {
	version: 1;
	account: string;
	events: string[];
	segmentIds: string[];
	segments: Record<string, SegmentState>;
}

/** The state as n8n gives it back; `undefined` before the first poll. */
export function parseState(value: unknown): TriggerState | undefined {
	return isObject(value) && value.version === 1 && isObject(value.segments)
		? (value as unknown as TriggerState)
		: undefined;
}

function countOf({ contacts_count: count }: Segment): number {
	return typeof count === 'number' ? count : 0;
}

/** A segment about which there is nothing to report. */
function currentState(segment: Segment): SegmentState {
	const updatedAt = toSeconds(segment.updated_at);
	const sampleAt = toSeconds(segment.sample_updated_at);
	const count = countOf(segment);
	const isInvalid = segmentValidation(segment).query_validation === 'INVALID';
	return [
		String(segment.name ?? ''),
		updatedAt,
		sampleAt,
		count,
		count,
		isInvalid ? Math.max(updatedAt, sampleAt, 1) : 0,
	];
}

/** A new segment as it was when it was created: not changed since, not counted, and not reported. */
function stateAtCreation(segment: Segment): SegmentState {
	const createdAt = toSeconds(segment.created_at) || toSeconds(segment.updated_at);
	return [String(segment.name ?? ''), createdAt, 0, 0, 0, 0];
}

/**
 * Compares the account's segments with what was last reported.
 *
 * - `created`, `deleted`: the segment is in one of the two only.
 * - `updated`: its name differs, or `updated_at` is later. The list does not contain the query, but a
 *   new sample leaves `updated_at` as it is, so only an edit can have moved it.
 * - `refreshed`: its sample is newer.
 * - `countChanged`: its count differs enough from the one that this event last reported.
 * - `invalid`: its query is not valid. It is reported again only if the segment was edited or counted
 *   since, which means that the query was valid, or another one.
 *
 * A new segment is compared with an empty one, so that it does not matter when it was first seen.
 * Events and segments that are watched since this poll are reported from the next change on.
 *
 * @param previous `undefined`: nothing is reported
 * @param now seconds since 1970
 */
export function detectEvents(
	previous: TriggerState | undefined,
	segments: Segment[],
	settings: TriggerSettings,
	now: number,
): { items: IDataObject[]; state: TriggerState } {
	const { events, segmentIds, minChange, minChangePercent, account } = settings;
	const isWatched = (id: string) => segmentIds.length === 0 || segmentIds.includes(id);
	const watched = new Map(
		segments.filter(({ id }) => isWatched(id)).map((segment) => [segment.id, segment]),
	);

	// Another key may be one of another account, to whose segments the state does not apply.
	const isKnownAccount =
		previous?.account === account ||
		Object.keys(previous?.segments ?? {}).some((id) => segments.some((other) => other.id === id));
	const base = isKnownAccount ? previous : undefined;
	const wasWatched = (id: string) =>
		base !== undefined && (base.segmentIds.length === 0 || base.segmentIds.includes(id));
	const isReported = (event: SegmentEvent) =>
		events.includes(event) && (base?.events.includes(event) ?? false);

	const items: IDataObject[] = [];
	const state: TriggerState = {
		version: 1,
		account,
		events: [...events],
		segmentIds: [...segmentIds],
		segments: {},
	};

	for (const [id, segment] of watched) {
		const report = (event: SegmentEvent, previousCount: number | null) =>
			items.push(toEventItem(event, segment, previousCount, now));
		const current = currentState(segment);
		const reported = base?.segments[id];
		const isNew = !reported && wasWatched(id);
		let known: SegmentState = reported ? [...reported] : current;
		if (isNew) {
			known = stateAtCreation(segment);
			if (isReported('created')) {
				report('created', null);
				known = [...current.slice(0, 5), 0] as SegmentState;
			}
		}
		let [name, updatedAt, sampleAt, sampleCount, count, invalidAt] = known;

		const isUpdated = name !== current[0] || current[1] > updatedAt;
		if (isUpdated) {
			if (isReported('updated')) report('updated', count);
			[name, updatedAt] = current;
		}

		if (isCounted(segment)) {
			if (current[2] > sampleAt || !isReported('refreshed')) {
				if (isReported('refreshed')) report('refreshed', sampleCount);
				[, , sampleAt, sampleCount] = current;
			}
			const change = Math.abs(current[4] - count);
			const isEnough = change >= Math.max(minChange, 1) && change * 100 >= minChangePercent * count;
			if (isEnough || !isReported('countChanged')) {
				if (isEnough && isReported('countChanged')) report('countChanged', count);
				count = current[4];
			}
		}

		const { query_validation: status } = segmentValidation(segment);
		if (status === 'VALID') invalidAt = 0;
		if (current[5] > invalidAt) {
			if (isReported('invalid')) report('invalid', count);
			invalidAt = current[5];
		}
		state.segments[id] = [name, updatedAt, sampleAt, sampleCount, count, invalidAt];
	}

	for (const [id, known] of Object.entries(base?.segments ?? {})) {
		if (watched.has(id) || !isWatched(id) || !isReported('deleted')) continue;
		const [name, , sampleAt, , count] = known;
		const segment: Segment = { id, name, sample_updated_at: toTimestamp(sampleAt) };
		items.push(toEventItem('deleted', segment, count, now));
	}
	return { items, state };
}
