import type { IPollFunctions } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { ParameterReader } from '../parameters/ParameterReader';
import { isNothing, parseIds } from '../parameters/values';
import { describeValue } from '../utils';
import { isSegmentEvent, SEGMENT_EVENTS, type SegmentEvent } from './events';
import {
	eventsField,
	minChangeField,
	minChangePercentField,
	optionsFields,
	segmentsField,
} from './fields';

/** What the user watches. */
export interface TriggerSettings {
	events: SegmentEvent[];
	/** Empty: all. */
	segmentIds: string[];
	/** The minimum change of the count, in contacts. */
	minChange: number;
	/** The minimum change in percent of the last reported count. */
	minChangePercent: number;
}

const VALID_EVENTS = `Valid values are ${SEGMENT_EVENTS.join(', ')}.`;

function parseEvents(value: unknown): SegmentEvent[] {
	const values: unknown[] = [value ?? []].flat();
	if (values.length === 0 || values.some(isNothing)) {
		throw new InvalidParameterError(
			`'${eventsField.displayName}' is empty`,
			`Choose at least one event. ${VALID_EVENTS}`,
		);
	}
	const unknown = values.find((event) => !isSegmentEvent(event));
	if (unknown !== undefined) {
		throw new InvalidParameterError(
			`'${eventsField.displayName}' contains an unknown value: ${describeValue(unknown)}`,
			VALID_EVENTS,
		);
	}
	return SEGMENT_EVENTS.filter((event) => values.includes(event));
}

/**
 * Reads what to watch: all segments only if none were chosen or entered.
 *
 * @throws InvalidParameterError for anything that does not say what to watch
 */
export function parseSettings(functions: IPollFunctions): TriggerSettings {
	const parameters = ParameterReader.of(functions);
	const options = parameters.collection(optionsFields[0]);
	const { segments: entered = [] } = functions.getNode().parameters;
	const isLeftEmpty = Array.isArray(entered) && entered.length === 0;
	return {
		events: parseEvents(parameters.peek(eventsField)?.value),
		segmentIds: isLeftEmpty
			? []
			: parseIds(parameters.value(segmentsField), segmentsField.displayName).sort(),
		minChange: options.number(minChangeField),
		minChangePercent: options.number(minChangePercentField),
	};
}
