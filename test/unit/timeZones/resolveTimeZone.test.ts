import fc from 'fast-check';
import moment from 'moment-timezone';
import {
	isWorkflowTimeZone,
	resolveTimeZone,
} from '../../../nodes/SendGridSegments/timeZones/resolveTimeZone';
import { FORBIDDEN_WORDS } from '../../forbiddenWords';

const areaLocationNames = moment.tz.names().filter((name) => name.includes('/'));
const CHOOSE =
	'Choose a time zone from the list, or use an Area/Location name such as America/New_York.';

/** The name to send; fails the test where there is none. */
function accepted(value: unknown): string {
	const result = resolveTimeZone(value);
	if ('message' in result) throw new Error(result.message);
	return result.timeZone;
}

/** Makes `Intl` answer as another version of Node.js would. */
function mockIntlName(answer: (timeZone: string, intlName: string) => string) {
	const { DateTimeFormat } = Intl;
	jest.spyOn(Intl, 'DateTimeFormat').mockImplementation(((
		locale: string,
		options: Intl.DateTimeFormatOptions,
	) => {
		const format = new DateTimeFormat(locale, options);
		const resolved = format.resolvedOptions();
		const timeZone = answer(options.timeZone ?? '', resolved.timeZone);
		format.resolvedOptions = () => ({ ...resolved, timeZone });
		return format;
	}) as never);
}

afterEach(() => jest.restoreAllMocks());

describe('accepts', () => {
	it('every Area/Location name of IANA as typed, aliases included, and UTC and GMT', () => {
		expect(areaLocationNames.length).toBeGreaterThan(540);
		for (const name of [...areaLocationNames, 'UTC', 'GMT']) expect(accepted(name)).toBe(name);
	});

	it('all of them case-insensitive, as a name of the same time zone', () => {
		const midsummer = Date.UTC(2026, 6, 1);
		for (const name of areaLocationNames) {
			for (const typed of [name.toLowerCase(), name.toUpperCase()]) {
				const sent = accepted(typed);
				expect([...areaLocationNames, 'UTC']).toContain(sent);
				expect(moment.tz(midsummer, sent).format()).toBe(moment.tz(midsummer, name).format());
			}
		}
	});

	it.each([
		['EUROPE/BERLIN', 'Europe/Berlin'],
		['us/eastern', 'America/New_York'],
		['AMERICA/ARGENTINA/COMODRIVADAVIA', 'America/Catamarca'],
		['etc/gmt+5', 'Etc/GMT+5'],
		['utc', 'UTC'],
		['gmt', 'UTC'],
		['etc/zulu', 'UTC'],
		['  Europe/Berlin\r\n', 'Europe/Berlin'],
		['\u00a0Europe/Kiev\ufeff', 'Europe/Kiev'],
	])('%j and sends %s', (typed, sent) => {
		expect(accepted(typed)).toBe(sent);
	});

	it('an alias that Intl keeps, and sends the name in use', () => {
		mockIntlName((timeZone, intlName) => (timeZone === 'us/CENTRAL' ? 'US/Central' : intlName));
		expect(accepted('us/CENTRAL')).toBe('America/Chicago');
	});

	it('asking Intl once per name, however many items have it', () => {
		resolveTimeZone('Asia/Tokyo');
		const constructed = jest.spyOn(Intl, 'DateTimeFormat');
		for (let item = 0; item < 10_000; item++) {
			expect(accepted('Asia/Tokyo')).toBe('Asia/Tokyo');
		}
		expect(constructed).not.toHaveBeenCalled();
	});

	it('a name again after more different values than it remembers', () => {
		const before = resolveTimeZone('Berlin');
		for (let index = 0; index < 600; index++) resolveTimeZone(`Nowhere/${index}`);
		expect(resolveTimeZone('Berlin')).toEqual(before);
		expect(accepted('Europe/Berlin')).toBe('Europe/Berlin');
	});
});

describe('rejects', () => {
	it.each([
		['EST', 'America/New_York or America/Panama'],
		['ist', 'Asia/Kolkata, Europe/Dublin or Asia/Jerusalem'],
	])('the abbreviation %s and suggests %s', (typed, suggested) => {
		expect(resolveTimeZone(typed)).toEqual({
			message: `'Time Zone' "${typed}" is an abbreviation, not a time zone name`,
			description: `Use ${suggested}.`,
		});
	});

	it.each(['+01:00', '-5', '+0545', 'UTC+2', 'gmt−5', 'UTC + 14'])('the offset %s', (typed) => {
		expect(resolveTimeZone(typed)).toEqual({
			message: `'Time Zone' "${typed}" is an offset, not a time zone name`,
			description: CHOOSE,
		});
	});

	it.each([
		['Berlin', 'Use Europe/Berlin.'],
		['Germany/BERLIN', 'Use Europe/Berlin.'],
		['Europe Berlin', 'Use Europe/Berlin.'],
		['New York, NY', 'Use America/New_York.'],
		['Eastern Standard Time', 'Use America/New_York or America/Toronto.'],
		['São Paulo', 'Use America/Sao_Paulo.'],
		['Kiev', 'Use Europe/Kyiv.'],
		['Mexico', 'Use America/Mexico_City.'],
		['Brazil', 'Use America/Manaus, America/Noronha or America/Rio_Branco.'],
		['PST8PDT', 'Use America/Los_Angeles.'],
		['Zulu', 'Use UTC.'],
		['Asia/\u212aolkata', 'Use Asia/Kolkata.'],
		...['local', 'Europe/', '/', 'Z', 'Etc/Unknown', 'SystemV/AST4', '__proto__', '.*'].map(
			(typed) => [typed, CHOOSE],
		),
	])('the unknown name %j: %s', (typed, description) => {
		const message = `'Time Zone' "${typed}" is not a known time zone`;
		expect(resolveTimeZone(typed)).toEqual({ message, description });
	});

	it('a name that only a newer Node.js knows', () => {
		mockIntlName((timeZone, intlName) => {
			if (timeZone === 'Canada/Yukon') throw new RangeError('Invalid time zone specified');
			return intlName;
		});
		// Nothing is remembered yet in a module of its own.
		jest.isolateModules(() => {
			const fresh = jest.requireActual('../../../nodes/SendGridSegments/timeZones/resolveTimeZone');
			expect(fresh.resolveTimeZone('Canada/Yukon')).toMatchObject({
				message: `'Time Zone' "Canada/Yukon" is not a known time zone`,
			});
		});
	});

	it.each([
		[undefined, 'is not set'],
		[null, 'is not set'],
		['', 'is empty'],
		[' \t\n', 'is empty'],
		[5, 'must be text'],
		[['Europe/Berlin'], 'must be text'],
		[{ toString: () => 'Europe/Berlin' }, 'must be text'],
	])('%p: %s', (value, reason) => {
		expect(resolveTimeZone(value)).toEqual({
			message: `'Time Zone' ${reason}`,
			description: CHOOSE,
		});
	});

	it('invisible characters, and shows where they are', () => {
		expect(resolveTimeZone('Europe/Ber\nlin\u200b')).toEqual({
			message: `'Time Zone' "Europe/Ber\ufffdlin\ufffd" is not a known time zone`,
			description: CHOOSE,
		});
	});

	it.each(['x', '🙂', '+', '/'])('10,000 times %j and shows the start', (character) => {
		expect(resolveTimeZone(character.repeat(10_000))).toMatchObject({
			message: `'Time Zone' "${character.repeat(64)}…" is not a known time zone`,
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
					expect([...areaLocationNames, 'UTC', 'GMT']).toContain(result.timeZone);
				} else {
					expect(result.message).toMatch(/^'Time Zone' [^\p{C}\p{Zl}\p{Zp}]+$/u);
					expect(result.description).toMatch(/^(Use|Choose) .+\.$/);
					// What was typed may contain any word.
					const ownWords = result.message.replace(/".*"/, '') + result.description;
					expect(ownWords).not.toMatch(FORBIDDEN_WORDS);
				}
			}),
			{ numRuns: 300 },
		);
	});
});

it.each([
	['DEFAULT', true],
	['Workflow Time Zone', true],
	[' workflow time zone ', true],
	['default', false],
	['Europe/Berlin', false],
	['', false],
	[undefined, false],
	[['DEFAULT'], false],
])('isWorkflowTimeZone(%j) is %s', (value, expected) => {
	expect(isWorkflowTimeZone(value)).toBe(expected);
});
