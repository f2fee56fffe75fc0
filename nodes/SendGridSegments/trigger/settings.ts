import type { IPollFunctions } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { emptyValue, isBlank, parseCollection, parseIds, parseNumber } from '../parameters/values';
import { describeValue } from '../utils';
import { isSegmentEvent, SEGMENT_EVENTS, type SegmentEvent } from './events';
import { LABELS } from './fields';

/** What the user watches. */
export interface TriggerSettings {
	events: SegmentEvent[];
	/** Empty: all. */
	segmentIds: string[];
	/** How many contacts a change of the count needs. */
	minChange: number;
	/** How many percent of the last reported count it needs, too. */
	minChangePercent: number;
}

const VALID_EVENTS = `Valid values are ${SEGMENT_EVENTS.join(', ')}.`;

function parseEvents(value: unknown): SegmentEvent[] {
	const values: unknown[] = [value ?? []].flat();
	if (values.length === 0 || values.some(isBlank)) {
		throw new InvalidParameterError(
			`'${LABELS.events}' is empty`,
			`Choose at least one event. ${VALID_EVENTS}`,
		);
	}
	const unknown = values.find((event) => !isSegmentEvent(event));
	if (unknown !== undefined) {
		throw new InvalidParameterError(
			`'${LABELS.events}' contains an unknown value: ${describeValue(unknown)}`,
			VALID_EVENTS,
		);
	}
	return SEGMENT_EVENTS.filter((event) => values.includes(event));
}

/**
 * @param raw the parameter as it is saved: only where nobody chose or wrote anything does nothing
 * mean all segments
 */
function parseSegmentIds(raw: unknown, value: unknown): string[] {
	if (raw === undefined || (Array.isArray(raw) && raw.length === 0)) return [];
	const ids = parseIds(value, LABELS.segments);
	if (ids.length === 0 || (Array.isArray(value) && value.some(isBlank))) {
		throw emptyValue(LABELS.segments);
	}
	return ids.sort();
}

function parseMinimums(value: unknown) {
	const { minChange = 1, minChangePercent = 0 } = parseOptions(value);
	return {
		minChange: parseNumber(minChange, LABELS.minChange, { min: 1 }),
		minChangePercent: parseNumber(minChangePercent, LABELS.minChangePercent, { min: 0 }),
	};
}

/** The options that were added; each of them has a value. */
function parseOptions(value: unknown): { minChange?: unknown; minChangePercent?: unknown } {
	const options = parseCollection(value, LABELS.options);
	const names = ['minChange', 'minChangePercent'] as const;
	for (const name of Object.keys(options)) {
		const known = names.find((other) => other === name);
		if (known === undefined) {
			throw new InvalidParameterError(
				`'${LABELS.options}' contains an unknown option: ${describeValue(name)}`,
				`Valid options are ${names.join(', ')}.`,
			);
		}
		if (isBlank(options[known])) throw emptyValue(LABELS[known]);
	}
	return options;
}

/** @throws InvalidParameterError for anything that does not say what to watch */
export function parseSettings(functions: IPollFunctions): TriggerSettings {
	const raw = functions.getNode().parameters;
	return {
		events: parseEvents(functions.getNodeParameter('events', [])),
		segmentIds: parseSegmentIds(raw.segments, functions.getNodeParameter('segments', [])),
		...parseMinimums(functions.getNodeParameter('options', {})),
	};
}
