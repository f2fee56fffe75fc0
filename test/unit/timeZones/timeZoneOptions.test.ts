import { timeZonesNames } from '@vvo/tzdb';
import { getGlobalState, setGlobalState } from 'n8n-workflow';
import { resolveTimeZone } from '../../../nodes/SendGridSegments/timeZones/resolveTimeZone';
import { timeZoneOptions } from '../../../nodes/SendGridSegments/timeZones/timeZoneOptions';

const WINTER = new Date('2026-01-15T12:00:00Z');
const SUMMER = new Date('2026-07-15T12:00:00Z');

const zoneOptions = (now = WINTER) => timeZoneOptions(undefined, now).slice(1);
const labelOf = (zone: string, now = WINTER) =>
	zoneOptions(now).find(({ value }) => value === zone)?.name;

const inWinter = zoneOptions();

/** The options that n8n's drop-down shows when `text` is typed: see Element Plus, `el-option`. */
function filterLikeN8n(text: string): unknown[] {
	const typed = new RegExp(text.replace(/[|\\{}()[\]^$+*?.]/g, '\\$&'), 'i');
	return inWinter.filter(({ name }) => typed.test(name)).map(({ value }) => value);
}

describe('the first option', () => {
	const n8nsState = getGlobalState();
	afterEach(() => setGlobalState(n8nsState));

	it('means the time zone of the workflow', () => {
		expect(timeZoneOptions()[0]).toEqual({ name: 'Workflow Time Zone', value: 'DEFAULT' });
	});

	it.each(['Asia/Tokyo', 'DEFAULT', ''])('names it if n8n tells %j', (setting) => {
		setGlobalState({ ...n8nsState, defaultTimezone: 'Asia/Tokyo' });
		expect(timeZoneOptions(setting)[0]).toEqual({
			name: 'Workflow Time Zone (default: Asia/Tokyo)',
			value: 'DEFAULT',
		});
	});
});

it('has every IANA time zone once, under a name that is accepted as it is', () => {
	const names = zoneOptions().map(({ value }) => String(value));
	for (const timeZone of names) expect(resolveTimeZone(timeZone)).toEqual({ timeZone });
	const known = timeZonesNames.filter((name) => 'timeZone' in resolveTimeZone(name));
	expect([...names].sort()).toEqual([...known, 'UTC'].sort());
	expect(names.length).toBeGreaterThan(415);
});

it('calls a zone what people call it', () => {
	expect(labelOf('America/New_York')).toBe(
		'America/New York · Eastern Time, EST/EDT (UTC-05:00) · New York City, Brooklyn, Queens, Philadelphia, Fort Wayne, United States',
	);
	expect(labelOf('Europe/Kyiv')).toMatch(
		/^Europe\/Kyiv · Eastern European Time, EET\/EEST \(UTC\+02:00\) · .*Kiev.*, Ukraine$/,
	);
	expect(labelOf('UTC')).toBe(
		'UTC · Coordinated Universal Time, GMT (UTC+00:00) · Greenwich, Universal, Zulu',
	);
});

it.each([
	['America/New_York', 'UTC-05:00', 'UTC-04:00'],
	['Australia/Sydney', 'UTC+11:00', 'UTC+10:00'],
	['Asia/Kathmandu', 'UTC+05:45', 'UTC+05:45'],
	['Europe/London', 'UTC+00:00', 'UTC+01:00'],
])('shows the offset of the day for %s', (zone, winter, summer) => {
	expect(labelOf(zone, WINTER)).toContain(`(${winter})`);
	expect(labelOf(zone, SUMMER)).toContain(`(${summer})`);
});

it.each([
	['EST', 'America/New_York'],
	['IST', 'Asia/Kolkata'],
	['UTC', 'UTC'],
	['GMT', 'UTC'],
	['pacific', 'America/Los_Angeles'],
	['Munich', 'Europe/Berlin'],
	['Germany', 'Europe/Berlin'],
	['new york', 'America/New_York'],
	['Kiev', 'Europe/Kyiv'],
	['Sao Paulo', 'America/Sao_Paulo'],
	['São Paulo', 'America/Sao_Paulo'],
])('typing %s leads to %s first', (typed, zone) => {
	expect(filterLikeN8n(typed)[0]).toBe(zone);
});

it('leaves out zones that this Node.js does not know yet', () => {
	const { DateTimeFormat } = Intl;
	jest.spyOn(Intl, 'DateTimeFormat').mockImplementation(((
		...[locale, options]: ConstructorParameters<typeof DateTimeFormat>
	) => {
		if (options?.timeZone === 'Europe/Kyiv') throw new RangeError('Invalid time zone');
		return new DateTimeFormat(locale, options);
	}) as never);
	const names = zoneOptions().map(({ value }) => value);
	jest.restoreAllMocks();
	expect(names).not.toContain('Europe/Kyiv');
	expect(names).toHaveLength(zoneOptions().length - 1);
});
