import moment from 'moment-timezone';
import { resolveTimeZone } from '../../../nodes/SendGridSegments/timeZones/resolveTimeZone';
import { timeZoneOptions } from '../../../nodes/SendGridSegments/timeZones/timeZoneOptions';

const WINTER = new Date('2026-01-15T12:00:00Z');
const SUMMER = new Date('2026-07-15T12:00:00Z');

const zoneNames = () =>
	timeZoneOptions(WINTER)
		.slice(1)
		.map(({ value }) => String(value));

it('starts with the time zone of the workflow, and continues in alphabetical order', () => {
	expect(timeZoneOptions()[0]).toEqual({ name: 'Workflow Time Zone', value: 'DEFAULT' });
	expect(zoneNames()).toEqual(zoneNames().sort());
});

it('has every IANA time zone once, under a name that is accepted as it is', () => {
	const intlName = (timeZone: string) =>
		new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
	const names = zoneNames();
	for (const timeZone of names) expect(resolveTimeZone(timeZone)).toEqual({ timeZone });
	const ianaNames = moment.tz.names().filter((name) => name.includes('/') || name === 'UTC');
	expect(names.map(intlName).sort()).toEqual([...new Set(ianaNames.map(intlName))].sort());
});

it('uses the names in use, whatever Intl calls them', () => {
	const names = zoneNames();
	for (const name of ['Asia/Kolkata', 'Europe/Kyiv', 'America/Nuuk', 'UTC', 'Etc/GMT+5']) {
		expect(names).toContain(name);
	}
	for (const name of ['Asia/Calcutta', 'Europe/Kiev', 'US/Eastern', 'GMT', 'Etc/UTC']) {
		expect(names).not.toContain(name);
	}
});

it.each([WINTER, SUMMER])('shows the offsets of the day: %s', (now) => {
	for (const { name, value } of timeZoneOptions(now).slice(1)) {
		expect(name).toBe(
			`${String(value).replaceAll('_', ' ')} (UTC${moment.tz(now, String(value)).format('Z')})`,
		);
	}
});

describe('with the names of another version of Node.js', () => {
	const usual = zoneNames();
	afterEach(() => jest.restoreAllMocks());

	/** The time zones as read under the mocks. */
	function zoneNamesReadAgain(): string[] {
		let options: ReturnType<typeof timeZoneOptions> = [];
		jest.isolateModules(() => {
			options = jest
				.requireActual('../../../nodes/SendGridSegments/timeZones/timeZoneOptions')
				.timeZoneOptions(WINTER);
		});
		return options.slice(1).map(({ value }) => String(value));
	}

	it('stays the same where Intl lists other names, too', () => {
		const listed = Intl.supportedValuesOf('timeZone');
		const others = ['Asia/Kolkata', 'US/Eastern', 'EST5EDT', 'Etc/GMT+5', 'GMT', 'UTC'];
		jest.spyOn(Intl, 'supportedValuesOf').mockReturnValue([...listed, ...others]);
		expect(zoneNamesReadAgain()).toEqual(usual);
	});

	it('keeps the old name where Intl does not know the one in use yet', () => {
		const { DateTimeFormat } = Intl;
		jest.spyOn(Intl, 'DateTimeFormat').mockImplementation(((
			...[locale, options]: ConstructorParameters<typeof DateTimeFormat>
		) => {
			if (options?.timeZone === 'Europe/Kyiv') throw new RangeError('Invalid time zone');
			return new DateTimeFormat(locale, options);
		}) as never);
		const expected = usual.map((name) => (name === 'Europe/Kyiv' ? 'Europe/Kiev' : name));
		expected.sort();
		expect(zoneNamesReadAgain()).toEqual(expected);
	});
});
