import fc from 'fast-check';
import { ItemError } from '../../../../../nodes/SendGridSegments/errors';
import {
	diagnoseRefreshLimit,
	limitByCounts,
	refreshesLeftAfter,
	toLimitError,
	type Diagnosis,
	type RefreshLimit,
} from '../../../../../nodes/SendGridSegments/operations/segment/refresh/refreshLimits';
import type { RateLimitHeaders } from '../../../../../nodes/SendGridSegments/transport/rateLimit';
import { FORBIDDEN_WORDS } from '../../../../forbiddenWords';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const iso = (instant: number) => new Date(instant).toISOString();

/** 14:48 in Chicago, an hour ahead of winter since that morning. */
const NOW = Date.parse('2026-03-08T19:48:00Z');

const diagnosisOf = (segment: unknown, timeZone = 'America/Chicago', now = NOW) =>
	({ segment, timeZone, now }) as Diagnosis;

const segment = (used: unknown, last?: unknown, max: unknown = 2) => ({
	id: '1',
	refreshes_used: used,
	max_refreshes: max,
	last_refreshed_at: typeof last === 'number' ? iso(last) : last,
});

/** The limit in a word and the instant of its end. */
const told = (limit: RefreshLimit | 'generalRateLimit' | undefined) => {
	if (typeof limit !== 'object') return limit;
	return limit.endsAt === undefined ? limit.reason : `${limit.reason} until ${iso(limit.endsAt)}`;
};

describe('what the counts of a segment say', () => {
	const CHICAGO = 'America/Chicago';
	const UTC = 'UTC';

	// Chicago is 6 hours behind until Sunday 8 March 2:00, and 5 from then until Sunday 1 November 2:00.
	it.each<[string, unknown, zone: string, expected?: string, now?: string]>([
		['nothing used', segment(0), CHICAGO],
		['never refreshed by hand', { id: '1' }, CHICAGO],
		['all null', segment(null, null, null), CHICAGO],
		['one of two, an hour ago', segment(1, NOW - HOUR), UTC],
		[
			'one of two, a second less than an hour ago',
			segment(1, NOW - HOUR + SECOND),
			UTC,
			`segment_hourly until ${iso(NOW + SECOND)}`,
		],
		[
			'both, hours ago: until midnight in the zone',
			segment(2, NOW - 5 * HOUR),
			CHICAGO,
			'segment_daily until 2026-03-09T05:00:00.000Z',
		],
		[
			'more than there are, in another zone',
			segment(3, NOW - 2 * HOUR),
			'Pacific/Kiritimati',
			'segment_daily until 2026-03-09T10:00:00.000Z',
		],
		[
			'both, of which the hour ends last',
			segment(2, '2026-03-09T04:30:00Z'),
			CHICAGO,
			'segment_hourly until 2026-03-09T05:30:00.000Z',
			'2026-03-09T04:40:00Z',
		],
		[
			'both yesterday: the count is that of the day of the last refresh',
			segment(2, '2026-03-09T03:00:00Z'),
			CHICAGO,
			undefined,
			'2026-03-09T05:10:00Z',
		],
		[
			'the hour goes on after midnight',
			segment(2, '2026-03-09T04:40:00Z'),
			CHICAGO,
			'segment_hourly until 2026-03-09T05:40:00.000Z',
			'2026-03-09T05:10:00Z',
		],
		[
			'a day of 25 hours',
			segment(2, '2026-11-01T06:00:00Z'),
			CHICAGO,
			'segment_daily until 2026-11-02T06:00:00.000Z',
			'2026-11-01T12:00:00Z',
		],
		[
			// On Saturday 6 September 2025 24:00 on to 1:00.
			'a midnight that does not exist',
			segment(2, '2025-09-06T12:00:00Z'),
			'America/Santiago',
			'segment_daily until 2025-09-07T04:00:00.000Z',
			'2025-09-07T02:00:00Z',
		],
		[
			'a time a little ahead, since clocks differ',
			segment(1, NOW + 4 * MINUTE),
			UTC,
			`segment_hourly until ${iso(NOW + HOUR + 4 * MINUTE)}`,
		],
		['a time further ahead, which says nothing', segment(2, NOW + 6 * MINUTE), UTC],
		['the year 9999', segment(2, '9999-12-31T23:59:59Z'), UTC],
	])('%s', (...[, of, zone, expected, now = iso(NOW)]) => {
		expect(told(limitByCounts(diagnosisOf(of, zone, Date.parse(now))))).toBe(expected);
	});

	it.each([
		'2026-03-08T19:30:00Z',
		'2026-03-08T19:30:00',
		'2026-03-08T19:30:00.000000Z',
		'2026-03-08T13:30:00-06:00',
	])('reads the time %s, UTC if it does not say', (last) => {
		expect(told(limitByCounts(diagnosisOf(segment(1, last))))).toBe(
			'segment_hourly until 2026-03-08T20:30:00.000Z',
		);
	});
});

const UNREADABLE: Array<[string, unknown]> = [
	['nothing', undefined],
	['no count', { id: '1', max_refreshes: 2, last_refreshed_at: null }],
	['no maximum', { id: '1', refreshes_used: 0 }],
	['a count that is text', segment('2', NOW)],
	['a negative count', segment(-1)],
	['a fraction', segment(0.5)],
	['a maximum of 0', segment(0, null, 0)],
	['a time that is none', segment(1, 'yesterday')],
	['a number for a time', { ...segment(1), last_refreshed_at: NOW }],
	['a time of 10,000 characters', segment(1, `2026-03-08T19:00:00.${'0'.repeat(10_000)}Z`)],
	['a time far ahead', segment(1, NOW + DAY)],
];

describe('which limit a refused refresh reached', () => {
	const diagnose = (of: unknown, rate: RateLimitHeaders = {}) =>
		told(diagnoseRefreshLimit(diagnosisOf(of), rate));

	const TODAY = 'account_daily until 2026-03-09T00:00:00.000Z';

	it.each(UNREADABLE)('unknown from %s', (_, of) => {
		expect(diagnose(of, { remaining: 0, resetAt: NOW + 5 * SECOND })).toBe('unknown');
		expect(limitByCounts(diagnosisOf(of))).toBeUndefined();
	});

	it("the segment's own, whatever the headers say", () => {
		const rate = { remaining: 0, resetAt: NOW + SECOND };
		expect(diagnose(segment(2, NOW - 2 * HOUR), rate)).toContain('segment_daily');
		expect(diagnose(segment(1, NOW - MINUTE), rate)).toContain('segment_hourly');
	});

	it.each<[string, RateLimitHeaders, string]>([
		['no headers', {}, TODAY],
		['some remaining', { remaining: 1, resetAt: NOW + SECOND }, TODAY],
		['no reset', { remaining: 0 }, TODAY],
		['a reset a second ago', { remaining: 0, resetAt: NOW - SECOND }, 'generalRateLimit'],
		['a reset in 5 seconds, remaining unknown', { resetAt: NOW + 5 * SECOND }, 'generalRateLimit'],
		['a reset in 60 seconds', { remaining: 0, resetAt: NOW + MINUTE }, 'generalRateLimit'],
		[
			'a reset in 61 seconds',
			{ remaining: 0, resetAt: NOW + 61 * SECOND },
			`account_daily until ${iso(NOW + 61 * SECOND)}`,
		],
		[
			'a reset in 30 hours, remaining unknown',
			{ resetAt: NOW + 30 * HOUR },
			`account_daily until ${iso(NOW + 30 * HOUR)}`,
		],
		['a reset in 49 hours', { resetAt: NOW + 49 * HOUR }, TODAY],
		['a reset in 1970', { remaining: 0, resetAt: 0 }, TODAY],
	])('if the segment has room, by the headers: %s', (_, rate, expected) => {
		expect(diagnose(segment(1, NOW - 2 * HOUR), rate)).toBe(expected);
		expect(diagnose({ id: '1' }, rate)).toBe(expected);
	});
});

describe('how many refreshes are left after one', () => {
	it.each<[string, unknown, number | null]>([
		['none used', segment(0), 1],
		['one of five used', segment(1, NOW - 2 * HOUR, 5), 3],
		['all used', segment(2, NOW - 2 * HOUR), 0],
		['all used yesterday', segment(2, NOW - 2 * DAY), 1],
		['left out: the limit, less this one', { id: '1' }, 1],
		['all null', segment(null, null, null), null],
		['the count null', segment(null, NOW), null],
		['the maximum null', segment(1, NOW, null), null],
	])('%s', (_, of, expected) => {
		expect(refreshesLeftAfter(diagnosisOf(of))).toBe(expected);
	});

	it.each(UNREADABLE)('unknown from %s', (_, of) => {
		expect(refreshesLeftAfter(diagnosisOf(of))).toBeNull();
	});
});

describe('what a limit says', () => {
	const say = (limit: RefreshLimit, zone = 'America/Chicago') =>
		toLimitError(limit, diagnosisOf(undefined, zone), { segment_id: 'x' });

	const limits = {
		segment_daily: limitByCounts(diagnosisOf({ ...segment(2, NOW - 5 * HOUR), name: 'Opened' })),
		segment_hourly: limitByCounts(diagnosisOf(segment(1, '2026-03-08T19:03:20.250Z'))),
		account_daily: diagnoseRefreshLimit(diagnosisOf(segment(0)), {}),
		unknown: diagnoseRefreshLimit(diagnosisOf(undefined), {}),
	} as Record<string, RefreshLimit>;

	it.each([
		[
			'segment_daily',
			'"Opened" has reached its limit of 2 refreshes per day',
			'Mar 9, 2026, 00:00 (America/Chicago), in 9 hours 12 minutes.',
			'2026-03-09T00:00:00-05:00',
		],
		[
			'segment_hourly',
			'The segment was refreshed less than an hour ago',
			'Mar 8, 2026, 15:04 (America/Chicago), in 15 minutes.',
			'2026-03-08T15:03:20.250-05:00',
		],
		[
			'account_daily',
			'The account has used its 10 refreshes for today',
			'Mar 8, 2026, 19:00 (America/Chicago), in 4 hours 12 minutes.',
			'2026-03-08T19:00:00-05:00',
		],
		[
			'unknown',
			'A SendGrid refresh limit was reached',
			'2 refreshes per segment per day, 1 per segment per hour and 10 per account per day.',
			null,
		],
	])('%s', (reason, message, when, next) => {
		const error = say(limits[reason]);
		expect(error).toBeInstanceOf(ItemError);
		expect(error.message).toBe(message);
		expect(error.description).toContain(when);
		expect(error.description).toMatch(/set 'When Limit Is Reached' to "Skip"\.$/);
		expect(error.details).toEqual({
			http_status: 429,
			segment_id: 'x',
			reason,
			next_refresh_at: next,
			job_id: null,
		});
	});

	it.each([
		[1, 'in 1 minute.'],
		[MINUTE, 'in 1 minute.'],
		[MINUTE + 31 * SECOND, 'in 2 minutes.'],
		[HOUR, 'in 1 hour.'],
		[25 * HOUR + MINUTE, 'in 25 hours 1 minute.'],
	])('that ends in %d ms', (left, words) => {
		const limit = { reason: 'account_daily', message: '', endsAt: NOW + left } as const;
		expect(say(limit).description).toContain(`${words} `);
	});
});

it('whatever is read: nothing is thrown, no limit has ended, and no word to avoid is said', () => {
	const odd = fc.oneof(
		fc.anything(),
		fc.integer({ min: -1, max: 4 }),
		fc.integer({ min: -100 * HOUR, max: HOUR }).map((before) => iso(NOW + before)),
	);
	const anySegment = fc.oneof(
		fc.record({ refreshes_used: odd, max_refreshes: odd, last_refreshed_at: odd }),
		fc.dictionary(fc.string(), fc.anything()),
	);
	const instant = fc.oneof(fc.constant(undefined), fc.integer({ min: -3 * DAY, max: 3 * DAY }));
	fc.assert(
		fc.property(
			anySegment,
			fc.constantFrom(undefined, 0, 1),
			instant,
			fc.constantFrom('UTC', 'America/Santiago', 'Pacific/Apia'),
			(untrusted, remaining, reset, zone) => {
				const diagnosis = diagnosisOf(untrusted, zone);
				const resetAt = reset === undefined ? undefined : NOW + reset;
				const limit = diagnoseRefreshLimit(diagnosis, { remaining, resetAt });
				if (limit === 'generalRateLimit') {
					expect(Math.abs(reset!)).toBeLessThanOrEqual(MINUTE);
					return;
				}
				expect(limit.endsAt === undefined).toBe(limit.reason === 'unknown');
				expect(limit.endsAt ?? Infinity).toBeGreaterThan(NOW);
				const { message, description } = toLimitError(limit, diagnosis, {});
				expect(message + description).not.toMatch(FORBIDDEN_WORDS);
				const left = refreshesLeftAfter(diagnosis);
				expect(left ?? 0).toBeGreaterThanOrEqual(0);
			},
		),
	);
});
