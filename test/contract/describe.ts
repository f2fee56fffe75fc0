import type { Answer } from './session';

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is at the path in a JSON value; undefined if there is nothing. */
export function valueAt(value: unknown, ...path: string[]): unknown {
	return path.reduce<unknown>((part, key) => (isRecord(part) ? part[key] : undefined), value);
}

const KINDS: Array<[string, RegExp]> = [
	['time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/],
	['UUID', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i],
	['URL', /^https?:\/\//],
	['empty text', /^$/],
];

/** What kind of value it is, in a word. */
export function kindOf(value: unknown): string {
	if (value === undefined) return 'missing';
	if (value === null) return 'null';
	if (Array.isArray(value)) return value.length > 0 ? 'list' : 'empty list';
	if (typeof value !== 'string') return typeof value;
	return KINDS.find(([, pattern]) => pattern.test(value))?.[0] ?? 'text';
}

/** A JSON value with the kinds of its parts in their place; of a list, the kinds that occur. */
export function formOf(value: unknown): string {
	if (Array.isArray(value)) return `[${[...new Set(value.map(formOf))].join(' | ')}]`;
	if (!isRecord(value)) return kindOf(value);
	const parts = Object.entries(value).map(([key, part]) => `${key}: ${formOf(part)}`);
	return `{${parts.join(', ')}}`;
}

/** Status and form of the whole body; for bodies that are small. */
export function describeAnswer({ status, text, body }: Answer): string {
	if (text === '') return `${status}, no body`;
	return `${status} ${body === undefined ? 'with a body that is not JSON' : formOf(body)}`;
}

/**
 * The kinds of the named fields, `a.b` for a nested one, and of those in `exactly` the values; fields that
 * are not named are left out.
 */
export function describeFields(value: unknown, fields: string[], exactly: string[] = []): string {
	const parts = [
		...fields.map((field) => `${field}: ${kindOf(valueAt(value, ...field.split('.')))}`),
		...exactly.map((field) => {
			const part = valueAt(value, ...field.split('.'));
			return `${field}: ${part === undefined ? 'missing' : JSON.stringify(part)}`;
		}),
	];
	return `{${parts.join(', ')}}`;
}

/** The first message of an error body; undefined if there is none. */
export function errorMessage({ body }: Answer): string | undefined {
	const errors = valueAt(body, 'errors');
	const message = Array.isArray(errors) ? valueAt(errors[0], 'message') : valueAt(body, 'error');
	return typeof message === 'string' ? message : undefined;
}
