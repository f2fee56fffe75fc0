import fc from 'fast-check';
import {
	accountLimitIn,
	diagnoseRefreshLimit,
	limitByCounts,
	nextLocalMidnight,
	refreshesLeftAfter,
	type RefreshLimit,
} from '../../../../nodes/SendGridSegments/operations/refresh/refreshLimits';
import type { RateLimitHeaders } from '../../../../nodes/SendGridSegments/transport/rateLimit';
import { FORBIDDEN_WORDS } from '../../../forbiddenWords';

type Diagnosis = Parameters<typeof limitByCounts>[0];
type Segment = Diagnosis['segment'];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const at = (iso: string) => Date.parse(iso);
const iso = (instant: number) => new Date(instant).toISOString();

describe('nextLocalMidnight', () => {
	/** Each worked out from the zone's rule, named above it; all instants in UTC. */
	const table: Array<[zone: string, now: string, midnight: string, why: string]> = [
		// No change of the clock: midnight is 0:00 minus the offset.
		['UTC', '2026-03-08T19:48:00Z', '2026-03-09T00:00:00Z', 'UTC'],
		['Asia/Kolkata', '2026-03-08T18:30:00Z', '2026-03-09T18:30:00Z', '+5:30, at midnight'],
		['Asia/Kathmandu', '2026-01-01T12:00:00Z', '2026-01-01T18:15:00Z', '+5:45'],
		['Pacific/Pago_Pago', '2026-03-08T11:00:00Z', '2026-03-09T11:00:00Z', '-11, at midnight'],
		// The signs of Etc are the other way round: Etc/GMT+5 is five hours behind.
		['Etc/GMT+5', '2026-03-08T12:00:00Z', '2026-03-09T05:00:00Z', '-5, no daylight saving'],

		// Chicago 2026: -6, and -5 from Sunday 8 March 2:00 (8:00Z) to Sunday 1 November 2:00 (7:00Z).
		['America/Chicago', '2026-03-08T05:59:59Z', '2026-03-08T06:00:00Z', 'into the day of 23 hours'],
		['America/Chicago', '2026-03-08T06:00:00Z', '2026-03-09T05:00:00Z', 'through all 23 hours'],
		[
			'America/Chicago',
			'2026-11-01T05:00:00Z',
			'2026-11-02T06:00:00Z',
			'through a day of 25 hours',
		],
		['America/Chicago', '2026-11-01T06:30:00Z', '2026-11-02T06:00:00Z', 'the first 1:30'],
		['America/Chicago', '2026-11-01T07:30:00Z', '2026-11-02T06:00:00Z', 'the second 1:30'],
		// St. John's 2025: -3:30, and -2:30 from 9 March to 2 November, at 2:00 local time.
		['America/St_Johns', '2025-03-09T03:30:00Z', '2025-03-10T02:30:00Z', 'half hours, 23 of them'],
		['America/St_Johns', '2025-11-02T02:30:00Z', '2025-11-03T03:30:00Z', 'half hours, 25 of them'],
		// Lord Howe 2025: +11 until 6 April 2:00 (5 April 15:00Z), +10:30 until 5 October 2:00 (15:30Z).
		['Australia/Lord_Howe', '2025-04-05T13:00:00Z', '2025-04-06T13:30:00Z', 'a day of 24:30 hours'],
		['Australia/Lord_Howe', '2025-10-04T13:30:00Z', '2025-10-05T13:00:00Z', 'a day of 23:30 hours'],

		// Santiago 2025: -4; on Saturday 6 September 24:00 (4:00Z on the 7th) on to -3, so Sunday
		// begins at 1:00. On Saturday 5 April 24:00 (3:00Z on the 6th) back to 23:00.
		['America/Santiago', '2025-09-06T12:00:00Z', '2025-09-07T04:00:00Z', 'midnight does not exist'],
		['America/Santiago', '2025-09-07T03:59:59Z', '2025-09-07T04:00:00Z', 'a second before that'],
		['America/Santiago', '2025-09-07T04:00:00Z', '2025-09-08T03:00:00Z', 'from its 1:00 on'],
		['America/Santiago', '2025-04-06T02:59:59Z', '2025-04-06T04:00:00Z', '23:59:59 the first time'],
		['America/Santiago', '2025-04-06T03:30:00Z', '2025-04-06T04:00:00Z', '23:30 the second time'],
		// Havana 2025: -5; 9 March begins at 1:00 (5:00Z), -4; on 2 November at 1:00 (5:00Z) back to
		// 0:00, so that Sunday has two midnights, at 4:00Z and at 5:00Z.
		['America/Havana', '2025-03-08T20:00:00Z', '2025-03-09T05:00:00Z', 'midnight does not exist'],
		[
			'America/Havana',
			'2025-11-01T20:00:00Z',
			'2025-11-02T04:00:00Z',
			'the first of two midnights',
		],
		['America/Havana', '2025-11-02T04:30:00Z', '2025-11-03T05:00:00Z', 'between the two'],
		['America/Havana', '2025-11-02T05:00:00Z', '2025-11-03T05:00:00Z', 'at the second'],
		// Nuuk 2025: -2; on Saturday 29 March at 23:00 (1:00Z on the 30th) on to 0:00, -1; back at
		// 0:00 on Sunday 26 October (1:00Z) to 23:00.
		['America/Nuuk', '2025-03-29T20:00:00Z', '2025-03-30T01:00:00Z', '23:00 does not exist'],
		['America/Nuuk', '2025-10-26T00:30:00Z', '2025-10-26T02:00:00Z', '23:30 the first time'],
		// Toronto 1919: -5; at 23:30 on 30 March (4:30Z on the 31st) on to 0:30, -4.
		[
			'America/Toronto',
			'1919-03-31T04:00:00Z',
			'1919-03-31T04:30:00Z',
			'23:30 to 0:30 do not exist',
		],
		// St. John's 2010: -2:30; at 0:01 on 7 November (2:31Z) back to 23:01 on the 6th, -3:30.
		['America/St_Johns', '2010-11-06T20:00:00Z', '2010-11-07T02:30:00Z', 'midnight for a minute'],
		['America/St_Johns', '2010-11-07T03:00:00Z', '2010-11-07T03:30:00Z', '23:30 the second time'],
		// Apia 2011: at the end of 29 December (10:00Z on the 30th) from -10 to +14, with no 30th.
		['Pacific/Apia', '2011-12-29T20:00:00Z', '2011-12-30T10:00:00Z', 'the 30th does not exist'],
		['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z', 'the day after it'],
	];

	it.each(table)('%s after %s is %s (%s)', (zone, now, midnight) => {
		expect(iso(nextLocalMidnight(at(now), zone).toMillis())).toBe(iso(at(midnight)));
	});

	it('is the first instant of a later date, says Intl', () => {
		const formats = new Map<string, Intl.DateTimeFormat>();
		const dateIn = (zone: string, instant: number) => {
			const format =
				formats.get(zone) ??
				new Intl.DateTimeFormat('sv-SE', {
					timeZone: zone,
					year: 'numeric',
					month: '2-digit',
					day: '2-digit',
				});
			formats.set(zone, format);
			return format.format(instant);
		};
		fc.assert(
			fc.property(
				fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
				fc.integer({ min: at('1973-01-01T00:00:00Z'), max: at('2037-12-31T00:00:00Z') }),
				(zone, now) => {
					const midnight = nextLocalMidnight(now, zone).toMillis();
					expect(midnight).toBeGreaterThan(now);
					expect(midnight - now).toBeLessThanOrEqual(26 * HOUR);
					expect(dateIn(zone, midnight - 1)).toBe(dateIn(zone, now));
					expect(dateIn(zone, midnight) > dateIn(zone, now)).toBe(true);
				},
			),
			{ numRuns: 1_000 },
		);
	});

	it.each([NaN, Infinity, -Infinity, 1e300, 8.64e15, -8.64e15, 1.5, -1e15])(
		'does not throw for %p',
		(now) => {
			expect(() => nextLocalMidnight(now, 'America/Santiago')).not.toThrow();
		},
	);

	it('is invalid in a zone that does not exist', () => {
		expect(nextLocalMidnight(0, 'Europe/Atlantis').isValid).toBe(false);
	});
});

/** 14:48 in Chicago, an hour ahead of winter since that morning. */
const NOW = at('2026-03-08T19:48:00Z');

const UTC_MIDNIGHT = '2026-03-08T19:00:00-05:00';

const diagnosisOf = (segment: Segment, timeZone = 'America/Chicago', now = NOW): Diagnosis => ({
	segment,
	timeZone,
	now,
});

function segment(used: number, last?: number | string | null, max = 2): Segment {
	return {
		refreshes_used: used,
		max_refreshes: max,
		last_refreshed_at: typeof last === 'number' ? iso(last) : last,
	};
}

function reasonAndEnd(limit: RefreshLimit | 'generalRateLimit' | undefined) {
	return typeof limit === 'object' ? [limit.reason, limit.next_refresh_at] : [limit];
}

describe('diagnoseRefreshLimit', () => {
	function diagnose(
		of: Segment,
		rate: RateLimitHeaders = { remaining: 590, resetAt: NOW + 20 * SECOND },
		timeZone?: string,
		now?: number,
	) {
		return diagnoseRefreshLimit(diagnosisOf(of, timeZone, now), rate);
	}

	const toSkip = 'To skip it instead of failing, set \'When Limit Is Reached\' to "Skip".';

	it.each<[string, Segment, RefreshLimit]>([
		[
			"a segment's day",
			{ ...segment(2, NOW - 5 * HOUR), name: 'Opened' },
			{
				reason: 'segment_daily',
				next_refresh_at: '2026-03-09T00:00:00-05:00',
				message: '"Opened" has reached its limit of 2 refreshes per day',
				description: `Next refresh possible: 9 Mar 2026, 00:00 (America/Chicago), in 9 hours 12 minutes. ${toSkip}`,
			},
		],
		[
			"a segment's hour",
			segment(1, '2026-03-08T19:03:20.250Z'),
			{
				reason: 'segment_hourly',
				next_refresh_at: '2026-03-08T15:03:20.250-05:00',
				message: 'The segment was refreshed less than an hour ago',
				description: `Next refresh possible: 8 Mar 2026, 15:04 (America/Chicago), in 16 minutes. ${toSkip}`,
			},
		],
		[
			"the account's day",
			segment(0),
			{
				reason: 'account_daily',
				next_refresh_at: UTC_MIDNIGHT,
				message: 'The account has used its 10 refreshes for today',
				description: `Next refresh possible: 8 Mar 2026, 19:00 (America/Chicago), in 4 hours 12 minutes. ${toSkip}`,
			},
		],
		[
			'an unknown limit',
			undefined,
			{
				reason: 'unknown',
				next_refresh_at: null,
				message: 'A SendGrid refresh limit is reached',
				description: `SendGrid allows 2 refreshes per segment per day, 1 per segment per hour and 10 per account per day. The segment does not show which limit it was. Try again after an hour, after midnight in the chosen time zone or after 0:00 UTC. ${toSkip}`,
			},
		],
	])('says of %s what to do', (_, of, limit) => {
		expect(diagnose(of)).toEqual(limit);
	});

	it('takes a segment without counts for one that was never refreshed by hand', () => {
		expect(reasonAndEnd(diagnose({ id: '1' }))).toEqual(['account_daily', UTC_MIDNIGHT]);
		const nulls = { refreshes_used: null, max_refreshes: null, last_refreshed_at: null };
		expect(reasonAndEnd(diagnose(nulls))).toEqual(['account_daily', UTC_MIDNIGHT]);
	});

	it.each<[string, unknown]>([
		['null', null],
		['no count', { max_refreshes: 2, last_refreshed_at: null }],
		['no maximum', { refreshes_used: 0 }],
		[
			'a count that is text',
			{ refreshes_used: '2', max_refreshes: 2, last_refreshed_at: iso(NOW) },
		],
		['a negative count', segment(-1)],
		['a fraction', segment(0.5)],
		['no number', segment(NaN)],
		['an endless count', segment(Infinity, NOW)],
		['a maximum of 0', segment(0, null, 0)],
		['refreshes at no time', segment(1)],
		['all refreshes at no time', segment(2, null)],
		['refreshes in the year 1', segment(1, '0001-01-01T00:00:00Z')],
		['a time that is none', segment(1, 'yesterday')],
		['a time that is none, none used', segment(0, 'yesterday')],
		['a date only', segment(1, '2026-03-08')],
		['a time only', segment(1, '19:40:00')],
		['a date that does not exist', segment(1, '2026-02-30T12:00:00Z')],
		['a number for a time', { refreshes_used: 1, max_refreshes: 2, last_refreshed_at: NOW }],
		['the year 9999', segment(2, '9999-12-31T23:59:59.999Z')],
		['a time of 10,000 characters', segment(1, `2026-03-08T19:00:00.${'0'.repeat(10_000)}Z`)],
	])('does not know for %s', (_, odd) => {
		const rate = { remaining: 0, resetAt: NOW + 5 * SECOND };
		expect(reasonAndEnd(diagnose(odd as Segment, rate))).toEqual(['unknown', null]);
		expect(limitByCounts(diagnosisOf(odd as Segment))).toBeUndefined();
		expect(refreshesLeftAfter(diagnosisOf(odd as Segment))).toBeNull();
	});

	it.each([null, undefined, '', '0001-01-01T00:00:00Z'])(
		'takes %p for never where nothing is used',
		(last) => {
			expect(reasonAndEnd(diagnose(segment(0, last)))[0]).toBe('account_daily');
		},
	);

	it.each([
		['2026-03-08T19:30:00Z', '2026-03-08T15:30:00-05:00'],
		['2026-03-08T19:30:00', '2026-03-08T15:30:00-05:00'],
		['2026-03-08T19:30:00.000000Z', '2026-03-08T15:30:00-05:00'],
		['2026-03-08T13:30:00-06:00', '2026-03-08T15:30:00-05:00'],
		['2026-03-08T19:30:00.123456Z', '2026-03-08T15:30:00.124-05:00'],
		['2026-03-08T19:30:00.123000Z', '2026-03-08T15:30:00.123-05:00'],
	])('reads %s, UTC where it does not say, and is never early', (last, end) => {
		expect(reasonAndEnd(diagnose(segment(1, last)))).toEqual(['segment_hourly', end]);
	});

	describe('at the edges', () => {
		it.each([
			[HOUR - SECOND, 'segment_hourly', '2026-03-08T14:48:01-05:00'],
			[HOUR - 1, 'segment_hourly', '2026-03-08T14:48:00.001-05:00'],
			[HOUR, 'account_daily', UTC_MIDNIGHT],
			[HOUR + SECOND, 'account_daily', UTC_MIDNIGHT],
			// SendGrid's clock is known to the second only.
			[-SECOND, 'segment_hourly', '2026-03-08T15:48:01-05:00'],
		])('%d ms after the last refresh', (age, reason, end) => {
			expect(reasonAndEnd(diagnose(segment(1, NOW - age)))).toEqual([reason, end]);
		});

		it.each([
			[1, 'account_daily'],
			[2, 'segment_daily'],
			[3, 'segment_daily'],
		])('%d of 2 used', (used, reason) => {
			expect(reasonAndEnd(diagnose(segment(used, NOW - 2 * HOUR)))[0]).toBe(reason);
		});

		it.each([
			// 23:00 in Chicago: the hour and the day end together, a second apart either way.
			['2026-03-09T03:59:59Z', 'segment_daily', '2026-03-09T00:00:00-05:00'],
			['2026-03-09T04:00:00Z', 'segment_daily', '2026-03-09T00:00:00-05:00'],
			['2026-03-09T04:00:01Z', 'segment_hourly', '2026-03-09T00:00:01-05:00'],
		])('both limits of a segment, last refreshed at %s', (last, reason, end) => {
			const now = at('2026-03-09T04:30:00Z');
			const limit = diagnose(segment(2, last), undefined, 'America/Chicago', now);
			expect(reasonAndEnd(limit)).toEqual([reason, end]);
		});

		it('the hour goes on after midnight, when the count is 0 again', () => {
			const now = at('2026-03-09T05:10:00Z');
			const limit = diagnose(segment(0, '2026-03-09T04:40:00Z'), {}, 'America/Chicago', now);
			expect(reasonAndEnd(limit)).toEqual(['segment_hourly', '2026-03-09T00:40:00-05:00']);
		});

		it.each([
			['2026-03-08T23:59:59Z', '2026-03-08T19:00:00-05:00'],
			['2026-03-09T00:00:00Z', '2026-03-09T19:00:00-05:00'],
			['2026-03-09T00:00:01Z', '2026-03-09T19:00:00-05:00'],
		])("the account's day at %s", (now, end) => {
			expect(reasonAndEnd(diagnose(segment(0), {}, 'America/Chicago', at(now)))).toEqual([
				'account_daily',
				end,
			]);
		});

		const nextDay = '2026-03-09T20:48:00-05:00';
		const account = (end: string) => ['account_daily', end];

		it.each<[string, RateLimitHeaders, string[]]>([
			['nothing known', {}, account(UTC_MIDNIGHT)],
			['some remaining', { remaining: 1, resetAt: NOW + SECOND }, account(UTC_MIDNIGHT)],
			['no reset', { remaining: 0 }, account(UTC_MIDNIGHT)],
			['a second ago', { remaining: 0, resetAt: NOW - SECOND }, ['generalRateLimit']],
			['now', { remaining: 0, resetAt: NOW }, ['generalRateLimit']],
			['in 60 seconds', { remaining: 0, resetAt: NOW + MINUTE }, ['generalRateLimit']],
			[
				'in 61 seconds',
				{ remaining: 0, resetAt: NOW + 61 * SECOND },
				account('2026-03-08T14:49:01-05:00'),
			],
			['in 30 hours', { remaining: 0, resetAt: NOW + 30 * HOUR }, account(nextDay)],
			['in 30 hours, remaining unknown', { resetAt: NOW + 30 * HOUR }, account(nextDay)],
			['in 30 hours, 3 remaining', { remaining: 3, resetAt: NOW + 30 * HOUR }, account(nextDay)],
			['in 49 hours', { remaining: 0, resetAt: NOW + 49 * HOUR }, account(UTC_MIDNIGHT)],
			['in 1970', { remaining: 0, resetAt: 0 }, account(UTC_MIDNIGHT)],
			['no number', { remaining: NaN, resetAt: NaN }, account(UTC_MIDNIGHT)],
			['never', { remaining: 0, resetAt: Infinity }, account(UTC_MIDNIGHT)],
		])('the reset: %s', (_, rate, expected) => {
			expect(reasonAndEnd(diagnose(segment(1, NOW - 2 * HOUR), rate))).toEqual(expected);
		});

		it('the headers change nothing where the segment itself is at a limit', () => {
			const rate = { remaining: 0, resetAt: NOW + SECOND };
			expect(reasonAndEnd(diagnose(segment(2, NOW - 2 * HOUR), rate))[0]).toBe('segment_daily');
			expect(reasonAndEnd(diagnose(segment(1, NOW - MINUTE), rate))[0]).toBe('segment_hourly');
		});
	});

	it.each([
		['UTC', '2026-03-09T00:00:00Z'],
		['Pacific/Kiritimati', '2026-03-10T00:00:00+14:00'],
	])('gives the end of the day in %s', (zone, end) => {
		const now = at('2026-03-08T18:00:00Z');
		const limit = diagnose(segment(2, now - 2 * HOUR), {}, zone, now);
		expect(reasonAndEnd(limit)).toEqual(['segment_daily', end]);
	});

	it.each([
		[1, '8 Mar 2026, 14:49 (America/Chicago), in 1 minute.'],
		[MINUTE, '8 Mar 2026, 14:49 (America/Chicago), in 1 minute.'],
		[MINUTE + 1, '8 Mar 2026, 14:50 (America/Chicago), in 2 minutes.'],
		[HOUR - 1, '8 Mar 2026, 15:48 (America/Chicago), in 1 hour.'],
	])('says when %d ms are over, to the minute and never early', (left, words) => {
		expect(diagnose(segment(1, NOW - HOUR + left))).toHaveProperty(
			'description',
			expect.stringContaining(`Next refresh possible: ${words} `),
		);
	});

	it('never throws, never looks back, and never says one of the words to avoid', () => {
		const odd = fc.oneof(
			fc.anything(),
			fc.integer({ min: -1, max: 4 }),
			fc.double(),
			fc.date().map((date) => (isNaN(+date) ? 'Invalid' : date.toISOString())),
			fc.integer({ min: -100 * HOUR, max: HOUR }).map((before) => iso(NOW + before)),
		);
		const anySegment = fc.oneof(
			fc.record({ refreshes_used: odd, max_refreshes: odd, last_refreshed_at: odd }),
			fc.anything(),
		);
		const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constant(NOW));
		fc.assert(
			fc.property(
				anySegment,
				fc.record({ remaining: anyNumber, resetAt: anyNumber }, { requiredKeys: [] }),
				fc.constantFrom('UTC', 'America/Santiago', 'Pacific/Apia', 'Europe/Atlantis', 'local', ''),
				anyNumber,
				(untrusted, rate, zone, now) => {
					const limit = diagnose(untrusted as Segment, rate, zone, now);
					if (limit === 'generalRateLimit') {
						expect(Math.abs(rate.resetAt! - now)).toBeLessThanOrEqual(MINUTE);
						return;
					}
					expect(limit.next_refresh_at === null).toBe(limit.reason === 'unknown');
					if (limit.next_refresh_at !== null) {
						expect(at(limit.next_refresh_at)).toBeGreaterThan(now);
					}
					expect(limit.message + limit.description).not.toMatch(FORBIDDEN_WORDS);
					expect(limit.message + limit.description).not.toMatch(/NaN|undefined|Invalid/);
				},
			),
			{ numRuns: 1_000 },
		);
	});
});

describe('limitByCounts', () => {
	const limit = (of: Segment, now?: number) =>
		reasonAndEnd(limitByCounts(diagnosisOf(of, undefined, now)));

	it.each<[string, Segment, unknown[]]>([
		[
			'two of two today',
			segment(2, NOW - 2 * HOUR),
			['segment_daily', '2026-03-09T00:00:00-05:00'],
		],
		['one within the hour', segment(1, NOW - HOUR + 1), ['segment_hourly', expect.any(String)]],
		['one of two today', segment(1, NOW - HOUR), [undefined]],
		['never refreshed by hand', { id: '1' }, [undefined]],
		['none used', segment(0, null), [undefined]],
	])('%s', (_, of, expected) => {
		expect(limit(of)).toEqual(expected);
	});

	it.each([
		// Midnight in Chicago was 6:00 UTC on that day.
		['2026-03-08T05:59:59Z', [undefined]],
		['2026-03-08T06:00:00Z', ['segment_daily', '2026-03-09T00:00:00-05:00']],
	])('refreshes used up at %s count on the same day only', (last, expected) => {
		expect(limit(segment(2, last))).toEqual(expected);
	});

	it('the hour goes on after midnight', () => {
		const now = at('2026-03-09T05:10:00Z');
		expect(limit(segment(2, '2026-03-09T04:40:00Z'), now)).toEqual([
			'segment_hourly',
			'2026-03-09T00:40:00-05:00',
		]);
	});
});

it("accountLimitIn gives the account's limit in another time zone", () => {
	const limit = diagnoseRefreshLimit(diagnosisOf(segment(0)), {}) as RefreshLimit;
	expect(accountLimitIn('Asia/Kolkata', limit, NOW)).toMatchObject({
		reason: 'account_daily',
		next_refresh_at: '2026-03-09T05:30:00+05:30',
		description: expect.stringContaining(
			'9 Mar 2026, 05:30 (Asia/Kolkata), in 4 hours 12 minutes.',
		),
	});
});

it.each<[Segment, number | null]>([
	[segment(0, null), 1],
	[segment(1, NOW - 2 * HOUR), 0],
	[segment(2, NOW - 2 * HOUR), 0],
	[segment(2, '2026-03-08T05:59:59Z'), 1],
	[segment(0, null, 5), 4],
	[{ id: '1' }, null],
	[undefined, null],
])('refreshesLeftAfter one more of %j: %p', (of, left) => {
	expect(refreshesLeftAfter(diagnosisOf(of))).toBe(left);
});
