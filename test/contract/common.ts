import { valueAt } from './describe';
import { NotSeen } from './expectation';
import type { Answer } from './session';

/** The first entry of the list in a body. Throws NotSeen if the list is empty. */
export function firstEntry(body: unknown, list: string, whenEmpty: string): unknown {
	const entries = valueAt(body, list);
	if (Array.isArray(entries) && entries.length === 0) throw new NotSeen(whenEmpty);
	return Array.isArray(entries) ? entries[0] : undefined;
}

/** What the rate limit's headers say. */
export function rateLimitOf({ headers }: Answer): string {
	const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
		headers.get(`x-ratelimit-${name}`),
	);
	if (limit === null) return 'no x-ratelimit headers';
	return `limit ${limit}, remaining ${numeral(remaining)}, reset ${resetFormat(reset)}`;
}

function numeral(text: string | null): string {
	return text !== null && /^\d{1,12}$/.test(text) ? 'number' : String(text);
}

function resetFormat(text: string | null): string {
	if (numeral(text) !== 'number') return String(text);
	return Number(text) < 1_000_000_000 ? 'in seconds' : 'as Unix time';
}
