import type { Fault } from '../../../simulator';
import { CONTINUE, expectFailure, jsonOf, runOn, simulator, useSimulator } from '../helpers';

useSimulator();

const methods = () => simulator.log.map(({ method }) => method);

const refresh = async (id: string, timeZone = 'UTC', whenLimitReached = 'skip') =>
	await runOn('refresh', [id], { timeZone, whenLimitReached }, CONTINUE);

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
	const hourly = { refreshes_used: 1, max_refreshes: 2, last_refreshed_at: '2025-06-10T12:00:00Z' };
	// 0:30 of the 11th in Tokyo, 9 hours ahead: today in Tokyo until 15:00 UTC of the 11th.
	const dailyInTokyo = {
		refreshes_used: 2,
		max_refreshes: 2,
		last_refreshed_at: '2025-06-10T15:30:00Z',
		lastTimeZone: 'Asia/Tokyo',
	};

	it.each([
		['the hour', hourly, '2025-06-10T12:59:59Z', 'segment_hourly', '2025-06-10T13:00:00Z'],
		[
			'the day of the chosen zone, not of the last one',
			dailyInTokyo,
			'2025-06-10T23:59:59Z',
			'segment_daily',
			'2025-06-11T00:00:00Z',
		],
	])('%s', async (_what, segment, now, reason, next_refresh_at) => {
		const { id } = simulator.addSegment(segment);
		stopClockAt(now);
		const { success } = await refresh(id);
		expect(jsonOf(success)).toEqual([
			{
				status: 'skipped',
				segment_name: expect.any(String),
				job_id: null,
				segment_id: id,
				user_time_zone: 'UTC',
				reason,
				next_refresh_at,
			},
		]);
		expect(methods()).toEqual(['GET']);
	});

	it('and fails with the same fields if the limit is no reason to skip', async () => {
		const { id } = simulator.addSegment({ ...hourly, name: 'Customers' });
		stopClockAt('2025-06-10T12:20:00Z');
		const chicago = 'America/Chicago';
		const { success } = await refresh(id, chicago, 'fail');
		expectFailure(success[0], {
			message: '"Customers" was refreshed less than an hour ago',
			description: expect.stringMatching(
				/^Next refresh possible: Jun 10, 2025, 08:00 \(America\/Chicago\), in 40 minutes\. .*"Skip"/,
			),
			http_status: 429,
			job_id: null,
			segment_id: id,
			segment_name: 'Customers',
			user_time_zone: chicago,
			reason: 'segment_hourly',
			next_refresh_at: '2025-06-10T08:00:00-05:00',
		});
		expect(methods()).toEqual(['GET']);
	});
});

it.each<[string, Fault]>([
	['403', { status: 403, body: { errors: [{ field: null, message: 'access forbidden' }] } }],
	['503', { status: 503, headers: { 'retry-after': '30' } }],
	['a lost connection', { drop: 'beforeAnswer' }],
	['no response in time', { hang: true }],
	['a page with 401', { status: 401, contentType: 'text/html', body: '<html></html>' }],
	['a page with 404', { status: 404, contentType: 'text/html', body: '<html></html>' }],
	['something else than a segment', { body: { results: [] } }],
])('is sent whatever else the read comes to: %s', async (_what, fault) => {
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
