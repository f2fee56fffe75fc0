import { getTimeZones, rawTimeZones } from '@vvo/tzdb';
import fc from 'fast-check';
import { resolveTimeZone } from '../../../nodes/SendGridSegments/timeZones/resolveTimeZone';
import { FORBIDDEN_WORDS } from '../../forbiddenWords';

const fixedOffsets = getTimeZones({ includeUtc: true, includeGmtOffsets: true });
const ianaNames = [...new Set([...rawTimeZones, ...fixedOffsets].flatMap(({ group }) => group))];
const isKnownHere = (timeZone: string) => {
	try {
		return new Intl.DateTimeFormat('en-US', { timeZone }) !== undefined;
	} catch {
		return false;
	}
};
const areaLocationNames = ianaNames.filter((name) => name.includes('/')).filter(isKnownHere);

const CHOOSE =
	'Choose a time zone from the list, or use an Area/Location name such as America/New_York.';

/** The name to send; fails the test if there is none. */
function accepted(value: unknown): string {
	const result = resolveTimeZone(value);
	if ('reason' in result) throw new Error(result.reason);
	return result.timeZone;
}

afterEach(() => jest.restoreAllMocks());

describe('accepts', () => {
	it('every Area/Location name of IANA as typed, aliases included, and UTC and GMT', () => {
		expect(areaLocationNames.length).toBeGreaterThan(540);
		for (const name of [...areaLocationNames, 'UTC', 'GMT']) expect(accepted(name)).toBe(name);
	});

	it('all of them case-insensitive, as a name of the same time zone', () => {
		const format = (timeZone: string) =>
			new Intl.DateTimeFormat('en-US', { timeZone, timeStyle: 'medium', dateStyle: 'short' });
		const midsummer = new Date('2026-07-01T12:00:00Z');
		for (const name of areaLocationNames) {
			const sent = accepted(name.toUpperCase());
			expect(ianaNames).toContain(sent);
			expect(accepted(name.toLowerCase())).toBe(name === name.toLowerCase() ? name : sent);
			expect(format(sent).format(midsummer)).toBe(format(name).format(midsummer));
		}
	});

	it.each([
		['us/eastern', 'America/New_York'],
		['AMERICA/ARGENTINA/COMODRIVADAVIA', 'America/Catamarca'],
		['gmt', 'UTC'],
		['etc/zulu', 'UTC'],
		['  Europe/Berlin\r\n', 'Europe/Berlin'],
		['\u00a0Europe/Kiev\ufeff', 'Europe/Kiev'],
	])('%j and sends %s', (typed, sent) => {
		expect(accepted(typed)).toBe(sent);
	});

	it('a zone that is newer than the table', () => {
		const { DateTimeFormat } = Intl;
		jest.spyOn(Intl, 'supportedValuesOf').mockReturnValue(['Europe/Atlantis']);
		jest.spyOn(Intl, 'DateTimeFormat').mockImplementation(((
			...[locale, options]: ConstructorParameters<typeof DateTimeFormat>
		) => {
			const isNew = options?.timeZone === 'Europe/Atlantis';
			const format = new DateTimeFormat(locale, isNew ? { timeZone: 'UTC' } : options);
			if (isNew) {
				const resolved = format.resolvedOptions();
				format.resolvedOptions = () => ({ ...resolved, timeZone: 'Europe/Atlantis' });
			}
			return format;
		}) as never);
		// The names are read again in a module of its own.
		jest.isolateModules(() => {
			const fresh = jest.requireActual('../../../nodes/SendGridSegments/timeZones/resolveTimeZone');
			expect(fresh.resolveTimeZone('europe/atlantis')).toEqual({ timeZone: 'Europe/Atlantis' });
		});
	});
});

describe('rejects', () => {
	it.each([
		['EST', 'Use America/New_York or America/Panama.'],
		['ist', 'Use Asia/Kolkata, Europe/Dublin or Asia/Jerusalem.'],
	])('the abbreviation %s: %s', (typed, description) => {
		expect(resolveTimeZone(typed)).toEqual({
			reason: `"${typed}" is an abbreviation, not a time zone name`,
			description,
		});
	});

	it.each(['+01:00', '-5', '+0545', 'UTC+2', 'gmt−5', 'UTC + 14'])('the offset %s', (typed) => {
		expect(resolveTimeZone(typed)).toEqual({
			reason: `"${typed}" is an offset, not a time zone name`,
			description: CHOOSE,
		});
	});

	it.each([
		['Berlin', 'Use Europe/Berlin.'],
		['EST5EDT', CHOOSE],
		['local', CHOOSE],
		['Etc/Unknown', CHOOSE],
		['SystemV/AST4', CHOOSE],
		['__proto__', CHOOSE],
		['constructor', CHOOSE],
	])('the unknown name %j: %s', (typed, description) => {
		const reason = `"${typed}" is not a known time zone`;
		expect(resolveTimeZone(typed)).toEqual({ reason, description });
	});

	it('a name that only a newer Node.js knows', () => {
		jest.spyOn(Intl, 'DateTimeFormat').mockImplementation(() => {
			throw new RangeError('Invalid time zone specified: Canada/Yukon');
		});
		// Nothing is remembered yet in a module of its own.
		jest.isolateModules(() => {
			const fresh = jest.requireActual('../../../nodes/SendGridSegments/timeZones/resolveTimeZone');
			expect(fresh.resolveTimeZone('Canada/Yukon')).toMatchObject({
				reason: '"Canada/Yukon" is not a known time zone',
			});
		});
	});

	it.each([
		[undefined, 'is empty'],
		[null, 'is empty'],
		['', 'is empty'],
		[' \t\n', 'is empty'],
		[5, 'must be text'],
		[NaN, 'must be text'],
		[[], 'must be text'],
		[['Europe/Berlin'], 'must be text'],
		[{ toString: () => 'Europe/Berlin' }, 'must be text'],
		[{ __rl: true, mode: 'list', value: 'Europe/Berlin' }, 'must be text'],
	])('%p: %s', (value, reason) => {
		expect(resolveTimeZone(value)).toEqual({ reason, description: CHOOSE });
	});

	it('invisible characters, and shows where they are', () => {
		expect(resolveTimeZone('Europe/Ber\nlin\u200b')).toEqual({
			reason: '"Europe/Ber\ufffdlin\ufffd" is not a known time zone',
			description: CHOOSE,
		});
	});

	it('whatever IANA does not name, and never throws', () => {
		const almostName = fc
			.tuple(fc.constantFrom(...areaLocationNames), fc.nat(30), fc.string({ maxLength: 2 }))
			.map(([name, at, extra]) => name.slice(0, at) + extra + name.slice(at + 1));
		const value = fc.oneof(almostName, fc.string({ unit: 'binary' }), fc.anything());
		fc.assert(
			fc.property(value, (typed) => {
				const result = resolveTimeZone(typed);
				if ('timeZone' in result) {
					expect(ianaNames).toContain(result.timeZone);
				} else {
					expect(result.reason).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]+$/u);
					expect(result.description).toMatch(/^(Use|Choose) .+\.$/);
					// What was typed may contain any word.
					const ownWords = result.reason.replace(/".*"/, '') + result.description;
					expect(ownWords).not.toMatch(FORBIDDEN_WORDS);
				}
			}),
			{ numRuns: 300 },
		);
	});
});
