import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { describeValue, isObject } from '../utils';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The value of a resource locator, in whatever form an expression or an agent gave it. */
export function locatorValue(parameter: unknown): unknown {
	return isObject(parameter) && 'value' in parameter ? parameter.value : parameter;
}

export function isBlank(value: unknown): boolean {
	return (
		value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
	);
}

/**
 * n8n empties a collection that is text or a list, an expression included, before the node can see it.
 * Of both, a field named `length` is left. People never see it: in an object there is no such field.
 */
export const unreadableValueField: INodeProperties = {
	displayName: 'Unreadable Value',
	name: 'length',
	type: 'hidden',
	default: '',
	displayOptions: { show: { length: [{ _cnd: { exists: true } }] } },
};

/**
 * The fields that were added to a collection.
 *
 * @param label the parameter, as the editor calls it
 * @throws InvalidParameterError for anything but an object: ignoring it could delete what was to be
 * kept
 */
export function parseCollection(value: unknown, label: string): IDataObject {
	if (value === undefined || value === null || value === '') return {};
	if (isObject(value) && !(unreadableValueField.name in value)) return value;
	throw new InvalidParameterError(
		`'${label}' must be an object`,
		'It is text, a list or an expression, which n8n cannot read here. Set its fields one by one; each of them can be an expression.',
	);
}

/**
 * An on/off value; off where it is not set. Expressions and agents may give it as text.
 *
 * @throws InvalidParameterError for anything but true and false
 */
export function parseBoolean(value: unknown, label: string): boolean {
	if (value === true || value === 'true') return true;
	if (value === false || value === 'false' || value === undefined || value === null) return false;
	throw new InvalidParameterError(
		`'${label}' must be true or false`,
		`The value is ${describeValue(value)}. Turn it on or off, or correct the expression.`,
	);
}

/**
 * A whole number within its bounds, which expressions and agents may give as text.
 *
 * @throws InvalidParameterError for anything else
 */
export function parseNumber(
	value: unknown,
	label: string,
	{ min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number },
): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) {
		return number;
	}
	const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or greater` : ` from ${min} to ${max}`;
	throw new InvalidParameterError(
		`'${label}' must be a whole number${range}`,
		`The value is ${isBlank(value) ? 'empty' : describeValue(value)}. Correct the value or the expression.`,
	);
}

/** An ID as people copy it: with blanks, quotes or a comma around it. */
function unwrap(value: unknown): string {
	return typeof value === 'string' ? value.trim().replace(/^["'`]+|["'`,;\s]+$/g, '') : '';
}

/**
 * The ID in a text: a UUID, lower-case. Nothing else ever becomes part of a request, so that an ID
 * can name nothing but a segment or a list.
 *
 * @returns `undefined` for anything but a UUID
 */
export function toUuid(value: unknown): string | undefined {
	const id = unwrap(value);
	return UUID.test(id) ? id.toLowerCase() : undefined;
}

/**
 * @param label the parameter, as the editor calls it
 * @throws InvalidParameterError for anything but a UUID
 */
export function parseId(value: unknown, label: string): string {
	const id = toUuid(value);
	if (id !== undefined) return id;
	if (isBlank(value)) throw emptyValue(label);
	throw new InvalidParameterError(
		`'${label}' is not a valid ID`,
		`The value is ${describeValue(value)}. A valid ID looks like 1588e03b-50aa-454a-97d1-e1530345a5ec. Correct the value or the expression.`,
	);
}

export function emptyValue(label: string): InvalidParameterError {
	return new InvalidParameterError(
		`'${label}' is empty`,
		'Enter a value. If it is an expression, it returned nothing for this item.',
	);
}

/**
 * The IDs in a comma-separated text or a list, each once.
 *
 * @throws InvalidParameterError if any of them is not a UUID
 */
export function parseIds(value: unknown, label: string): string[] {
	const entries = typeof value === 'string' ? value.split(/[,\n]/) : [value ?? []].flat();
	const ids = entries.filter((entry) => !isBlank(entry)).map((entry) => parseId(entry, label));
	return [...new Set(ids)];
}
