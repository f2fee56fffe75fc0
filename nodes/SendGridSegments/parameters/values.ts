import { InvalidParameterError } from '../errors';
import { MAX_NAME_CHARACTERS } from '../limits';
import { describeValue, isObject } from '../utils';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID has 36 characters; the rest is for what gets copied along with it. */
const MAX_ID_CHARACTERS = 100;

/** What gets copied along with an ID. */
const AROUND_ID = new Set([...'"\'`,; \t\r\n\u00a0\u200b\ufeff']);

/** Whether a value is what an expression returns when it finds nothing. */
export function isNothing(value: unknown): boolean {
	return (
		value === undefined ||
		value === null ||
		(typeof value === 'string' && value.trim() === '') ||
		(Array.isArray(value) && value.length === 0)
	);
}

/** The value of a resource locator, in whatever form an expression or an agent gave it. */
export function locatorValue(parameter: unknown): unknown {
	return isObject(parameter) && 'value' in parameter ? parameter.value : parameter;
}

export function emptyValue(label: string): InvalidParameterError {
	return new InvalidParameterError(
		`'${label}' is empty`,
		'Enter a value, or check the expression: it returned nothing for this item.',
	);
}

/** Whether the value is on or off. Expressions and agents may give it as text. */
export function parseBoolean(value: unknown, label: string): boolean {
	if (value === true || value === 'true') return true;
	if (value === false || value === 'false') return false;
	throw new InvalidParameterError(
		`'${label}' must be true or false`,
		`The value is ${describeValue(value)}. Turn it on or off, or correct the expression.`,
	);
}

/** A whole number within its bounds, which expressions and agents may give as text. */
export function parseNumber(
	value: unknown,
	label: string,
	{ min, max = Infinity }: { min: number; max?: number },
): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (
		typeof number === 'number' &&
		Number.isSafeInteger(number) &&
		number >= min &&
		number <= max
	) {
		return number;
	}
	const range = max === Infinity ? ` of at least ${min}` : ` from ${min} to ${max}`;
	throw new InvalidParameterError(
		`'${label}' must be a whole number${range}`,
		`The value is ${describeValue(value)}. Correct the value or the expression.`,
	);
}

/** One of the given strings. */
export function parseChoice<Choice extends string>(
	value: unknown,
	label: string,
	choices: readonly Choice[],
): Choice {
	const choice = choices.find((each) => each === value);
	if (choice !== undefined) return choice;
	const quoted = choices.map((each) => `"${each}"`);
	throw new InvalidParameterError(
		`'${label}' must be ${[quoted.slice(0, -1).join(', '), ...quoted.slice(-1)].join(' or ')}`,
		`The value is ${describeValue(value)}. Choose from the list, or correct the expression.`,
	);
}

/** Text; an expression may return it as a number. */
export function parseText(value: unknown, label: string): string {
	if (typeof value === 'string' || Number.isFinite(value)) return String(value);
	throw new InvalidParameterError(
		`'${label}' must be text`,
		`The value is ${describeValue(value)}. Correct the value or the expression.`,
	);
}

/** Text that can be the name of a segment. */
export function parseNameText(value: unknown, label: string): string {
	const name = parseText(value, label);
	// Counted only as far as it matters: a name from a webhook can have any length.
	const { length } = [...name.slice(0, 2 * MAX_NAME_CHARACTERS + 2)];
	if (length <= MAX_NAME_CHARACTERS) return name;
	throw new InvalidParameterError(
		`'${label}' is longer than ${MAX_NAME_CHARACTERS} characters`,
		`SendGrid allows up to ${MAX_NAME_CHARACTERS} characters.`,
	);
}

/** An ID without the spaces, quotes and commas that get copied along with it. */
function unwrap(value: unknown): string {
	if (typeof value !== 'string') return '';
	const text = value.trim();
	if (text.length > MAX_ID_CHARACTERS) return '';
	let start = 0;
	let end = text.length;
	while (start < end && AROUND_ID.has(text[start])) start++;
	while (end > start && AROUND_ID.has(text[end - 1])) end--;
	return text.slice(start, end);
}

/**
 * The ID in a text: a UUID, lower-case. Nothing else ever becomes part of a request, so an ID can
 * only refer to a segment, a list or a job.
 *
 * @returns `undefined` for anything but a UUID
 */
export function toUuid(value: unknown): string | undefined {
	const id = unwrap(value);
	return UUID.test(id) ? id.toLowerCase() : undefined;
}

/** @throws InvalidParameterError for anything but a UUID */
export function parseId(value: unknown, label: string): string {
	const id = toUuid(value);
	if (id !== undefined) return id;
	if (isNothing(value)) throw emptyValue(label);
	throw new InvalidParameterError(
		`'${label}' is not a valid ID`,
		`The value is ${describeValue(value)}. A valid ID looks like 1588e03b-50aa-454a-97d1-e1530345a5ec. Correct the value or the expression.`,
	);
}

function toList(value: unknown): unknown[] {
	if (typeof value !== 'string') return [value].flat();
	// Agents write a list as JSON.
	if (value.trim().startsWith('[')) {
		try {
			return [JSON.parse(value)].flat();
		} catch {
			// Split like any other text: anything that is not an ID is refused.
		}
	}
	return value.split(/[,\n]/).filter((entry) => entry.trim() !== '');
}

/**
 * The IDs in a comma-separated text or a list, each once.
 *
 * @throws InvalidParameterError if there is none, or one of them is not a UUID
 */
export function parseIds(value: unknown, label: string): string[] {
	const ids = toList(value).map((entry) => parseId(entry, label));
	if (ids.length === 0) throw emptyValue(label);
	return [...new Set(ids)];
}
