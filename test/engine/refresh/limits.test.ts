import type { IDataObject } from 'n8n-workflow';
import { type Fault, type SegmentRecord, startSimulator } from '../../../simulator';
import type { NodeRun } from '../harness';
import {
	credentials,
	expectFailure,
	failuresIn,
	jsonOf,
	run,
	runOn,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const posts = () => simulator.requests('POST').length;
const reads = () => simulator.requests('GET').length;

/** SendGrid's clock, at the same instant for every request. */
function stopClockAt(instant: string) {
	simulator.clock.set(instant);
	simulator.fault({
		match: () => {
			simulator.clock.set(instant);
			return false;
		},
	});
}

const refresh = async (
	ids: string[],
	whenLimitReached: 'skip' | 'fail',
	timeZone: string,
	settings: Partial<NodeRun> = {},
) =>
	await runOn(
		'refresh',
		ids,
		{ timeZone, options: { whenLimitReached } },
		{ onError: 'continueRegularOutput', ...settings },
	);

describe('the limit that was met, and when it ends', () => {
	type Case = [
		now: string,
		state: { used?: number; last?: string; account?: number; zone?: string },
		expected: 'accepted' | [reason: string, next: string],
	];

	// Local times in the comments. America/Chicago is 5 hours behind UTC in June.
	const zone = 'America/Chicago';
	const cases: Case[] = [
		// One refresh per segment and hour.
		[
			'2025-06-10T12:59:59Z',
			{ used: 1, last: '12:00:00Z' },
			['segment_hourly', '2025-06-10T13:00:00Z'],
		],
		['2025-06-10T13:00:00Z', { used: 1, last: '12:00:00Z' }, 'accepted'],
		['2025-06-10T13:00:01Z', { used: 1, last: '12:00:00Z' }, 'accepted'],
		[
			'2025-06-10T12:00:01Z',
			{ used: 1, last: '12:00:00.5Z', zone: 'Asia/Kolkata' },
			['segment_hourly', '2025-06-10T18:30:00.500+05:30'],
		],

		// Two per segment and local day.
		[
			'2025-06-11T04:59:59Z',
			{ used: 2, last: '15:00:00Z', zone },
			['segment_daily', '2025-06-11T00:00:00-05:00'],
		],
		['2025-06-11T05:00:00Z', { used: 2, last: '15:00:00Z', zone }, 'accepted'],
		['2025-06-11T05:00:01Z', { used: 2, last: '15:00:00Z', zone }, 'accepted'],
		['2025-06-11T04:59:59Z', { used: 1, last: '15:00:00Z', zone }, 'accepted'],

		// Ten per account and UTC day.
		['2025-06-10T23:59:59Z', { account: 10, zone }, ['account_daily', '2025-06-10T19:00:00-05:00']],
		['2025-06-11T00:00:00Z', { account: 10, zone }, 'accepted'],
		['2025-06-11T00:00:01Z', { account: 10, zone }, 'accepted'],
		['2025-06-10T23:59:59Z', { account: 9, zone }, 'accepted'],

		// Hour and day: the day ends last, then the hour (23:30 is half an hour before midnight).
		[
			'2025-06-10T15:59:59Z',
			{ used: 2, last: '15:00:00Z', zone },
			['segment_daily', '2025-06-11T00:00:00-05:00'],
		],
		[
			'2025-06-10T16:00:01Z',
			{ used: 2, last: '15:00:00Z', zone },
			['segment_daily', '2025-06-11T00:00:00-05:00'],
		],
		[
			'2025-06-11T04:59:59Z',
			{ used: 2, last: '2025-06-11T04:30:00Z', zone },
			['segment_hourly', '2025-06-11T00:30:00-05:00'],
		],
		[
			'2025-06-11T05:00:01Z',
			{ used: 2, last: '2025-06-11T04:30:00Z', zone },
			['segment_hourly', '2025-06-11T00:30:00-05:00'],
		],
		[
			'2025-06-11T05:29:59Z',
			{ used: 2, last: '2025-06-11T04:30:00Z', zone },
			['segment_hourly', '2025-06-11T00:30:00-05:00'],
		],
		['2025-06-11T05:30:01Z', { used: 2, last: '2025-06-11T04:30:00Z', zone }, 'accepted'],
		// They end at the same instant: 23:00.
		[
			'2025-06-11T04:59:59Z',
			{ used: 2, last: '2025-06-11T04:00:00Z', zone },
			['segment_daily', '2025-06-11T00:00:00-05:00'],
		],
		['2025-06-11T05:00:01Z', { used: 2, last: '2025-06-11T04:00:00Z', zone }, 'accepted'],

		// Hour and account: the hour ends last.
		[
			'2025-06-10T23:59:59Z',
			{ used: 1, last: '23:30:00Z', account: 10 },
			['segment_hourly', '2025-06-11T00:30:00Z'],
		],
		[
			'2025-06-11T00:00:01Z',
			{ used: 1, last: '23:30:00Z', account: 10, zone },
			['segment_hourly', '2025-06-10T19:30:00-05:00'],
		],
		['2025-06-11T00:30:01Z', { used: 1, last: '23:30:00Z', account: 10, zone }, 'accepted'],
		// What the account has left cannot be read while the segment itself is at a limit.
		[
			'2025-06-10T12:59:59Z',
			{ used: 1, last: '12:00:00Z', account: 10 },
			['segment_hourly', '2025-06-10T13:00:00Z'],
		],
		[
			'2025-06-10T13:00:01Z',
			{ used: 1, last: '12:00:00Z', account: 10 },
			['account_daily', '2025-06-11T00:00:00Z'],
		],

		// Day and account: the local midnight is later than 0:00 UTC, then earlier.
		[
			'2025-06-10T23:59:59Z',
			{ used: 2, last: '15:00:00Z', account: 10, zone },
			['segment_daily', '2025-06-11T00:00:00-05:00'],
		],
		[
			'2025-06-11T00:00:01Z',
			{ used: 2, last: '15:00:00Z', account: 10, zone },
			['segment_daily', '2025-06-11T00:00:00-05:00'],
		],
		[
			'2025-06-10T14:59:59Z',
			{ used: 2, last: '13:00:00Z', account: 10, zone: 'Asia/Tokyo' },
			['segment_daily', '2025-06-11T00:00:00+09:00'],
		],
		[
			'2025-06-10T15:00:01Z',
			{ used: 2, last: '13:00:00Z', account: 10, zone: 'Asia/Tokyo' },
			['account_daily', '2025-06-11T09:00:00+09:00'],
		],

		// All three.
		[
			'2025-06-10T23:59:59Z',
			{ used: 2, last: '23:15:00Z', account: 10, zone },
			['segment_daily', '2025-06-11T00:00:00-05:00'],
		],
		[
			'2025-06-10T23:59:59Z',
			{ used: 2, last: '23:15:00Z', account: 10 },
			['segment_hourly', '2025-06-11T00:15:00Z'],
		],

		// Far from UTC, and a midnight that does not exist: Santiago's 7 September begins at 1:00.
		[
			'2025-06-10T09:59:59Z',
			{ used: 2, last: '08:00:00Z', zone: 'Pacific/Kiritimati' },
			['segment_daily', '2025-06-11T00:00:00+14:00'],
		],
		[
			'2025-06-10T10:00:01Z',
			{ used: 2, last: '08:00:00Z', zone: 'Pacific/Kiritimati' },
			'accepted',
		],
		[
			'2025-06-10T10:59:59Z',
			{ used: 2, last: '08:00:00Z', zone: 'Pacific/Pago_Pago' },
			['segment_daily', '2025-06-10T00:00:00-11:00'],
		],
		['2025-06-10T11:00:01Z', { used: 2, last: '08:00:00Z', zone: 'Pacific/Pago_Pago' }, 'accepted'],
		[
			'2025-09-07T03:59:59Z',
			{ used: 2, last: '2025-09-06T12:00:00Z', zone: 'America/Santiago' },
			['segment_daily', '2025-09-07T01:00:00-03:00'],
		],
		[
			'2025-09-07T04:00:01Z',
			{ used: 2, last: '2025-09-06T12:00:00Z', zone: 'America/Santiago' },
			'accepted',
		],
	];

	it.each(cases)('%s, %j: %s', async (now, state, expected) => {
		const { used = 0, last, account = 0, zone: timeZone = 'UTC' } = state;
		simulator.clock.set('2025-06-10T12:00:00Z');
		simulator.accountRefreshesUsed = account;
		const { id } = simulator.addSegment({
			refreshes_used: used,
			last_refreshed_at: last?.replace(/^(\d\d:)/, '2025-06-10T$1'),
			lastTimeZone: timeZone,
		});
		stopClockAt(now);

		const skipped = await refresh([id], 'skip', timeZone);
		if (expected === 'accepted') {
			expect(jsonOf(skipped.success)).toMatchObject([{ status: 'accepted' }]);
			expect([posts(), reads()]).toEqual([1, 0]);
			return;
		}
		const [reason, instant] = expected;
		const next_refresh_at = instant.replace(/Z$/, timeZone === 'UTC' ? 'Z' : '');
		expect(jsonOf(skipped.success)).toEqual([
			{
				status: 'skipped',
				job_id: null,
				segment_id: id,
				user_time_zone: timeZone,
				reason,
				next_refresh_at,
			},
		]);
		expect([posts(), reads()]).toEqual([1, 1]);

		const failed = await refresh([id], 'fail', timeZone);
		expectFailure(failed.success[0], {
			message: expect.stringMatching(/ The next refresh is possible at .+, in .+\.$/),
			description: expect.stringContaining('set "When Limit Is Reached" to Skip'),
			http_status: 429,
			job_id: null,
			segment_id: id,
			user_time_zone: timeZone,
			reason,
			next_refresh_at,
		});
	});
});

describe('in words', () => {
	const messageAt = async (now: string, segment: Partial<SegmentRecord>, account = 0) => {
		stopClockAt(now);
		simulator.accountRefreshesUsed = account;
		const { id } = simulator.addSegment({ ...segment, lastTimeZone: 'America/Chicago' });
		const { error } = await refresh([id], 'fail', 'America/Chicago', { onError: 'stopWorkflow' });
		return error;
	};

	it('the day of a segment', async () => {
		const last_refreshed_at = '2025-06-10T15:00:00Z';
		const error = await messageAt('2025-06-11T00:48:00Z', { refreshes_used: 2, last_refreshed_at });
		expect(error?.message).toBe(
			'This segment was refreshed 2 of 2 times today (America/Chicago). The next refresh is possible at 2025-06-11 00:00 (America/Chicago), in 4 hours 12 minutes.',
		);
		expect(error?.description).toContain('Schedule the refresh after that time');
	});

	it('the hour of a segment', async () => {
		const last_refreshed_at = '2025-06-10T15:00:00Z';
		const error = await messageAt('2025-06-10T15:20:00Z', { refreshes_used: 1, last_refreshed_at });
		expect(error?.message).toBe(
			'This segment was refreshed less than an hour ago, and SendGrid allows one refresh per hour. The next refresh is possible at 2025-06-10 11:00 (America/Chicago), in 40 minutes.',
		);
	});

	it('the day of the account', async () => {
		const error = await messageAt('2025-06-10T22:59:00Z', {}, 10);
		expect(error?.message).toBe(
			'All 10 refreshes that SendGrid allows per account and day are used up. The next refresh is possible at 2025-06-10 19:00 (America/Chicago), in 1 hour 1 minute.',
		);
	});
});

describe('where the segment does not tell', () => {
	const unreadable: Array<[string, Fault | undefined, Partial<SegmentRecord>]> = [
		['403', { status: 403 }, {}],
		['404', { status: 404 }, {}],
		['500', { status: 500, times: 3 }, {}],
		['a broken body', { body: '{"id": "', times: 3 }, {}],
		['no counts', undefined, { refreshes_used: undefined, max_refreshes: undefined }],
		['no count', undefined, { refreshes_used: undefined }],
		['no maximum', undefined, { max_refreshes: undefined }],
		['a count without a date', undefined, { refreshes_used: 2 }],
		['odd counts', undefined, { refreshes_used: '2' as never }],
		['an odd date', undefined, { refreshes_used: 1, last_refreshed_at: 'yesterday' }],
	];

	it.each(unreadable)('%s: the reason is unknown', async (_, fault, segment) => {
		const { id } = simulator.addSegment(segment);
		const setFaults = () => {
			simulator.fault({ match: ({ method }) => method === 'POST', status: 429 });
			if (fault) simulator.fault({ ...fault, match: ({ method }) => method === 'GET' });
		};

		setFaults();
		const skipped = await refresh([id], 'skip', 'UTC');
		expect(jsonOf(skipped.success)).toEqual([
			{
				status: 'skipped',
				job_id: null,
				segment_id: id,
				user_time_zone: 'UTC',
				reason: 'unknown',
				next_refresh_at: null,
			},
		]);

		setFaults();
		const failed = await refresh([id], 'fail', 'UTC');
		expectFailure(failed.success[0], {
			message: expect.stringMatching(
				/2 per segment and day, 1 per segment and hour, 10 per account and day/,
			),
			description: expect.stringContaining('Refresh again after an hour, after midnight'),
			http_status: 429,
			job_id: null,
			segment_id: id,
			user_time_zone: 'UTC',
			reason: 'unknown',
			next_refresh_at: null,
		});
		expect(posts()).toBe(2);
	});
});

describe('the account', () => {
	it('25 segments, 10 left: 10 accepted, 15 skipped, and the rest spends no request', async () => {
		simulator.clock.set('2025-06-10T12:00:00Z');
		const ids = simulator.addSegments(25).map(({ id }) => id);
		simulator.setLatency(20);
		const { success } = await refresh(ids, 'skip', 'Asia/Kolkata');

		const of = (status: string) => jsonOf(success).filter((json) => json.status === status);
		expect(of('accepted')).toHaveLength(10);
		expect(of('skipped')).toHaveLength(15);
		expect(success.map(({ json }) => json.segment_id)).toEqual(ids);
		for (const json of of('skipped')) {
			expect(json).toMatchObject({
				reason: 'account_daily',
				next_refresh_at: '2025-06-11T05:30:00+05:30',
			});
		}
		expect(simulator.accountRefreshesUsed).toBe(10);
		// 10, and the 5 that were under way when the first was turned away.
		expect(posts()).toBeGreaterThan(10);
		expect(posts()).toBeLessThanOrEqual(15);
		expect(reads()).toBe(posts() - 10);
	});

	it('the verdict is told to everyone in their own time zone', async () => {
		simulator.clock.set('2025-06-10T12:00:00Z');
		simulator.accountRefreshesUsed = 10;
		const zones = ['Asia/Tokyo', 'UTC', 'America/Chicago', 'Asia/Kathmandu'];
		const items = Array.from({ length: 12 }, (_, index) => ({
			id: simulator.addSegment().id,
			zone: zones[index % 4],
		}));
		const { success } = await run(
			{ operation: 'refresh', segmentId: '={{ $json.id }}', timeZone: '={{ $json.zone }}' },
			{ items, onError: 'continueRegularOutput' },
		);

		const ends = [
			'2025-06-11T09:00:00+09:00',
			'2025-06-11T00:00:00Z',
			'2025-06-10T19:00:00-05:00',
			'2025-06-11T05:45:00+05:45',
		];
		expect(failuresIn(success)).toEqual(
			items.map(({ id, zone }, index) =>
				expect.objectContaining({
					message: expect.stringContaining(`(${zone})`),
					http_status: 429,
					segment_id: id,
					user_time_zone: zone,
					reason: 'account_daily',
					next_refresh_at: ends[index % 4],
				}),
			),
		);
		expect(posts()).toBeLessThanOrEqual(5);
	});

	it('a verdict on one segment says nothing of others', async () => {
		const now = simulator.clock.now().toISOString();
		const [a, b] = [{ last_refreshed_at: now }, {}].map((part) => simulator.addSegment(part).id);
		const { success } = await refresh([a, b], 'skip', 'UTC');
		expect(jsonOf(success)).toMatchObject([{ reason: 'segment_hourly' }, { status: 'accepted' }]);
	});

	it('the reset that SendGrid names counts where it is later than a minute from now', async () => {
		simulator.clock.set('2025-06-10T12:00:00Z');
		simulator.accountRefreshesUsed = 10;
		const { id } = simulator.addSegment();
		const reset = String(Date.parse('2025-06-10T14:00:00Z') / 1000);
		simulator.fault({
			match: ({ method }) => method === 'POST',
			apply: 'after',
			headers: { 'x-ratelimit-reset': reset },
		});
		const { success } = await refresh([id], 'skip', 'UTC');
		expect(jsonOf(success)).toMatchObject([
			{ reason: 'account_daily', next_refresh_at: '2025-06-10T14:00:00Z' },
		]);
	});
});

describe('the general rate limit', () => {
	const turnedAway = (inSeconds: number): Fault => ({
		match: ({ method }) => method === 'POST',
		status: 429,
		body: { errors: [{ field: null, message: 'too many requests' }] },
		headers: {
			'x-ratelimit-remaining': '0',
			'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + inSeconds),
		},
	});

	it('is waited for, and the refresh is sent again', async () => {
		const { id } = simulator.addSegment();
		const fault = turnedAway(2);
		simulator.fault(fault);
		const { success } = await refresh([id], 'fail', 'UTC');

		expect(jsonOf(success)).toMatchObject([{ status: 'accepted' }]);
		expect(simulator.log.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
		expect(simulator.log[2].at).toBeGreaterThanOrEqual(
			Number(fault.headers?.['x-ratelimit-reset']) * 1000,
		);
	});

	it('of a real limiter costs no segment its refresh', async () => {
		const other = await startSimulator({ rateLimit: { limit: 4, windowSeconds: 1 } });
		const ids = other.addSegments(7).map(({ id }) => id);
		const { success } = await refresh(ids, 'fail', 'UTC', {
			credentials: { ...credentials(), baseUrl: other.url },
		});
		await other.stop();
		expect(failuresIn(success)).toEqual([]);
		expect(success).toHaveLength(7);
	});

	it('time and again is a failure with the same fields', async () => {
		const { id } = simulator.addSegment();
		simulator.fault({ ...turnedAway(0), times: 3 });
		const { success } = await refresh([id], 'fail', 'UTC');
		expectFailure(success[0], {
			message: "SendGrid's rate limit is reached",
			http_status: 429,
			job_id: null,
			segment_id: id,
			user_time_zone: 'UTC',
			reason: 'unknown',
			next_refresh_at: null,
		});
		expect(posts()).toBe(3);
	});

	it('is not taken for it where the segment itself is at a limit', async () => {
		const last_refreshed_at = simulator.clock.now().toISOString();
		const { id } = simulator.addSegment({ refreshes_used: 1, last_refreshed_at });
		simulator.fault(turnedAway(2));
		const { success } = await refresh([id], 'skip', 'UTC');
		expect(jsonOf(success)).toMatchObject([{ reason: 'segment_hourly' }]);
		expect(posts()).toBe(1);
	});
});

it.each(['never', '', null, true] as unknown[])('refuses whenLimitReached %j', async (value) => {
	const { id } = simulator.addSegment();
	const { success } = await run(
		{
			operation: 'refresh',
			segmentId: id,
			options: { whenLimitReached: '={{ $json.value }}' } as IDataObject,
		},
		{ items: [{ value } as IDataObject], onError: 'continueRegularOutput' },
	);
	expectFailure(success[0], { message: '"When Limit Is Reached" must be "fail" or "skip"' });
	expect(posts()).toBe(0);
});
