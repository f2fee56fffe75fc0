import { getNames, resolveWithIntl, searchTimeZones } from './names';

/** A name to send to SendGrid, or why the value is none and what to do about it. */
export type ResolvedTimeZone = { timeZone: string } | { message: string; description: string };

/** The value of the option "Workflow Time Zone". */
export const WORKFLOW_TIME_ZONE = 'DEFAULT';

/** More characters than any time zone name has. */
const MAX_LENGTH = 64;
const MAX_REMEMBERED = 500;

const NAME = /^(?:[\w+-]+(?:\/[\w+-]+)+|utc|gmt)$/i;
const OFFSET = /^(?:utc|gmt)? ?[+\-\u2010-\u2015\u2212] ?\d{1,2}(?::?\d\d)?$/i;

/** What people type instead of a name, and the time zones it may mean, the likeliest first. */
const abbreviations: Record<string, string> = {
	'ET EDT': 'America/New_York',
	EST: 'America/New_York or America/Panama',
	'CT CDT': 'America/Chicago',
	CST: 'America/Chicago or Asia/Shanghai',
	'MT MDT': 'America/Denver',
	MST: 'America/Denver or America/Phoenix',
	'PT PST PDT': 'America/Los_Angeles',
	BST: 'Europe/London',
	'CET CEST': 'Europe/Berlin or Europe/Paris',
	IST: 'Asia/Kolkata, Europe/Dublin or Asia/Jerusalem',
	JST: 'Asia/Tokyo',
	AEST: 'Australia/Sydney or Australia/Brisbane',
	AEDT: 'Australia/Sydney',
	'NZST NZDT': 'Pacific/Auckland',
};

/** Whether the value, chosen, typed or computed, means the time zone of the workflow. */
export function isWorkflowTimeZone(value: unknown): boolean {
	const typed = typeof value === 'string' ? value.trim() : '';
	return typed === WORKFLOW_TIME_ZONE || /^workflow time zone$/i.test(typed);
}

const resolved = new Map<string, ResolvedTimeZone>();

/**
 * Checks a time zone before it is sent, and never throws. Accepts `UTC`, `GMT` and Area/Location names,
 * case-insensitive: as typed where that is IANA's own spelling, otherwise as `Intl` resolves them.
 *
 * Remembers its results, so that each of 10,000 items costs a look-up.
 */
export function resolveTimeZone(value: unknown): ResolvedTimeZone {
	if (value === undefined || value === null) return reject('is not set');
	if (typeof value !== 'string') return reject('must be text');
	const typed = value.trim();
	if (typed === '') return reject('is empty');
	if (typed.length > MAX_LENGTH) return reject(`${quote(typed)} is not a known time zone`);

	let result = resolved.get(typed);
	if (!result) {
		if (resolved.size >= MAX_REMEMBERED) resolved.clear();
		resolved.set(typed, (result = resolve(typed)));
	}
	return result;
}

function resolve(typed: string): ResolvedTimeZone {
	const { intlNames, nameByAlias } = getNames();
	const intlName = NAME.test(typed) ? resolveWithIntl(typed) : undefined;
	if (intlName !== undefined) {
		if (nameByAlias.has(typed)) return { timeZone: typed };
		// Newer versions of `Intl` keep an alias: "US/Eastern" for "us/eastern".
		const timeZone = intlNames.has(intlName) ? intlName : nameByAlias.get(intlName);
		if (timeZone !== undefined) return { timeZone };
	}

	if (OFFSET.test(typed)) return reject(`${quote(typed)} is an offset, not a time zone name`);
	const abbreviation = Object.keys(abbreviations).find((words) =>
		words.split(' ').includes(typed.toUpperCase()),
	);
	if (abbreviation) {
		const reason = `${quote(typed)} is an abbreviation, not a time zone name`;
		return reject(reason, abbreviations[abbreviation]);
	}
	const suggestions = searchTimeZones(typed)
		.join(', ')
		.replace(/, ([^,]+)$/, ' or $1');
	return reject(`${quote(typed)} is not a known time zone`, suggestions);
}

function reject(reason: string, suggestions = '') {
	return {
		message: `'Time Zone' ${reason}`,
		description: suggestions
			? `Use ${suggestions}.`
			: 'Choose a time zone from the list, or use an Area/Location name such as America/New_York.',
	};
}

/** On one line, of bounded length, with a visible character for each invisible one. */
function quote(text: string): string {
	const visible = text.slice(0, 2 * MAX_LENGTH).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD');
	const start = Array.from(visible).slice(0, MAX_LENGTH).join('');
	return `"${start}${start.length < text.length ? '…' : ''}"`;
}
