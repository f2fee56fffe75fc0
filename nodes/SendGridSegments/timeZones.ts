import { abbreviations, otherNames } from './timeZoneNames';

/** A name to send to SendGrid, or what is wrong with the value and how to get on. */
export type CheckedTimeZone = { timeZone: string } | { problem: string; advice: string };

export interface TimeZoneChoice {
	name: string;
	value: string;
}

/** What the parameter holds for the workflow's own time zone. Its callers resolve it. */
export const WORKFLOW_TIME_ZONE = 'DEFAULT';

const PLACE = /^[A-Za-z0-9_+-]+(?:\/[A-Za-z0-9_+-]+)+$/;
/** Longer than any name that IANA has or will have; what is longer is not searched for. */
const LONGEST = 64;

/** For suggestions by offset: a zone or two for each, so that +02:00 does not begin with Blantyre. */
const wellKnown = [
	'UTC Europe/London Europe/Berlin Europe/Athens Africa/Johannesburg Europe/Istanbul Asia/Tehran',
	'Asia/Dubai Asia/Kabul Asia/Karachi Asia/Kolkata Asia/Kathmandu Asia/Dhaka Asia/Yangon Asia/Bangkok',
	'Asia/Singapore Australia/Eucla Asia/Tokyo Australia/Adelaide Australia/Sydney Australia/Lord_Howe',
	'Pacific/Noumea Pacific/Auckland Pacific/Chatham Pacific/Tongatapu Pacific/Kiritimati',
	'America/New_York America/Chicago America/Denver America/Los_Angeles America/Anchorage',
	'Pacific/Honolulu Pacific/Marquesas Pacific/Pago_Pago America/Halifax America/Sao_Paulo',
	'America/St_Johns Atlantic/South_Georgia Atlantic/Cape_Verde',
]
	.join(' ')
	.split(' ');

interface Names {
	/** Every name in IANA's own spelling. */
	spelled: Set<string>;
	/** Other name to name in use. */
	inUse: Map<string, string>;
	/** Names that `Intl` itself uses on this Node. */
	listed: Set<string>;
	/** Abbreviation, lower-case, to what it may stand for. */
	short: Map<string, string[]>;
}

let readNames: Names | undefined;

function names(): Names {
	if (readNames) return readNames;
	const listed = new Set(Intl.supportedValuesOf('timeZone').filter((name) => name.includes('/')));
	listed.add('UTC');
	const spelled = new Set(listed);
	for (let hours = 1; hours <= 14; hours++) {
		spelled.add(`Etc/GMT-${hours}`);
		if (hours <= 12) spelled.add(`Etc/GMT+${hours}`);
	}
	const inUse = new Map<string, string>();
	for (const [zone, ...others] of table(otherNames)) {
		spelled.add(zone);
		for (const other of others) {
			spelled.add(other);
			inUse.set(other, zone);
		}
	}
	const short = new Map<string, string[]>();
	for (const [zone, ...words] of table(abbreviations)) {
		for (const word of words.map(plain)) short.set(word, [...(short.get(word) ?? []), zone]);
	}
	return (readNames = { spelled, inUse, listed, short });
}

function table(text: string): string[][] {
	return text
		.trim()
		.split('\n')
		.map((line) => line.split(' '));
}

/** As `Intl` on this Node resolves a name, in any letter case; undefined where it knows none. */
function resolved(name: string): string | undefined {
	try {
		return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
	} catch {
		return undefined;
	}
}

/** The name in use for a zone, where this Node is new enough to know it (`Europe/Kyiv`). */
function nameInUse(name: string): string {
	const zone = names().inUse.get(name);
	return zone !== undefined && resolved(zone) !== undefined ? zone : name;
}

/** For comparing what people type: no accents, no letter case, blanks for underscores. */
function plain(text: string): string {
	return text
		.normalize('NFKD')
		.replace(/[\u2010-\u2015\u2212]/g, '-')
		.replace(/[_\s]+/g, ' ')
		.replace(/\p{M}|\p{C}/gu, '')
		.trim()
		.toLowerCase();
}

const checked = new Map<string, CheckedTimeZone>();

/**
 * Checks a time zone before it is sent. Area/Location names in any letter case, `UTC` and `GMT` are
 * accepted: as typed (blanks around it aside) where that is IANA's own spelling, a link's included,
 * else as `Intl` resolves them. Anything else comes back as a `problem`, a sentence without its full
 * stop, and `advice`, sentences that suggest the nearest real names. Never throws.
 *
 * Results are kept for a while, so that asking again for each of 10,000 items costs a look-up.
 */
export function checkedTimeZone(value: unknown): CheckedTimeZone {
	if (typeof value !== 'string') {
		const what = value === null || value === undefined ? 'is not set' : 'is not text';
		return { problem: `The time zone ${what}`, advice: advice([]) };
	}
	const kept = checked.get(value);
	if (kept) return kept;
	const result = check(value.trim());
	if (value.length <= LONGEST) {
		if (checked.size >= 500) checked.clear();
		checked.set(value, result);
	}
	return result;
}

function check(typed: string): CheckedTimeZone {
	if (typed === '') return { problem: 'The time zone is empty', advice: advice([]) };
	const { spelled, inUse, listed, short } = names();

	if (typed.length <= LONGEST && (PLACE.test(typed) || /^(?:utc|gmt)$/i.test(typed))) {
		const zone = resolved(typed);
		if (spelled.has(typed)) {
			if (zone !== undefined) return { timeZone: typed };
			return {
				problem: `The time zone data of this n8n does not know "${typed}"`,
				advice: 'Run n8n on a newer Node.js, or pick another time zone from the list.',
			};
		}
		if (zone !== undefined) {
			if (listed.has(zone)) return { timeZone: zone };
			// A newer `Intl` keeps the name of a link: US/Eastern for us/eastern.
			const known = inUse.get(zone) ?? (spelled.has(zone) ? zone : undefined);
			if (known !== undefined) return { timeZone: known };
		}
	}

	const word = plain(typed.slice(0, LONGEST + 1));
	const offset = /^(?:utc|gmt)? ?([+-]) ?(\d{1,2})(?::?([0-5]\d))?$/.exec(word);
	if (offset) {
		const [, sign, hours, minutes = '00'] = offset;
		return {
			problem: `The time zone ${quoted(typed)} is an offset, not an Area/Location name`,
			advice: advice(zonesAt(`${sign}${hours.padStart(2, '0')}:${minutes}`)),
		};
	}
	const meant = short.get(word);
	if (meant) {
		return {
			problem: `The time zone ${quoted(typed)} is an abbreviation, not an Area/Location name`,
			advice: advice(meant),
		};
	}
	if (/^(?:default|local|system)$/.test(word)) {
		return {
			problem: `The time zone ${quoted(typed)} names no place`,
			advice: advice([]),
		};
	}
	const near = nearest(word);
	if (near.length > 0 && /[^\x20-\x7E]/.test(typed)) {
		return {
			problem: `The time zone ${quoted(typed)} has a character in it that no time zone name has`,
			advice: advice(near),
		};
	}
	return {
		problem: typed.includes('/')
			? `There is no time zone ${quoted(typed)}`
			: `The time zone ${quoted(typed)} is not an Area/Location name`,
		advice: advice(near),
	};
}

function advice(suggestions: string[]): string {
	if (suggestions.length === 0) {
		return 'Pick a time zone from the list, "Workflow Time Zone" for example, or use an Area/Location name such as America/New_York.';
	}
	const last = suggestions[suggestions.length - 1];
	const others = suggestions.slice(0, -1).join(', ');
	return `Use ${others ? `${others} or ` : ''}${last}, or pick a time zone from the list.`;
}

/** Fit for a message: on one line, of bounded length, with nothing in it that is not seen. */
function quoted(text: string): string {
	const start = Array.from(text.slice(0, 100));
	const shown = start.length > 50 ? `${start.slice(0, 50).join('')}…` : start.join('');
	return `"${shown.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD')}"`;
}

const offsetsOfYear = new Map<string, string[]>();

/** Well-known zones at an offset in winter or in summer. */
function zonesAt(offset: string): string[] {
	const wanted = offset === '-00:00' ? '+00:00' : offset;
	const year = new Date().getUTCFullYear();
	const fitting = wellKnown.filter((zone) => {
		let known = offsetsOfYear.get(zone);
		if (!known) {
			known = [0, 6].map((month) => offsetAt(zone, new Date(Date.UTC(year, month, 1))));
			offsetsOfYear.set(zone, known);
		}
		return known.includes(wanted);
	});
	return fitting.slice(0, 3);
}

let readTargets: Array<{ full: string; city: string; zone: string }> | undefined;

/** Every name as people may type it, the last part of it, and the zone that it names. */
function targets() {
	if (readTargets) return readTargets;
	const { spelled, inUse } = names();
	return (readTargets = [...spelled].map((name) => {
		const full = plain(name);
		return { full, city: full.slice(full.lastIndexOf('/') + 1), zone: inUse.get(name) ?? name };
	}));
}

/**
 * The zones that a text may mean: one of their names or the last part of one is the same, starts
 * with it, contains it, or differs by a few letters. The nearest only, three at most.
 */
function nearest(text: string): string[] {
	// "London, UK" and "Eastern Standard Time" are in what other programs show.
	const word = text.replace(/,.*$/, '').replace(/(?: standard| daylight| summer)? time$/, '');
	const tail = word.slice(word.lastIndexOf('/') + 1).trim();
	if (word.length > LONGEST || tail.length < 2) return [];
	const reach = Math.min(3, Math.floor(tail.length / 3));
	const hasArea = word.includes('/');
	const ranks = new Map<string, number>();
	for (const { full, city, zone } of targets()) {
		let rank = Math.min(distance(word, full, hasArea ? reach : 1), distance(tail, city, reach));
		if (tail.length > 2 && (city.startsWith(tail) || (hasArea && full.startsWith(`${word}/`)))) {
			rank = Math.min(rank, 1.5);
		} else if (tail.length > 3 && city.includes(tail)) {
			rank = Math.min(rank, 2);
		}
		if (rank < (ranks.get(zone) ?? Infinity)) ranks.set(zone, rank);
	}
	const best = Math.min(...ranks.values());
	return [...ranks]
		.filter(([, rank]) => rank < best + 1)
		.sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
		.slice(0, 3)
		.map(([zone]) => zone);
}

const row = new Uint8Array(LONGEST);

/** Edit distance, Infinity where it is more than `reach`. */
function distance(a: string, b: string, reach: number): number {
	if (a === b) return 0;
	if (Math.abs(a.length - b.length) > reach) return Infinity;
	for (let j = 0; j < b.length; j++) row[j] = j + 1;
	for (let i = 0; i < a.length; i++) {
		let corner = i;
		let left = i + 1;
		let least = left;
		for (let j = 0; j < b.length; j++) {
			const replaced = corner + (a[i] === b[j] ? 0 : 1);
			corner = row[j];
			row[j] = left = Math.min(replaced, corner + 1, left + 1);
			least = Math.min(least, left);
		}
		if (least > reach) return Infinity;
	}
	return row[b.length - 1] <= reach ? row[b.length - 1] : Infinity;
}

interface Zone {
	name: string;
	/** All its names, plain. */
	searched: string;
}

let readZones: Zone[] | undefined;

/** Each zone once, under the name in use, in alphabetical order. */
function zones(): Zone[] {
	if (readZones) return readZones;
	const { spelled, inUse, listed } = names();
	const fixed = [...spelled].filter((name) => /^Etc\/GMT[+-][1-9]/.test(name));
	const allNames = new Map([...listed, ...fixed].map((name) => [nameInUse(name), [name]]));
	for (const [other, name] of inUse) allNames.get(name)?.push(other);
	return (readZones = [...allNames.keys()].sort().map((name) => ({
		name,
		searched: [name, ...(allNames.get(name) ?? [])].map(plain).join(' '),
	})));
}

/** Offset of a zone as `+05:30`. */
function offsetAt(zone: string, instant: Date): string {
	const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
	return /GMT([+-]\d\d:\d\d)/.exec(format.format(instant))?.[1] ?? '+00:00';
}

/** Making a formatter is what costs; offsets change on the quarter of an hour at the earliest. */
let offsets = { quarter: NaN, known: new Map<string, string>() };

function offsetToday(zone: string, now: Date): string {
	const quarter = Math.floor(now.getTime() / 900_000);
	if (quarter !== offsets.quarter) offsets = { quarter, known: new Map() };
	let offset = offsets.known.get(zone);
	if (offset === undefined) offsets.known.set(zone, (offset = offsetAt(zone, now)));
	return offset;
}

/**
 * The choices of the time zone picker: "Workflow Time Zone", then every IANA zone with its offset at
 * `now`, alphabetically. Needs no network. Every word of `filter` must be found in the zone's name,
 * in one of its other names (`kiev` finds Europe/Kyiv), or be its offset (`+01:00`, `utc+1`, `UTC-5`).
 */
export function timeZoneChoices(filter = '', now = new Date()): TimeZoneChoice[] {
	const words = plain(filter.slice(0, 200))
		.replace(/\b(utc|gmt) (?=[+-])/g, '$1')
		.split(' ')
		.map((text) => ({ text, offset: offsetStart(text) }));
	const choices = zones()
		.filter(({ name, searched }) =>
			words.every(({ text, offset }) => {
				// Not by name alone: "-5" is in Etc/GMT-5, which is UTC+05:00.
				if (offset !== undefined && !text.startsWith('gmt')) {
					return offsetToday(name, now).startsWith(offset);
				}
				if (searched.includes(text)) return true;
				return /\d/.test(text) && offsetToday(name, now).startsWith(offset ?? text, offset ? 0 : 1);
			}),
		)
		.map(({ name }) => ({ name: `${name} (UTC${offsetToday(name, now)})`, value: name }));
	if (words.every(({ text }) => 'workflow time zone default'.includes(text))) {
		choices.unshift({ name: 'Workflow Time Zone', value: WORKFLOW_TIME_ZONE });
	}
	return choices;
}

/** How an offset that is typed begins: `+01:00` for `utc+1`, `+05:3` for `+05:3`. */
function offsetStart(word: string): string | undefined {
	const match = /^(?:utc|gmt)?([+-])(\d{1,2})(:?)(\d{0,2})$/.exec(word);
	if (!match) return undefined;
	const [, sign, hours, colon, minutes] = match;
	const start = `${hours.padStart(2, '0')}:${colon || minutes ? minutes : '00'}`;
	return (start.startsWith('00:0') ? '+' : sign) + start;
}
