import type { Fault, SegmentRecord } from '../../../simulator';
import { expectFailure, jsonOf, MISSING, runOn, simulator, useSimulator } from '../helpers';

useSimulator();

const methods = () => simulator.log.map(({ method }) => method);

const refresh = async (id: string, timeZone = 'UTC', whenLimitReached = 'skip') =>
	await runOn(
		'refresh',
		[id],
		{ timeZone, options: { whenLimitReached } },
		{ onError: 'continueRegularOutput' },
	);

/** Every request finds SendGrid's clock at this instant. */
function stopClockAt(instant: string) {
	simulator.fault({
		match: () => {
			simulator.clock.set(instant);
			return false;
		},
	});
}

const onRead = (fault: Fault): Fault => ({ ...fault, match: ({ method }) => method === 'GET' });

describe('sends no refresh that cannot succeed', () => {
	const chicago = 'America/Chicago';
	const tokyo = 'Asia/Tokyo';
	/** What SendGrid shows of a segment; the days of its counts are those of `lastTimeZone`. */
	const once = (last: string): Partial<SegmentRecord> => ({
		refreshes_used: 1,
		max_refreshes: 2,
		last_refreshed_at: last,
	});
	const twice = (last: string, lastTimeZone: string): Partial<SegmentRecord> => ({
		...once(last),
		refreshes_used: 2,
		lastTimeZone,
	});

	type Case = [
		what: string,
		segment: Partial<SegmentRecord>,
		timeZone: string,
		now: string,
		expected: 'accepted' | [reason: string, next: string],
	];

	const noon = '2025-06-10T12:00:00Z';
	const hourly: Case[1] = once(noon);
	// 10:00 in Chicago, which is 5 hours behind UTC.
	const daily = twice('2025-06-10T15:00:00Z', chicago);
	// 0:30 of the 11th in Tokyo, 9 hours ahead: today in Tokyo until 15:00 UTC of the 11th.
	const dailyInTokyo = twice('2025-06-10T15:30:00Z', tokyo);
	const nextHour = '2025-06-10T13:00:00Z';
	const midnight = '2025-06-11T00:00:00-05:00';

	it.each<Case>([
		['the hour, to its last second', hourly, 'UTC', '2025-06-10T12:59:59Z', ['hourly', nextHour]],
		['the hour, over', hourly, 'UTC', '2025-06-10T13:00:00Z', 'accepted'],
		['the hour, over for a second', hourly, 'UTC', '2025-06-10T13:00:01Z', 'accepted'],

		['the day, an hour later', daily, chicago, '2025-06-10T16:00:01Z', ['daily', midnight]],
		['the day, to its last second', daily, chicago, '2025-06-11T04:59:59Z', ['daily', midnight]],
		['the day, over', daily, chicago, '2025-06-11T05:00:00Z', 'accepted'],
		['the day, over for a second', daily, chicago, '2025-06-11T05:00:01Z', 'accepted'],

		[
			'the day of the chosen zone, not of the last one, to its last second',
			dailyInTokyo,
			'UTC',
			'2025-06-10T23:59:59Z',
			['daily', '2025-06-11T00:00:00Z'],
		],
		[
			'the day of the chosen zone, over, that of the last one not yet',
			dailyInTokyo,
			'UTC',
			'2025-06-11T00:00:00Z',
			'accepted',
		],
		[
			'the day of the chosen zone, over for a second',
			dailyInTokyo,
			'UTC',
			'2025-06-11T00:00:01Z',
			'accepted',
		],

		[
			'the hour, where it ends after the day',
			twice('2025-06-11T04:30:00Z', chicago),
			chicago,
			'2025-06-11T04:59:59Z',
			['hourly', '2025-06-11T00:30:00-05:00'],
		],

		['one refresh of two used', once('2025-06-10T10:00:00Z'), 'UTC', noon, 'accepted'],
		['never refreshed: none of the three fields', {}, 'UTC', noon, 'accepted'],
		['a count without a date', { refreshes_used: 2, max_refreshes: 2 }, 'UTC', noon, 'accepted'],
		[
			'no count',
			{ max_refreshes: 2, last_refreshed_at: '2025-06-10T10:00:00Z', refreshes_used: undefined },
			'UTC',
			noon,
			'accepted',
		],
		[
			'counts that are text',
			{ ...twice('2025-06-10T10:00:00Z', chicago), max_refreshes: '2' as never },
			chicago,
			noon,
			'accepted',
		],
	])('%s', async (_what, segment, timeZone, now, expected) => {
		const { id } = simulator.addSegment(segment);
		// The node alone decides here; SendGrid would refuse some of these refreshes.
		simulator.fault({
			match: ({ method }) => method === 'POST',
			status: 202,
			body: { job_id: 'a job' },
			times: Infinity,
		});
		stopClockAt(now);

		const { success } = await refresh(id, timeZone);

		if (expected === 'accepted') {
			expect(jsonOf(success)).toMatchObject([{ status: 'accepted' }]);
			expect(methods()).toEqual(['GET', 'POST']);
			return;
		}
		const [limit, next_refresh_at] = expected;
		expect(jsonOf(success)).toEqual([
			{
				status: 'skipped',
				job_id: null,
				segment_id: id,
				user_time_zone: timeZone,
				reason: `segment_${limit}`,
				next_refresh_at,
			},
		]);
		expect(methods()).toEqual(['GET']);
	});

	it('and fails with the same fields where the limit is no reason to skip', async () => {
		const { id } = simulator.addSegment({ ...hourly, name: 'Customers' });
		stopClockAt('2025-06-10T12:20:00Z');
		const { success } = await refresh(id, chicago, 'fail');
		expectFailure(success[0], {
			message: '"Customers" was refreshed less than an hour ago',
			description: expect.stringMatching(
				/^Next refresh possible: 10 Jun 2025, 08:00 \(America\/Chicago\), in 40 minutes\. .*"Skip"/,
			),
			http_status: 429,
			job_id: null,
			segment_id: id,
			user_time_zone: chicago,
			reason: 'segment_hourly',
			next_refresh_at: '2025-06-10T08:00:00-05:00',
		});
		expect(methods()).toEqual(['GET']);
	});

	it('where the segment does not exist', async () => {
		const { success } = await refresh(MISSING);
		expectFailure(success[0], {
			message: `Segment ${MISSING} does not exist`,
			http_status: 404,
			segment_id: MISSING,
			user_time_zone: 'UTC',
		});
		expect(methods()).toEqual(['GET']);
	});

	it('where SendGrid rejects the API key', async () => {
		const [{ id }] = simulator.addSegments(1);
		const { success } = await runOn(
			'refresh',
			[id],
			{ timeZone: 'UTC' },
			{
				credentials: { apiKey: simulator.keys.revoked, baseUrl: simulator.url },
				onError: 'continueRegularOutput',
			},
		);
		expectFailure(success[0], {
			message: 'SendGrid rejected the API key',
			http_status: 401,
			segment_id: id,
			user_time_zone: 'UTC',
		});
		expect(methods()).toEqual(['GET']);
	});

	it('of forty runs within the hour: one refresh', async () => {
		const { id } = simulator.addSegment();
		simulator.clock.set('2025-06-10T12:00:00Z');
		const statuses: unknown[] = [];
		for (let minute = 0; minute < 40; minute++) {
			const { success } = await refresh(id);
			statuses.push(success[0].json.status);
			simulator.clock.advance(60_000);
		}
		expect(statuses).toEqual(['accepted', ...Array(39).fill('skipped')]);
		expect(simulator.requests('POST')).toHaveLength(1);
		expect(simulator.requests('GET')).toHaveLength(40);
	});
});

describe('is sent whatever else the read comes to', () => {
	it.each<[string, Fault]>([
		['403', { status: 403, body: { errors: [{ field: null, message: 'access forbidden' }] } }],
		['500', { status: 500 }],
		['503', { status: 503, headers: { 'retry-after': '30' } }],
		['a redirect', { status: 301, headers: { location: '/elsewhere' } }],
		['a lost connection', { drop: 'beforeAnswer' }],
		['half a response', { drop: 'midBody', apply: 'after' }],
		['no response in time', { hang: true }],
		['a page of a proxy', { status: 200, contentType: 'text/html', body: '<html></html>' }],
		['a page with 401', { status: 401, contentType: 'text/html', body: '<html></html>' }],
		['a page with 404', { status: 404, contentType: 'text/html', body: '<html></html>' }],
		['broken JSON', { body: '{"id": "' }],
		['something else than a segment', { body: { results: [] } }],
	])('%s', async (_what, fault) => {
		const [{ id }] = simulator.addSegments(1);
		simulator.fault(onRead(fault));
		const { success } = await runOn(
			'refresh',
			[id],
			{ timeZone: 'UTC' },
			{ requestOptions: { timeout: 500 } },
		);
		expect(jsonOf(success)).toEqual([
			{
				status: 'accepted',
				job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
				segment_id: id,
				segment_name: null,
				user_time_zone: 'UTC',
				refreshes_left: null,
			},
		]);
		expect(methods()).toEqual(['GET', 'POST']);
	});

	it('and the refresh decides about the plan', async () => {
		const [{ id }] = simulator.addSegments(1);
		const { success } = await runOn(
			'refresh',
			[id],
			{ timeZone: 'UTC' },
			{
				credentials: { apiKey: simulator.keys.freePlan, baseUrl: simulator.url },
				onError: 'continueRegularOutput',
			},
		);
		expectFailure(success[0], {
			message: 'Manual refresh is not available to this API key or plan',
			http_status: 403,
			segment_id: id,
			user_time_zone: 'UTC',
		});
		expect(methods()).toEqual(['GET', 'POST']);
	});
});

describe('tells the name, and the refreshes left today', () => {
	const last = '2025-06-10T10:00:00Z';
	it.each<[string, Partial<SegmentRecord>, number | null]>([
		['one of two used', { refreshes_used: 1, max_refreshes: 2, last_refreshed_at: last }, 0],
		['none of two used today', { refreshes_used: 0, max_refreshes: 2, last_refreshed_at: last }, 1],
		['one of five used', { refreshes_used: 1, max_refreshes: 5, last_refreshed_at: last }, 3],
		[
			'all used yesterday',
			{
				refreshes_used: 2,
				max_refreshes: 2,
				last_refreshed_at: '2025-06-09T23:59:59Z',
				// Where it is still the same day.
				lastTimeZone: 'Pacific/Pago_Pago',
			},
			1,
		],
		['never refreshed: not said', {}, null],
	])('%s', async (_what, segment, refreshesLeft) => {
		simulator.clock.set('2025-06-10T12:00:00Z');
		const { id } = simulator.addSegment({ ...segment, name: 'Customers' });
		stopClockAt(segment.lastTimeZone ? '2025-06-10T10:59:59Z' : '2025-06-10T12:00:00Z');
		simulator.fault({
			match: ({ method }) => method === 'POST',
			status: 202,
			body: { job_id: 'a job' },
		});
		const { success } = await refresh(id);
		expect(jsonOf(success)).toMatchObject([
			{ status: 'accepted', segment_name: 'Customers', refreshes_left: refreshesLeft },
		]);
	});
});
