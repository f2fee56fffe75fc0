import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import timeZones from 'cldr-bcp47/bcp47/timezone.json';
import moment from 'moment-timezone';

export const GENERATED_FILE = join(
	__dirname,
	'../nodes/SendGridSegments/timeZones/names.generated.ts',
);

/** CLDR never drops a name; IANA does, and has dropped "US/Pacific-New", for example. */
const ianaNames = new Set(moment.tz.names());

/** CLDR keeps these apart; for SendGrid they are one time zone, and "UTC" is its usual name. */
const inUse = new Map([
	['Etc/UTC', 'UTC'],
	['Etc/GMT', 'UTC'],
]);

/** The table of time zone names, from the IANA names that Unicode's CLDR lists for each zone. */
export function generateTimeZoneNames(): string {
	const table = new Map<string, string[]>();
	for (const entry of Object.values(timeZones.keyword.u.tz)) {
		// The rest are descriptions of the table itself, and zones merged into others.
		if (typeof entry === 'string' || !('_alias' in entry)) continue;
		const names = entry._alias.split(' ');
		const zone = '_iana' in entry ? entry._iana : names[0];
		const name = inUse.get(zone) ?? zone;
		const aliases = names.filter((alias) => alias !== name && ianaNames.has(alias));
		// `Intl` lists the zones that have one name only, except those of "Etc".
		if (aliases.length === 0 && !/^Etc\/GMT[+-]/.test(zone)) continue;
		table.set(name, [...(table.get(name) ?? []), ...aliases]);
	}
	const lines = [...table].map(([name, aliases]) => [name, ...aliases.sort()].join(' '));
	return `// Generated from Unicode CLDR by "npm run generate:time-zones". Do not edit.

/** One time zone per line: the name in use, then its aliases. */
export const timeZoneNames = \`
${lines.sort().join('\n')}
\`;
`;
}

if (require.main === module) writeFileSync(GENERATED_FILE, generateTimeZoneNames());
