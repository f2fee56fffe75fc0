import { timeZoneNames } from './names.generated';

function readNames() {
	/** The names that `Intl` uses on this version of Node.js. */
	const intlNames = new Set(Intl.supportedValuesOf('timeZone'));
	/** The name in use for each alias, and for itself. */
	const nameByAlias = new Map<string, string>();
	for (const line of timeZoneNames.trim().split('\n')) {
		const aliases = line.split(' ');
		// The name in use may be newer than this version of Node.js.
		const name = aliases.find(resolveWithIntl);
		if (name) for (const alias of aliases) nameByAlias.set(alias, name);
	}
	/** For each time zone once, all its names as they are searched. */
	const searchTexts = new Map<string, string[]>();
	for (const alias of new Set([...intlNames, ...nameByAlias.keys()])) {
		const name = nameByAlias.get(alias) ?? alias;
		searchTexts.set(name, [...(searchTexts.get(name) ?? []), normalize(alias)]);
	}
	return { intlNames, nameByAlias, searchTexts, zones: [...searchTexts.keys()].sort() };
}

let names: ReturnType<typeof readNames> | undefined;

/** The names of all time zones, read when they are first needed. */
export const getNames = () => (names ??= readNames());

/** What `Intl` calls a time zone, whatever the letter case of `name`; `undefined` if it has none. */
export function resolveWithIntl(name: string): string | undefined {
	try {
		return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
	} catch {
		return undefined;
	}
}

/** For comparing what people type: no accents, lower-case, spaces for underscores. */
function normalize(text: string): string {
	const plain = text.normalize('NFKD').replace(/[_\s]+/g, ' ');
	return plain
		.replace(/\p{M}|\p{C}/gu, '')
		.trim()
		.toLowerCase();
}

/**
 * Up to three time zones that a text may mean: those with a city or an alias of exactly this name,
 * otherwise those whose name, or else an alias, contains words that begin like its words.
 */
export function searchTimeZones(text: string): string[] {
	// "New York, NY" and "Eastern Standard Time" are what other programs call them.
	const wanted = normalize(text).replace(/,.*| (?:standard |daylight |summer )?time$/g, '');
	const city = wanted.slice(wanted.lastIndexOf('/') + 1);
	const isExact = (name: string) => name === city || name.endsWith(`/${city}`);
	const hasWords = (name: string) => {
		const parts = name.split(/[/ ]/);
		return city.split(' ').every((word) => parts.some((part) => part.startsWith(word)));
	};

	const { searchTexts, zones } = getNames();
	let found = zones.filter((zone) => searchTexts.get(zone)?.some(isExact));
	if (found.length === 0 && city.length > 2) {
		found = zones.filter((zone) => hasWords(normalize(zone)));
		if (found.length === 0) found = zones.filter((zone) => searchTexts.get(zone)?.some(hasWords));
	}
	return found.slice(0, 3);
}
