import { timeZoneNames } from './names.generated';

interface Names {
	/** The names that `Intl` uses on this version of Node.js. */
	intlNames: Set<string>;
	/** The name in use for each alias, and for itself. */
	nameByAlias: Map<string, string>;
	/** Each time zone once, in alphabetical order, with the text to search it by. */
	zones: Array<{ name: string; searchTexts: string[] }>;
}

let names: Names | undefined;

/** The time zone names, read when they are first needed. */
export function getNames(): Names {
	return (names ??= readNames());
}

function readNames(): Names {
	const intlNames = new Set(Intl.supportedValuesOf('timeZone'));
	const nameByAlias = new Map<string, string>();
	for (const line of timeZoneNames.trim().split('\n')) {
		const aliases = line.split(' ');
		// The name in use may be newer than this version of Node.js.
		const name = aliases.find((alias) => intlNames.has(alias) || resolveWithIntl(alias));
		if (name) for (const alias of aliases) nameByAlias.set(alias, name);
	}
	const searchTexts = new Map<string, string[]>();
	for (const alias of new Set([...intlNames, ...nameByAlias.keys()])) {
		const name = nameByAlias.get(alias) ?? alias;
		searchTexts.set(name, [...(searchTexts.get(name) ?? []), normalize(alias)]);
	}
	const zones = [...searchTexts].map(([name, texts]) => ({ name, searchTexts: texts }));
	return { intlNames, nameByAlias, zones: zones.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** How `Intl` calls a time zone, whatever the letter case of `name`; `undefined` if it has none. */
export function resolveWithIntl(name: string): string | undefined {
	try {
		return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
	} catch {
		return undefined;
	}
}

/** For comparing what people type: no accents, lower-case, spaces for underscores. */
function normalize(text: string): string {
	return text
		.normalize('NFKD')
		.replace(/[_\s]+/g, ' ')
		.replace(/\p{M}|\p{C}/gu, '')
		.trim()
		.toLowerCase();
}

/**
 * Up to three time zones that a text may mean: those with a city or an alias of exactly this name,
 * otherwise those with a name that contains its words.
 */
export function searchTimeZones(text: string): string[] {
	// "New York, NY" and "Eastern Standard Time" are what other programs call them.
	const wanted = normalize(text).replace(/,.*| (?:standard |daylight |summer )?time$/g, '');
	const city = wanted.slice(wanted.lastIndexOf('/') + 1);
	const find = (matches: (searchText: string) => boolean) =>
		getNames()
			.zones.filter(({ searchTexts }) => searchTexts.some(matches))
			.slice(0, 3)
			.map(({ name }) => name);
	const exact = find((searchText) => searchText === city || searchText.endsWith(`/${city}`));
	if (exact.length > 0 || city.length < 3) return city === '' ? [] : exact;
	const words = city.split(' ');
	return find((searchText) => words.every((word) => searchText.includes(word)));
}
