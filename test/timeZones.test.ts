import fc from 'fast-check';
import moment from 'moment-timezone';

import { abbreviations, otherNames } from '../nodes/SendGridSegments/timeZoneNames';
import {
	checkedTimeZone,
	timeZoneChoices,
	WORKFLOW_TIME_ZONE,
} from '../nodes/SendGridSegments/timeZones';

/** The name accepted, or "problem. advice". */
function answer(value: unknown): string {
	const result = checkedTimeZone(value);
	return 'timeZone' in result ? result.timeZone : `${result.problem}. ${result.advice}`;
}

function refusal(value: unknown): { problem: string; advice: string } {
	const result = checkedTimeZone(value);
	if ('timeZone' in result) throw new Error(`${String(value)} was accepted: ${result.timeZone}`);
	return result;
}

const placeNames = moment.tz.names().filter((name) => name.includes('/'));

describe('checkedTimeZone', () => {
	it('accepts every Area/Location name of moment-timezone as typed', () => {
		expect(placeNames.length).toBeGreaterThan(540);
		expect(placeNames.map(answer)).toEqual(placeNames);
	});

	it.each(['UTC', 'GMT'])('accepts %s as typed', (name) => {
		expect(answer(name)).toBe(name);
	});

	it('accepts them all in any letter case, and they mean the same zone', () => {
		const midsummer = Date.UTC(2026, 6, 1);
		for (const name of placeNames) {
			for (const typed of [name.toLowerCase(), name.toUpperCase()]) {
				const sent = answer(typed);
				expect([...placeNames, 'UTC']).toContain(sent);
				expect(moment.tz(midsummer, sent).format()).toBe(moment.tz(midsummer, name).format());
			}
		}
	});

	it.each([
		['EUROPE/BERLIN', 'Europe/Berlin'],
		['america/new_york', 'America/New_York'],
		['us/eastern', 'America/New_York'],
		['uS/pAcific', 'America/Los_Angeles'],
		['etc/gmt+5', 'Etc/GMT+5'],
		['AMERICA/ARGENTINA/COMODRIVADAVIA', 'America/Catamarca'],
		['asia/kolkata', 'Asia/Calcutta'],
		['utc', 'UTC'],
		['Utc', 'UTC'],
		['gmt', 'UTC'],
		['etc/zulu', 'UTC'],
	])('sends %s as Intl resolves it: %s', (typed, sent) => {
		expect(answer(typed)).toBe(sent);
	});

	it('follows a link to its zone where Intl would not', () => {
		const { DateTimeFormat } = Intl;
		const spy = jest.spyOn(Intl, 'DateTimeFormat').mockImplementation(((...args: never[]) => {
			const format = new DateTimeFormat(...args);
			const options = format.resolvedOptions();
			jest.spyOn(format, 'resolvedOptions').mockReturnValue({ ...options, timeZone: 'US/Central' });
			return format;
		}) as never);
		try {
			expect(answer('us/CENTRAL')).toBe('America/Chicago');
		} finally {
			spy.mockRestore();
		}
	});

	it.each(['  Europe/Berlin\t', '\nEurope/Berlin\r\n', '\u00a0Europe/Berlin\ufeff'])(
		'takes no notice of blanks around %p',
		(typed) => {
			expect(answer(typed)).toBe('Europe/Berlin');
		},
	);

	it('says so where this Node does not know a name that IANA has', () => {
		const { DateTimeFormat } = Intl;
		const spy = jest.spyOn(Intl, 'DateTimeFormat').mockImplementation(((
			locale: string,
			options: Intl.DateTimeFormatOptions,
		) => {
			if (options.timeZone === 'Canada/Yukon') throw new RangeError('Invalid time zone specified');
			return new DateTimeFormat(locale, options);
		}) as never);
		try {
			expect(answer(' Canada/Yukon')).toBe(
				'The time zone data of this n8n does not know "Canada/Yukon". Run n8n on a newer Node.js, or pick another time zone from the list.',
			);
		} finally {
			spy.mockRestore();
		}
	});

	it.each([
		['EST', ['America/New_York', 'America/Panama']],
		['est', ['America/New_York', 'America/Panama']],
		['IST', ['Asia/Kolkata', 'Europe/Dublin', 'Asia/Jerusalem']],
		['PST', ['America/Los_Angeles']],
		['CST', ['America/Chicago', 'Asia/Shanghai']],
		['CET', ['Europe/Berlin', 'Europe/Paris']],
		['EST5EDT', ['America/New_York']],
		['Z', ['UTC']],
		['Japan', ['Asia/Tokyo']],
		['Cuba', ['America/Havana']],
		['GB', ['Europe/London']],
		['NZ-CHAT', ['Pacific/Chatham']],
		['GMT0', ['UTC']],
		['Berlin', ['Europe/Berlin']],
		['bErLiN', ['Europe/Berlin']],
		['New York', ['America/New_York']],
		['america/new york', ['America/New_York']],
		['New York, NY', ['America/New_York']],
		['Eastern Standard Time', ['America/New_York', 'America/Toronto']],
		['São Paulo', ['America/Sao_Paulo']],
		['Kiev', ['Europe/Kyiv']],
		['Europe/Berln', ['Europe/Berlin']],
		['Europe/Belrin', ['Europe/Berlin']],
		['Europe Berlin', ['Europe/Berlin']],
		['Germany/Berlin', ['Europe/Berlin']],
		['Europe/Berlin/Mitte', []],
		['Europe', []],
		['Europe/', []],
		['/', []],
		['+05:30', ['Asia/Kolkata']],
		['UTC+2', ['Europe/Berlin', 'Europe/Athens', 'Africa/Johannesburg']],
		['UTC-5', ['America/New_York', 'America/Chicago']],
		['gmt−5', ['America/New_York', 'America/Chicago']],
		['GMT+0', ['UTC', 'Europe/London']],
		['-00:00', ['UTC', 'Europe/London']],
		['+0545', ['Asia/Kathmandu']],
		['UTC + 14', ['Pacific/Kiritimati']],
		['+99', []],
		['local', []],
		['DEFAULT', []],
		['system', []],
		['', []],
		[' \t\n', []],
		['Etc/Unknown', []],
		['SystemV/AST4', []],
		['__proto__', []],
		['constructor', []],
		['../Berlin/..', []],
		['Europe/Berlin; DROP', []],
	])('refuses %p and suggests %p', (typed, suggested) => {
		const { advice } = refusal(typed);
		const named = advice
			.match(/\b[A-Z]\w+(?:\/\w+)+|\bUTC\b/g)
			?.filter((name) => name !== 'Area/Location');
		expect(named).toEqual(suggested.length > 0 ? suggested : ['America/New_York']);
		expect(advice).toMatch(suggested.length > 0 ? /^Use / : /^Pick a time zone from the list/);
	});

	it.each([
		['Europe/Ber\nlin', 'Europe/Berlin'],
		['Europe/Berlin\u200b', 'Europe/Berlin'],
		['Europe/B\u0435rlin', 'Europe/Berlin'],
		['\u212aiev', 'Europe/Kyiv'],
		['Asia/\u212aolkata', 'Asia/Kolkata'],
		['\uff25urope/Berlin', 'Europe/Berlin'],
	])('refuses the look-alike %p', (typed, suggested) => {
		const { problem, advice } = refusal(typed);
		expect(problem).toMatch(/has a character in it that no time zone name has$/);
		expect(problem).not.toMatch(/[\n\u200b]/);
		expect(advice).toContain(`Use ${suggested}, or`);
	});

	it.each([
		[null, 'The time zone is not set'],
		[undefined, 'The time zone is not set'],
		[5, 'The time zone is not text'],
		[true, 'The time zone is not text'],
		[{}, 'The time zone is not text'],
		[['Europe/Berlin'], 'The time zone is not text'],
		[new String('Europe/Berlin'), 'The time zone is not text'],
		[{ toString: () => 'Europe/Berlin' }, 'The time zone is not text'],
		['', 'The time zone is empty'],
		['IST', 'The time zone "IST" is an abbreviation, not an Area/Location name'],
		['+05:30', 'The time zone "+05:30" is an offset, not an Area/Location name'],
		['local', 'The time zone "local" names no place'],
		['Berlin', 'The time zone "Berlin" is not an Area/Location name'],
		['Europe/Berln', 'There is no time zone "Europe/Berln"'],
	])('says of %p: %s', (value, problem) => {
		expect(refusal(value).problem).toBe(problem);
	});

	it('refuses every other name of moment-timezone, each with a suggestion', () => {
		const others = moment.tz.names().filter((name) => !/\/|^(?:UTC|GMT)$/.test(name));
		expect(others.length).toBeGreaterThan(30);
		for (const name of others) {
			const suggested = /^Use ([\w/]+)/.exec(refusal(name).advice)?.[1];
			expect([name, answer(suggested)]).toEqual([name, suggested]);
		}
	});

	it('shortens what it repeats, and is quick about it', () => {
		const started = performance.now();
		for (let i = 0; i < 100; i++) {
			for (const text of ['x', '🙂', 'Europe/Berlin ', '+', '/']) {
				const { problem, advice } = refusal(text.repeat(10_000));
				expect(problem.length + advice.length).toBeLessThan(400);
			}
		}
		expect(performance.now() - started).toBeLessThan(5_000);
	});

	it('costs next to nothing when asked again', () => {
		answer('Europe/Berlin');
		const started = performance.now();
		const constructed = jest.spyOn(Intl, 'DateTimeFormat');
		for (let i = 0; i < 10_000; i++) checkedTimeZone('Europe/Berlin');
		expect(constructed).not.toHaveBeenCalled();
		constructed.mockRestore();
		expect(performance.now() - started).toBeLessThan(500);
	});

	it('answers the same after more values than it keeps', () => {
		const before = answer('Berlin');
		for (let i = 0; i < 600; i++) {
			const blanks = ' '.repeat(i % 30) + '\t'.repeat(i / 30);
			expect(answer(`${blanks}Asia/Tokyo`)).toBe('Asia/Tokyo');
		}
		expect(answer('Berlin')).toBe(before);
		expect(answer('Europe/Berlin')).toBe('Europe/Berlin');
	});

	it('never throws, and sends nothing that moment-timezone does not know', () => {
		const anyText = fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.stringMatching(/^[A-Za-z]{1,8}\/[A-Za-z_+\d-]{1,8}$/),
			fc
				.tuple(fc.constantFrom(...placeNames), fc.nat(30), fc.string({ maxLength: 2 }))
				.map(([name, at, extra]) => name.slice(0, at) + extra + name.slice(at + 1)),
		);
		fc.assert(
			fc.property(fc.oneof(anyText, fc.anything()), (value) => {
				const result = checkedTimeZone(value);
				if ('timeZone' in result) {
					expect([...placeNames, 'UTC', 'GMT']).toContain(result.timeZone);
				} else {
					expect(result.problem).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
					expect(result.problem + result.advice).not.toMatch(/\berror|failure|mistake|undefined/i);
				}
			}),
			{ numRuns: 300 },
		);
	});
});

describe('the table of names', () => {
	const lines = (text: string) => text.trim().split('\n');

	it('says what Intl says', () => {
		const resolve = (timeZone: string) =>
			new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
		for (const line of lines(otherNames)) {
			const [zone, ...others] = line.split(' ');
			expect(others.length).toBeGreaterThan(0);
			for (const other of others) expect([other, resolve(other)]).toEqual([other, resolve(zone)]);
		}
	});

	it('suggests real zones for abbreviations', () => {
		for (const line of lines(abbreviations)) {
			const [zone] = line.split(' ');
			expect(answer(zone)).toBe(zone);
		}
	});
});

describe('timeZoneChoices', () => {
	const WINTER = new Date('2026-01-15T12:00:00Z');
	const SUMMER = new Date('2026-07-15T12:00:00Z');
	const names = (filter?: string, now = WINTER) =>
		timeZoneChoices(filter, now).map(({ name }) => name);

	it('starts with the workflow’s own and goes on alphabetically', () => {
		const choices = timeZoneChoices(undefined, WINTER);
		expect(choices[0]).toEqual({ name: 'Workflow Time Zone', value: 'DEFAULT' });
		expect(WORKFLOW_TIME_ZONE).toBe('DEFAULT');
		const zones = choices.slice(1).map(({ value }) => value);
		expect(zones).toEqual([...zones].sort());
		expect(new Set(zones).size).toBe(zones.length);
		expect(zones.length).toBeGreaterThan(400);
	});

	it('has every zone once, under a name that is accepted as it is', () => {
		const resolve = (timeZone: string) =>
			new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
		const zones = timeZoneChoices()
			.slice(1)
			.map(({ value }) => value);
		expect(zones.map(answer)).toEqual(zones);
		const same = zones.map(resolve);
		expect(new Set(same).size).toBe(same.length);
		const missing = [...placeNames, 'UTC'].filter((name) => !same.includes(resolve(name)));
		expect(missing).toEqual([]);
	});

	it('uses the names that are in use', () => {
		const zones = timeZoneChoices().map(({ value }) => value);
		expect(zones).toEqual(
			expect.arrayContaining([
				'Asia/Kolkata',
				'Europe/Kyiv',
				'Asia/Ho_Chi_Minh',
				'America/Nuuk',
				'UTC',
			]),
		);
		expect(zones).not.toContain('Asia/Calcutta');
		expect(zones).not.toContain('Europe/Kiev');
		expect(zones).not.toContain('US/Eastern');
	});

	it('shows the offset of the day', () => {
		expect(names('berlin')).toEqual(['Europe/Berlin (UTC+01:00)']);
		expect(names('berlin', SUMMER)).toEqual(['Europe/Berlin (UTC+02:00)']);
		for (const { name, value } of timeZoneChoices('', SUMMER).slice(1)) {
			expect(name).toBe(`${value} (UTC${moment.tz(SUMMER, value).format('Z')})`);
		}
	});

	it('shows the new offset a minute after a change of the clock', () => {
		expect(names('chicago', new Date('2026-03-08T07:59:59Z'))).toEqual([
			'America/Chicago (UTC-06:00)',
		]);
		expect(names('chicago', new Date('2026-03-08T08:00:00Z'))).toEqual([
			'America/Chicago (UTC-05:00)',
		]);
	});

	it.each([
		['new york', ['America/New_York (UTC-05:00)']],
		['New_York', ['America/New_York (UTC-05:00)']],
		['são paulo', ['America/Sao_Paulo (UTC-03:00)']],
		['  kiev ', ['Europe/Kyiv (UTC+02:00)']],
		['us/eastern', ['America/New_York (UTC-05:00)']],
		['calcutta', ['Asia/Kolkata (UTC+05:30)']],
		['+05:30', ['Asia/Colombo (UTC+05:30)', 'Asia/Kolkata (UTC+05:30)']],
		['0530', []],
		['UTC +5:30', ['Asia/Colombo (UTC+05:30)', 'Asia/Kolkata (UTC+05:30)']],
		['berlin utc+1', ['Europe/Berlin (UTC+01:00)']],
		['berlin utc+2', []],
		['etc/gmt+5', ['Etc/GMT+5 (UTC-05:00)']],
		['utc', ['UTC (UTC+00:00)']],
		['atlantis', []],
		['workflow', ['Workflow Time Zone']],
		['time zone', ['Workflow Time Zone']],
		['__proto__', []],
		['(', []],
		['\\', []],
	])('finds for %p: %p', (filter, found) => {
		expect(names(filter)).toEqual(found);
	});

	it.each([
		['+01:00', '+01:00', 'Europe/Berlin'],
		['01:00', '[+-]01:00', 'Europe/Berlin'],
		['utc+1', '+01:00', 'Europe/Berlin'],
		['UTC+01', '+01:00', 'Europe/Berlin'],
		['UTC-5', '-05:00', 'America/New_York'],
		['UTC−5', '-05:00', 'America/New_York'],
		['-5', '-05:00', 'America/New_York'],
		['+05:', '+05:', 'Asia/Karachi'],
		['-0', '+00:00', 'Europe/London'],
		['utc+0', '+00:00', 'UTC'],
	])('finds by offset: %s', (filter, offset, one) => {
		const choices = timeZoneChoices(filter, WINTER);
		expect(choices.map(({ value }) => value)).toContain(one);
		const pattern = new RegExp(`\\(UTC${offset.replace(/^\+/, '\\+')}`);
		for (const { name } of choices) expect(name).toMatch(pattern);
	});

	it('finds both meanings of gmt+5', () => {
		const found = names('gmt+5');
		expect(found).toContain('Asia/Karachi (UTC+05:00)');
		expect(found).toContain('Etc/GMT+5 (UTC-05:00)');
	});

	it('suggests some zone for every offset that is in use', () => {
		const offsets = timeZoneChoices('', WINTER)
			.slice(1)
			.filter(({ value }) => !value.startsWith('Etc/'))
			.map(({ name }) => /\(UTC(.*)\)/.exec(name)![1]);
		for (const offset of new Set(offsets)) {
			expect([offset, refusal(offset).advice]).toEqual([offset, expect.stringMatching(/^Use /)]);
		}
	});

	it('is computed once for a search as it is typed', () => {
		const now = new Date('2030-01-01T00:00:00Z');
		timeZoneChoices('', now);
		const constructed = jest.spyOn(Intl, 'DateTimeFormat');
		for (const filter of ['b', 'be', 'ber', '+01', '']) {
			timeZoneChoices(filter, new Date(now.getTime() + 60_000));
		}
		expect(constructed).not.toHaveBeenCalled();
		constructed.mockRestore();
	});

	it('makes no more of a long filter', () => {
		expect(timeZoneChoices('+'.repeat(100_000))).toEqual([]);
	});
});
