import type { Fault } from '../../../simulator';
import {
	CONTINUE,
	expectFailure,
	failuresIn,
	jsonOf,
	run,
	runOn,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const methods = () => simulator.log.map(({ method }) => method);
const posts = () => simulator.requests('POST').length;

const refresh = async (ids: string[], whenLimitReached: 'skip' | 'fail', timeZone = 'UTC') =>
	await runOn('refresh', ids, { timeZone, whenLimitReached }, CONTINUE);

const onPost = (fault: Fault): Fault => ({ ...fault, match: ({ method }) => method === 'POST' });

const withoutHeaders = {
	'x-ratelimit-limit': null,
	'x-ratelimit-remaining': null,
	'x-ratelimit-reset': null,
};

const unknown = (id: string) => ({
	job_id: null,
	segment_name: null,
	segment_id: id,
	user_time_zone: 'UTC',
	reason: 'unknown',
	next_refresh_at: null,
});

it('a refresh that SendGrid refuses, although the segment had room, is followed by a read', async () => {
	// 12:20 UTC is 7:20 in Chicago.
	const now = '2025-06-10T12:20:00Z';
	const zone = 'America/Chicago';
	simulator.clock.set(now);
	const record = simulator.addSegment({ name: 'Customers' });
	const others = { refreshes_used: 2, max_refreshes: 2, last_refreshed_at: now };
	simulator.fault({
		match: ({ method }) => {
			// Something else refreshes meanwhile.
			if (method === 'POST') Object.assign(record, others, { lastTimeZone: zone });
			return false;
		},
	});
	const { success } = await refresh([record.id], 'fail', zone);
	expectFailure(success[0], {
		message: '"Customers" has reached its limit of 2 refreshes per day',
		description: expect.stringMatching(
			/^Next refresh possible: .+ \(America\/Chicago\), in .+\. To skip it/,
		),
		http_status: 429,
		job_id: null,
		segment_id: record.id,
		segment_name: 'Customers',
		user_time_zone: zone,
		reason: 'segment_daily',
		next_refresh_at: '2025-06-11T00:00:00-05:00',
	});
	expect(methods()).toEqual(['GET', 'POST', 'GET']);
});

describe('if that read fails', () => {
	it('the reason is unknown', async () => {
		const { id } = simulator.addSegment();
		simulator.fault({ status: 500, times: 2, match: ({ method }) => method === 'GET' });
		simulator.fault(onPost({ status: 429 }));
		const { success } = await refresh([id], 'skip');
		expect(jsonOf(success)).toEqual([{ status: 'skipped', ...unknown(id) }]);
		expect(methods()).toEqual(['GET', 'POST', 'GET']);
	});

	it('what the read before the refresh said counts', async () => {
		simulator.clock.set('2025-06-10T12:00:00Z');
		const { id } = simulator.addSegment();
		simulator.accountRefreshesUsed = 10;
		simulator.fault({ match: () => posts() > 0 && methods().at(-1) === 'GET', status: 500 });
		const { success } = await refresh([id], 'skip');
		expect(jsonOf(success)).toMatchObject([{ reason: 'account_daily' }]);
	});
});

describe('the account', () => {
	it('25 segments, 10 left: 10 accepted, 15 skipped, and the rest sends no request', async () => {
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
		// 10, and at most the 5 that were in progress when the first was refused.
		expect(posts()).toBeGreaterThan(10);
		expect(posts()).toBeLessThanOrEqual(15);
		// Of the segments whose turn came later, none was even read.
		const read = new Set(simulator.requests('GET').map(({ pathname }) => pathname));
		expect(read.size).toBeLessThanOrEqual(15);
	});

	it('its limit is told to every item in its own time zone', async () => {
		simulator.clock.set('2025-06-10T12:00:00Z');
		simulator.accountRefreshesUsed = 10;
		const ends = {
			'Asia/Tokyo': '2025-06-11T09:00:00+09:00',
			UTC: '2025-06-11T00:00:00Z',
			'America/Chicago': '2025-06-10T19:00:00-05:00',
			'Asia/Kathmandu': '2025-06-11T05:45:00+05:45',
		};
		const rows = [...Object.entries(ends), ...Object.entries(ends)];
		const items = rows.map(([zone]) => ({ id: simulator.addSegment().id, zone }));
		const { success } = await run(
			{ operation: 'refresh', segmentId: '={{ $json.id }}', timeZone: '={{ $json.zone }}' },
			{ items, ...CONTINUE },
		);

		expect(failuresIn(success)).toMatchObject(
			rows.map(([zone, next_refresh_at], index) => ({
				description: expect.stringContaining(`(${zone})`),
				http_status: 429,
				segment_id: items[index].id,
				user_time_zone: zone,
				reason: 'account_daily',
				next_refresh_at,
			})),
		);
		expect(posts()).toBeLessThanOrEqual(5);
	});

	it('the limit of one segment says nothing of others', async () => {
		const now = simulator.clock.now().toISOString();
		const [a, b] = [{ last_refreshed_at: now }, {}].map((part) => simulator.addSegment(part).id);
		const { success } = await refresh([a, b], 'skip');
		expect(jsonOf(success)).toMatchObject([{ reason: 'segment_hourly' }, { status: 'accepted' }]);
	});

	it('a 429 without the headers of SendGrid does not end the rest of the run', async () => {
		const ids = simulator.addSegments(8).map(({ id }) => id);
		simulator.fault(onPost({ status: 429, headers: withoutHeaders }));
		const { success } = await refresh(ids, 'skip');
		const statuses = jsonOf(success).map(({ status }) => status);
		expect(statuses.filter((status) => status === 'accepted')).toHaveLength(7);
		expect(posts()).toBe(8);
	});
});

it('the general rate limit is waited for, and the refresh is sent again', async () => {
	const { id } = simulator.addSegment();
	simulator.fault(
		onPost({
			status: 429,
			body: { errors: [{ field: null, message: 'too many requests' }] },
			headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3' },
		}),
	);
	const { success } = await refresh([id], 'fail');

	expect(jsonOf(success)).toMatchObject([{ status: 'accepted' }]);
	expect(methods()).toEqual(['GET', 'POST', 'GET', 'POST']);
	const [first, second] = simulator.requests('POST').map(({ at }) => at);
	// `Date` is in whole seconds, so a second less is possible.
	expect(second - first).toBeGreaterThanOrEqual(2000);
	// Once, not again after the read, which waited for it, too.
	expect(second - first).toBeLessThan(5000);
});

describe('a 429 of a server in between', () => {
	const page = { status: 429, contentType: 'text/html', body: '<html>Slow down</html>' };

	it('that says when to come back is waited for', async () => {
		const { id } = simulator.addSegment();
		simulator.fault(onPost({ ...page, headers: { ...withoutHeaders, 'retry-after': '1' } }));
		const { success } = await refresh([id], 'fail');
		expect(jsonOf(success)).toMatchObject([{ status: 'accepted' }]);
		expect(methods()).toEqual(['GET', 'POST', 'POST']);
	});

	it('that does not is a failure after one request, and no limit to skip', async () => {
		const { id } = simulator.addSegment();
		simulator.fault(onPost({ ...page, headers: withoutHeaders }));
		const { success } = await refresh([id], 'skip');
		expectFailure(success[0], {
			message: 'The response did not come from SendGrid',
			http_status: 429,
			segment_id: id,
			user_time_zone: 'UTC',
		});
		expect(methods()).toEqual(['GET', 'POST']);
	});
});
