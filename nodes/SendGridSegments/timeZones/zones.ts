import { aliasNames, zoneLines } from './zones.generated';

export interface Zone {
	/** IANA's name, such as `America/New_York`. */
	name: string;
	/** Such as `Eastern Time`. */
	longName: string;
	/** Such as `EST/EDT`; empty if it has none. */
	abbreviations: string;
	/** Its cities, older names and country, separated by commas. */
	places: string;
	/** All of it as `suggestZones` searches it. */
	searchText: string;
}

/** Lower-case words without accents, each between two spaces. */
function toWords(text: string): string {
	const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
	return ` ${plain.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} `;
}

/** "ET" for "Eastern Time", as people in the United States write. */
function initialsOf(longName: string, places: string): string {
	return places.endsWith('United States') ? longName.replace(/[^A-Z]/g, '') : '';
}

function readTable() {
	const zones = zoneLines
		.trim()
		.split('\n')
		.map((line): Zone => {
			const [name, longName, abbreviations, places] = line.split('|');
			const initials = initialsOf(longName, places);
			const searchText = toWords([name, longName, initials, abbreviations, places].join(' '));
			return { name, longName, abbreviations, places, searchText };
		});
	const names = [
		// A zone may be newer than the table: n8n offers it in the workflow settings.
		...Intl.supportedValuesOf('timeZone').filter((name) => name.includes('/')),
		...aliasNames.trim().split('\n'),
		...zones.map(({ name }) => name),
	];
	/** IANA's spelling of each name, by its lower-case form. */
	const spellings = new Map(names.map((name) => [name.toLowerCase(), name]));
	return { zones, spellings };
}

let table: ReturnType<typeof readTable> | undefined;

/** The zones and their names, read when they are first needed. */
export const getTable = () => (table ??= readTable());

export function isAbbreviation(text: string): boolean {
	const wanted = text.toUpperCase();
	return getTable().zones.some(
		({ longName, abbreviations, places }) =>
			abbreviations.toUpperCase().split('/').includes(wanted) ||
			initialsOf(longName, places) === wanted,
	);
}

/**
 * Up to three zones that a short text may mean: those that contain its words, otherwise those
 * with words that begin with it. If several zones have the same abbreviations, and so the same time,
 * only the most common one.
 */
export function suggestZones(text: string): string[] {
	// "New York, NY" and "Eastern Standard Time" are what other programs call them.
	const [place] = text.slice(text.lastIndexOf('/') + 1).split(',');
	const wanted = toWords(place).replace(/ (?:standard|daylight|summer)(?= time $)/, '');
	if (wanted.trim() === '') return [];

	const { zones } = getTable();
	let found = zones.filter(({ searchText }) => searchText.includes(wanted));
	if (found.length === 0 && wanted.length > 4) {
		found = zones.filter(({ searchText }) => searchText.includes(wanted.trimEnd()));
	}
	const byClock = new Map<string, string>();
	for (const { name, longName, abbreviations } of found) {
		const clock = abbreviations || longName;
		if (!byClock.has(clock)) byClock.set(clock, name);
	}
	return [...byClock.values()].slice(0, 3);
}
