import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { SegmentFailure, shortened } from './failures';
import type { Parameters } from './perItem';
import { isObject } from './segments';

/**
 * The field "Options": one for all operations, since the engine evaluates every field of a name for
 * every item. Each option names its operation, and a switch is on when it is added, since nobody adds
 * one to leave it off.
 */
export function optionsField(options: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: { show: { operation: ['delete', 'get', 'refresh'] } },
		options,
	};
}

/** The item's options; a collection that an expression left empty counts as one without options. */
export function optionsOf(parameters: Parameters): IDataObject {
	const options = parameters('options', {});
	return isObject(options) ? options : {};
}

/**
 * An on/off value; off where it is not set. Expressions and agents may give it as text.
 *
 * @param label the parameter, as the editor calls it
 * @throws SegmentFailure for anything but true and false
 */
export function checkedBoolean(value: unknown, label: string): boolean {
	if (value === true || value === 'true') return true;
	if (value === false || value === 'false' || value === undefined || value === null) return false;
	throw new SegmentFailure(
		`"${label}" must be true or false`,
		`It is ${shortened(JSON.stringify(value), 60)}. Switch it on or off, or correct the expression.`,
	);
}

/**
 * A whole number within its bounds, which expressions and agents may give as text.
 *
 * @param label the parameter, as the editor calls it
 * @throws SegmentFailure for anything else
 */
export function checkedNumber(
	value: unknown,
	label: string,
	{ min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number },
): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) {
		return number;
	}
	const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
	throw new SegmentFailure(
		`"${label}" must be a whole number ${range}`,
		`It is ${shortened(JSON.stringify(value) ?? 'empty', 60)}. Correct the value or the expression.`,
	);
}
