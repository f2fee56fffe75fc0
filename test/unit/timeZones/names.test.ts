import { readFileSync } from 'node:fs';
import { GENERATED_FILE, generateTimeZoneNames } from '../../../tools/generateTimeZoneNames';

it('has a table of names that is current; if not: npm run generate:time-zones', () => {
	expect(readFileSync(GENERATED_FILE, 'utf8')).toBe(generateTimeZoneNames());
});
