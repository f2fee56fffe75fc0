import { describeValue, getOrAdd } from '../utils';
import { getTable, isAbbreviation, suggestZones } from './zones';

/** A name to send to SendGrid, or why the value is none and what to do about it. */
export type ResolvedTimeZone = { timeZone: string } | { reason: string; description: string };

/** More characters than any time zone name has. */
const MAX_LENGTH = 64;

const OFFSET = /^(?:utc|gmt)? ?[+\-\u2010-\u2015\u2212] ?\d{1,2}(?::?\d\d)?$/i;

/** What `Intl` calls a name; `undefined` if the zone is newer than this Node.js. */
function intlNameOf(timeZone: string): string | undefined {
	try {
		return Intl.DateTimeFormat('en-US', { timeZone }).resolvedOptions().timeZone;
	} catch {
		return undefined;
	}
}

/** The names that were asked for, so that each of 10,000 items costs a look-up. */
const intlNames = new Map<string, string | undefined>();

/**
 * Checks a time zone before it is sent, and never throws. Accepts `UTC`, `GMT` and Area/Location names,
 * case-insensitive: as typed if that is IANA's own spelling, otherwise as `Intl` resolves them.
 */
export function resolveTimeZone(value: unknown): ResolvedTimeZone {
	if (value === undefined || value === null) return reject('is empty');
	if (typeof value !== 'string') return reject('must be text');
	const typed = value.trim();
	if (typed === '') return reject('is empty');
	if (typed.length > MAX_LENGTH) return reject(`${quote(typed)} is not a known time zone`);

	const ianaName = getTable().spellings.get(typed.toLowerCase());
	const intlName = ianaName && getOrAdd(intlNames, ianaName, () => intlNameOf(ianaName));
	if (intlName) return { timeZone: typed === ianaName ? ianaName : intlName };

	if (OFFSET.test(typed)) return reject(`${quote(typed)} is an offset, not a time zone name`);
	const reason = isAbbreviation(typed)
		? 'is an abbreviation, not a time zone name'
		: 'is not a known time zone';
	return reject(`${quote(typed)} ${reason}`, suggestZones(typed));
}

function reject(reason: string, suggestions: string[] = []) {
	return {
		reason,
		description: suggestions.length
			? `Use ${suggestions.join(', ').replace(/, ([^,]+)$/, ' or $1')}.`
			: 'Choose a time zone from the list, or use an Area/Location name such as America/New_York.',
	};
}

/** On one line, of bounded length, with a visible character for each invisible one. */
function quote(text: string): string {
	return describeValue(text.slice(0, 2 * MAX_LENGTH).replace(/\p{C}/gu, '\uFFFD'));
}
