import type { IDataObject } from 'n8n-workflow';
import { isCounted, segmentValidation, type Segment } from '../transport/segments';
import { isObject } from '../utils';
import { toCount, toEventItem, toSeconds, toTimestamp, type SegmentEvent } from './events';
import type { TriggerSettings } from './settings';

/**
 * What was last reported of one segment. Times are in seconds since 1970. `null` is what SendGrid did
 * not say; the first value that it gives later is not reported as a change.
 */
interface SegmentState {
	name: string;
	updatedAt: number | null;
	/** 0: the contacts were not counted yet. */
	sampledAt: number | null;
	/** The contacts when `refreshed` was last reported. */
	sampledCount: number | null;
	/** The contacts when `countChanged` was last reported. */
	count: number | null;
	/**
	 * The later of the two times when the query was last reported as not valid; 0 if it was valid
	 * since.
	 */
	invalidAt: number;
}

/**
 * What n8n keeps between polls: what was last reported, not what was last seen. n8n saves it only
 * with a poll that reports something, so all that a poll may change without a report is what the
 * next poll would find again by itself.
 */
export interface TriggerState {
	version: 1;
	/** Changes with each baseline and each report. */
	id: string;
	/** Differs if the API key or the base URL differs. */
	account: string;
	events: string[];
	segmentIds: string[];
	segments: Record<string, SegmentState>;
	/** Whether the latest list was empty, which only counts if the next one is empty, too. */
	isListEmpty: boolean;
}

/** What a poll has read. */
export interface Snapshot {
	segments: Segment[];
	/** Differs if the API key or the base URL differs. */
	account: string;
	/** Seconds since 1970. */
	now: number;
}

const isText = (value: unknown) => typeof value === 'string';
const isNumber = (value: unknown) => typeof value === 'number';
const isNumberOrNull = (value: unknown) => value === null || isNumber(value);
const isListOfTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

function isSegmentState(value: unknown): boolean {
	return (
		isObject(value) &&
		isText(value.name) &&
		[value.updatedAt, value.sampledAt, value.sampledCount, value.count].every(isNumberOrNull) &&
		isNumber(value.invalidAt)
	);
}

/** The state as n8n gives it back; `undefined` for none, and for one that lacks any part. */
export function parseState(value: unknown): TriggerState | undefined {
	const isState =
		isObject(value) &&
		value.version === 1 &&
		isText(value.id) &&
		isText(value.account) &&
		isListOfTexts(value.events) &&
		isListOfTexts(value.segmentIds) &&
		typeof value.isListEmpty === 'boolean' &&
		isObject(value.segments) &&
		Object.values(value.segments).every(isSegmentState);
	return isState ? (value as unknown as TriggerState) : undefined;
}

/** What SendGrid says of a segment now; `null` is what it does not say. */
function readSegment(segment: Segment) {
	const { name, updated_at: updated, sample_updated_at: sampled } = segment;
	const updatedAt = toSeconds(updated) ?? null;
	const sampledAt = sampled ? (toSeconds(sampled) ?? null) : 0;
	const count = sampledAt === null ? null : (toCount(segment) ?? null);
	return {
		name: typeof name === 'string' ? name : null,
		updatedAt,
		sampledAt,
		count,
		isCounted: count !== null && isCounted(segment),
		status: segmentValidation(segment).query_validation,
		changedAt: Math.max(updatedAt ?? 0, sampledAt ?? 0, 1),
	};
}

type SeenSegment = ReturnType<typeof readSegment>;

/** A segment about which there is nothing to report. */
function toBaseline(segment: Segment): SegmentState {
	const { name, updatedAt, sampledAt, count, status, changedAt } = readSegment(segment);
	const invalidAt = status === 'INVALID' ? changedAt : 0;
	return { name: name ?? '', updatedAt, sampledAt, sampledCount: count, count, invalidAt };
}

/** A new segment as it was when it was created: not changed since, not counted, and not reported. */
function toStateAtCreation({ name, created_at, updated_at }: Segment): SegmentState {
	return {
		name: String(name ?? ''),
		updatedAt: toSeconds(created_at) ?? toSeconds(updated_at) ?? null,
		sampledAt: 0,
		sampledCount: 0,
		count: 0,
		invalidAt: 0,
	};
}

/** A new segment as the event `created` has reported it, which says nothing of its query. */
function toStateOnceCreated(segment: Segment): SegmentState {
	const { sampledAt, sampledCount, count, ...rest } = toBaseline(segment);
	return {
		...rest,
		sampledAt: sampledAt ?? 0,
		sampledCount: sampledCount ?? 0,
		count: count ?? 0,
		invalidAt: 0,
	};
}

/** What was not known before becomes known without a report. */
function fillIn(known: SegmentState, now: SeenSegment): SegmentState {
	const count = now.isCounted ? now.count : null;
	const hadNoTime = known.updatedAt === null || known.sampledAt === null;
	return {
		name: known.name,
		updatedAt: known.updatedAt ?? now.updatedAt,
		sampledAt: known.sampledAt ?? now.sampledAt,
		sampledCount: known.sampledCount ?? count,
		count: known.count ?? count,
		invalidAt: known.invalidAt > 0 && hadNoTime ? now.changedAt : known.invalidAt,
	};
}

const isLater = (time: number | null, than: number | null) =>
	time !== null && than !== null && time > than;

/** A segment does not lose its times: such a response says nothing of it. */
const hasLostTime = (known: SegmentState, { updatedAt, sampledAt }: SeenSegment) =>
	(known.updatedAt && updatedAt === null) || (known.sampledAt && sampledAt === null);

/** The key may belong to another account, about which the state says nothing. */
function isOfThisAccount(previous: TriggerState, account: string, segments: Segment[]): boolean {
	return previous.account === account || segments.some(({ id }) => id in previous.segments);
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
 */
export function detectEvents(
	previous: TriggerState | undefined,
	{ segments, account, now }: Snapshot,
	settings: TriggerSettings,
): { items: IDataObject[]; state: TriggerState } {
	const { events, segmentIds, minChange, minChangePercent } = settings;
	const base = previous && isOfThisAccount(previous, account, segments) ? previous : undefined;
	// An empty list after a full one may be an outage.
	if (base && segments.length === 0 && !base.isListEmpty) {
		return { items: [], state: { ...base, isListEmpty: true } };
	}
	const isWatched = (id: string) => segmentIds.length === 0 || segmentIds.includes(id);
	const wasWatched = (id: string) =>
		base !== undefined && (base.segmentIds.length === 0 || base.segmentIds.includes(id));
	const isReported = (event: SegmentEvent) =>
		events.includes(event) && base !== undefined && base.events.includes(event);

	const items: IDataObject[] = [];
	const states: Record<string, SegmentState> = {};
	for (const segment of segments) {
		const { id } = segment;
		if (!isWatched(id)) continue;
		const report = (event: SegmentEvent, previousCount: number | null) => {
			if (isReported(event)) items.push(toEventItem(event, segment, previousCount, now));
		};
		let reported = base?.segments[id];
		if (!reported && !wasWatched(id)) reported = toBaseline(segment);
		if (!reported) {
			report('created', null);
			reported = isReported('created') ? toStateOnceCreated(segment) : toStateAtCreation(segment);
		}
		const seen = readSegment(segment);
		if (hasLostTime(reported, seen)) {
			states[id] = reported;
			continue;
		}
		const known = fillIn(reported, seen);
		const next = { ...known };
		states[id] = next;

		const name = seen.name ?? known.name;
		if (name !== known.name || isLater(seen.updatedAt, known.updatedAt)) {
			report('updated', known.count);
			next.name = name;
			next.updatedAt = seen.updatedAt;
		}

		if (seen.isCounted) {
			const isRefreshed = isLater(seen.sampledAt, known.sampledAt);
			if (isRefreshed) report('refreshed', known.sampledCount);
			if (isRefreshed || !isReported('refreshed')) {
				next.sampledAt = seen.sampledAt;
				next.sampledCount = seen.count;
			}
			const before = known.count ?? 0;
			const change = Math.abs((seen.count ?? 0) - before);
			const isEnough = change >= minChange && change * 100 >= minChangePercent * before;
			if (isEnough) report('countChanged', known.count);
			if (isEnough || !isReported('countChanged')) next.count = seen.count;
		}

		if (seen.status === 'VALID') {
			next.invalidAt = 0;
		} else if (seen.status === 'INVALID' && seen.changedAt > known.invalidAt) {
			report('invalid', next.count);
			next.invalidAt = seen.changedAt;
		}
	}

	for (const [id, known] of Object.entries(base?.segments ?? {})) {
		if (id in states || !isWatched(id) || !isReported('deleted')) continue;
		const { name, sampledAt, count } = known;
		const segment: Segment = {
			id,
			name,
			sample_updated_at: sampledAt ? toTimestamp(sampledAt) : null,
		};
		items.push(toEventItem('deleted', segment, count, now));
	}
	const state: TriggerState = {
		version: 1,
		id: base && items.length === 0 ? base.id : crypto.randomUUID(),
		account,
		events: [...events],
		segmentIds: [...segmentIds],
		segments: states,
		isListEmpty: segments.length === 0,
	};
	return { items, state };
}
