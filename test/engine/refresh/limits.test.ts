import type { IDataObject } from 'n8n-workflow';
import { type Fault, type SegmentRecord } from '../../../simulator';
import type { NodeRun } from '../harness';
import { expectFailure, failuresIn, jsonOf, run, runOn, simulator, useSimulator } from '../helpers';

useSimulator();

const methods = () => simulator.log.map(({ method }) => method);
const posts = () => simulator.requests('POST').length;

const refresh = async (
	ids: string[],
	whenLimitReached: 'skip' | 'fail',
	timeZone = 'UTC',
	settings: Partial<NodeRun> = {},
) =>
	await runOn(
		'refresh',
		ids,
		{ timeZone, options: { whenLimitReached } },
		{ onError: 'continueRegularOutput', ...settings },
	);

const onPost = (fault: Fault): Fault => ({ ...fault, match: ({ method }) => method === 'POST' });

const withoutHeaders = {
	'x-ratelimit-limit': null,
	'x-ratelimit-remaining': null,
	'x-ratelimit-reset': null,
};

const unknown = (id: string) => ({
	job_id: null,
	segment_id: id,
	user_time_zone: 'UTC',
	reason: 'unknown',
	next_refresh_at: null,
});

describe('a refresh that SendGrid refuses, although the segment had room, is followed by a read', () => {
	type Case = [
		what: string,
		whileItIsSent: { segment?: Partial<SegmentRecord>; account?: number },
		expected: { reason: string; next_refresh_at: string; message: string },
	];

	// Something else refreshes meanwhile. 12:20 UTC is 7:20 in Chicago.
	const now = '2025-06-10T12:20:00Z';
	const zone = 'America/Chicago';

	it.each<Case>([
		[
			'the hour of the segment',
			{ segment: { refreshes_used: 1, max_refreshes: 2, last_refreshed_at: now } },
			{
				reason: 'segment_hourly',
				next_refresh_at: '2025-06-10T08:20:00-05:00',
				message: '"Customers" was refreshed less than an hour ago',
			},
		],
		[
			'the day of the segment',
			{ segment: { refreshes_used: 2, max_refreshes: 2, last_refreshed_at: now } },
			{
				reason: 'segment_daily',
				next_refresh_at: '2025-06-11T00:00:00-05:00',
				message: '"Customers" has reached its limit of 2 refreshes per day',
			},
		],
		[
			'the day of the account',
			{ account: 10 },
			{
				reason: 'account_daily',
				next_refresh_at: '2025-06-10T19:00:00-05:00',
				message: 'The account has used its 10 refreshes for today',
			},
		],
	])('%s', async (_what, { segment, account = 0 }, { message, ...limit }) => {
		for (const whenLimitReached of ['skip', 'fail'] as const) {
			simulator.reset();
			simulator.clock.set(now);
			const record = simulator.addSegment({ name: 'Customers' });
			simulator.fault({
				match: ({ method }) => {
					if (method === 'POST') {
						Object.assign(record, segment, { lastTimeZone: zone });
						simulator.accountRefreshesUsed = account;
					}
					return false;
				},
			});

			const { success } = await refresh([record.id], whenLimitReached, zone);

			const fields = { job_id: null, segment_id: record.id, user_time_zone: zone, ...limit };
			if (whenLimitReached === 'skip') {
				expect(jsonOf(success)).toEqual([{ status: 'skipped', ...fields }]);
			} else {
				expectFailure(success[0], {
					message,
					description: expect.stringMatching(
						/^Next refresh possible: .+ \(America\/Chicago\), in .+\. To skip it/,
					),
					http_status: 429,
					...fields,
				});
			}
			expect(methods()).toEqual(['GET', 'POST', 'GET']);
		}
	});
});

describe('the reason is unknown', () => {
	const notReadable: Array<[string, Fault]> = [
		['where that read fails', { status: 500 }],
		['where it is a page', { contentType: 'text/html', body: '<html></html>' }],
		['where the counts make no sense', { body: { id: 'x', refreshes_used: 2 } }],
	];

	it.each(notReadable)('%s', async (_what, fault) => {
		for (const whenLimitReached of ['skip', 'fail'] as const) {
			simulator.resetLog();
			const { id } = simulator.addSegment();
			simulator.fault({ ...fault, times: 2, match: ({ method }) => method === 'GET' });
			simulator.fault(onPost({ status: 429 }));

			const { success } = await refresh([id], whenLimitReached);

			if (whenLimitReached === 'skip') {
				expect(jsonOf(success)).toEqual([{ status: 'skipped', ...unknown(id) }]);
			} else {
				expectFailure(success[0], {
					message: 'A SendGrid refresh limit is reached',
					description: expect.stringContaining(
						'2 refreshes per segment per day, 1 per segment per hour and 10 per account per day',
					),
					http_status: 429,
					...unknown(id),
				});
			}
			expect(methods()).toEqual(['GET', 'POST', 'GET']);
		}
	});

	it('but what the first read said counts where only the second fails', async () => {
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
					description: expect.stringContaining(`(${zone})`),
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

	it('the limit of one segment says nothing of others', async () => {
		const now = simulator.clock.now().toISOString();
		const [a, b] = [{ last_refreshed_at: now }, {}].map((part) => simulator.addSegment(part).id);
		const { success } = await refresh([a, b], 'skip');
		expect(jsonOf(success)).toMatchObject([{ reason: 'segment_hourly' }, { status: 'accepted' }]);
	});

	it('the reset that SendGrid names counts where it is later than a minute from now', async () => {
		simulator.clock.set('2025-06-10T12:00:00Z');
		simulator.accountRefreshesUsed = 10;
		const { id } = simulator.addSegment();
		simulator.fault(onPost({ apply: 'after', headers: { 'x-ratelimit-reset': '7200' } }));
		const { success } = await refresh([id], 'skip');
		const [{ reason, next_refresh_at }] = jsonOf(success);
		expect(reason).toBe('account_daily');
		expect(next_refresh_at).toMatch(/^2025-06-10T14:00:0\dZ$/);
	});

	it('a 429 without the headers of SendGrid does not end the rest of the run', async () => {
		const ids = simulator.addSegments(8).map(({ id }) => id);
		simulator.fault(
			onPost({
				status: 429,
				headers: withoutHeaders,
			}),
		);
		const { success } = await refresh(ids, 'skip');
		const statuses = jsonOf(success).map(({ status }) => status);
		expect(statuses.filter((status) => status === 'accepted')).toHaveLength(7);
		expect(posts()).toBe(8);
	});
});

describe('the general rate limit', () => {
	it('is waited for, and the refresh is sent again', async () => {
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

	it('ten times in a row is a failure with the same fields', async () => {
		const { id } = simulator.addSegment();
		simulator.fault(
			onPost({
				status: 429,
				headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '0' },
				times: Infinity,
			}),
		);
		const { success } = await refresh([id], 'fail');
		expectFailure(success[0], {
			message: "SendGrid's rate limit is reached",
			http_status: 429,
			...unknown(id),
		});
		expect(posts()).toBe(10);
	});

	it('is not taken for it where the segment itself is at a limit', async () => {
		const record = simulator.addSegment();
		simulator.fault({
			match: ({ method }) => {
				if (method === 'POST') {
					record.last_refreshed_at = simulator.clock.now().toISOString();
					Object.assign(record, { refreshes_used: 1, max_refreshes: 2 });
				}
				return method === 'POST';
			},
			status: 429,
			headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' },
		});
		const { success } = await refresh([record.id], 'skip');
		expect(jsonOf(success)).toMatchObject([{ reason: 'segment_hourly' }]);
		expect(posts()).toBe(1);
	});
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

	it('that does not is an unknown limit, after one request', async () => {
		for (const whenLimitReached of ['skip', 'fail'] as const) {
			simulator.reset();
			const { id } = simulator.addSegment();
			simulator.fault(onPost({ ...page, headers: withoutHeaders }));
			const { success } = await refresh([id], whenLimitReached);
			if (whenLimitReached === 'skip') {
				expect(jsonOf(success)).toEqual([{ status: 'skipped', ...unknown(id) }]);
			} else {
				expectFailure(success[0], {
					message: "SendGrid's rate limit is reached",
					description:
						'Too many requests were sent, so no refresh was started. Try again in a few minutes.',
					http_status: 429,
					...unknown(id),
				});
			}
			expect(methods()).toEqual(['GET', 'POST']);
		}
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
	expectFailure(success[0], { message: '\'When Limit Is Reached\' must be "fail" or "skip"' });
	expect(simulator.log).toEqual([]);
});
