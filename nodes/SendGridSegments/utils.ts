import { sleep, type IDataObject } from 'n8n-workflow';

const MAX_QUOTED_CHARACTERS = 500;

export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text of unknown origin, short enough to be read; never cut within a character. */
export function truncate(text: string, maxCharacters = MAX_QUOTED_CHARACTERS): string {
	if (text.length <= maxCharacters) return text;
	const characters = Array.from(text.slice(0, 2 * maxCharacters));
	return characters.length > maxCharacters
		? `${characters.slice(0, maxCharacters).join('')}…`
		: text;
}

/** Any value as a person would recognize it, on one line of bounded length. */
export function describeValue(value: unknown): string {
	if (typeof value === 'string') return `"${truncate(value, 60)}"`;
	if (typeof value === 'object' && value !== null)
		return Array.isArray(value) ? 'a list' : 'an object';
	return truncate(String(value), 60);
}

export function joinSentences(...parts: Array<string | false | undefined>): string {
	return parts.filter(Boolean).join(' ');
}

/** The work's result, or a rejection with the signal's reason as soon as it is aborted. */
export async function abortable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
	let onAbort = () => {};
	const aborted = new Promise<never>((_, reject) => {
		onAbort = () => reject(signal.reason as Error);
	});
	signal.addEventListener('abort', onAbort, { once: true });
	try {
		if (signal.aborted) onAbort();
		return await Promise.race([work, aborted]);
	} finally {
		// A listener that stays keeps the work's result in memory for as long as the signal lives.
		signal.removeEventListener('abort', onAbort);
	}
}

/** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
export async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
	if (ms > 0) await abortable(signal, sleep(ms));
	signal.throwIfAborted();
}

/** Reads a parameter of the item, its expressions resolved; the fallback where it is not set. */
export type GetParameter = (name: string, fallback?: unknown) => unknown;

/** Whether an entry's name contains the text; case-insensitive. */
export function nameContains({ name }: IDataObject, text: string): boolean {
	return String(name ?? '')
		.toLowerCase()
		.includes(text.trim().toLowerCase());
}
