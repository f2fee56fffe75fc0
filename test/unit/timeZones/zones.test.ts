import { readFileSync } from 'node:fs';
import { suggestZones } from '../../../nodes/SendGridSegments/timeZones/zones';
import { GENERATED_FILE, generateTimeZones } from '../../../tools/generateTimeZoneNames';

it('has a table that is current; if not: npm run generate:time-zones', () => {
	expect(readFileSync(GENERATED_FILE, 'utf8')).toBe(generateTimeZones());
});

it('keeps the license notice where a bundler keeps legal comments', () => {
	expect(readFileSync(GENERATED_FILE, 'utf8')).toMatch(
		/^\/\*![^/]+@vvo\/tzdb[\s\S]+GeoNames[\s\S]+Copyright \(c\) CodeAgain[\s\S]+\*\/\n/,
	);
});

it.each([
	// Of an abbreviation: one zone for each of the clocks that it may mean, the most used first.
	['EST', ['America/New_York', 'America/Panama']],
	['CST', ['America/Chicago', 'Asia/Shanghai']],
	['mst', ['America/Denver', 'America/Phoenix']],
	['IST', ['Asia/Kolkata', 'Europe/Dublin', 'Asia/Jerusalem']],
	['AEST', ['Australia/Sydney', 'Australia/Brisbane']],
	['PT', ['America/Los_Angeles']],
	// Of a place: whole words before words that only begin like it.
	['Munich', ['Europe/Berlin']],
	['Germany/BERLIN', ['Europe/Berlin']],
	['New York, NY', ['America/New_York']],
	['São Paulo', ['America/Sao_Paulo']],
	['Calcutta', ['Asia/Kolkata']],
	['Zulu', ['UTC']],
	['Pacific Standard Time', ['America/Los_Angeles']],
	...['', '/', 'Europe/', ',', 'Z', 'local', 'Etc/Unknown', '__proto__', '.*'].map(
		(text): [string, string[]] => [text, []],
	),
])('suggestZones(%j)', (text, zones) => {
	expect(suggestZones(text).slice(0, Math.max(1, zones.length))).toEqual(zones);
});

it('suggests three zones at most', () => {
	expect(suggestZones('America')).toHaveLength(3);
});
