import type { IDataObject } from 'n8n-workflow';
import { toItemError } from '../../../../../nodes/SendGridSegments/errors';
import { refreshOperation } from '../../../../../nodes/SendGridSegments/operations/segment/refresh';
import {
	coded,
	FakeSendGrid,
	says,
	usedUp,
	useFakeClock,
	type FakeResponse,
} from '../../../fakeSendGrid';
import { fakeContext, rawResponse, settle } from '../../../fakes';
import { ID } from '../../../parseItem';

useFakeClock();

// It is 12:00 in UTC.
const OTHER_ID = ID.replace('1', '2');
const GET = (id = ID) => `GET /v3/marketing/segments/2.0/${id}?contacts_sample=false`;
const POST = (id = ID) => `POST /v3/marketing/segments/2.0/refresh/${id}`;

const input = (partial: object = {}) => ({
	segmentId: ID,
	timeZone: 'UTC',
	whenLimitReached: 'skip' as const,
	waitForCompletion: false,
	wait: { timeoutMs: 40_000, pollMs: 15_000 },
	...partial,
});

const segment = (partial: IDataObject = {}, id = ID) => ({
	body: { id, name: 'Berlin', refreshes_used: 0, max_refreshes: 2, ...partial },
});

const accepted: FakeResponse = { status: 202, body: { job_id: 'j' } };
const refused = (headers: Record<string, string> = usedUp(3_600)): FakeResponse => ({
	status: 429,
	body: says('too many requests'),
	headers,
});

/** The item's output, or its error in place of one. */
async function refreshOnce(context: FakeSendGrid['context'], item: object = {}) {
	const given = input(item);
	try {
		const result = await refreshOperation.execute(context, [given]);
		const [{ json }] = await refreshOperation.toOutput(result, given, context);
		return json;
	} catch (thrown) {
		const error = toItemError(thrown);
		const { message, details } = error;
		return refreshOperation.recover!(error, given) ?? { error: message, ...details };
	}
}

async function refresh(responses: FakeResponse[], ...items: object[]) {
	const sendGrid = new FakeSendGrid(responses);
	const outputs: IDataObject[] = [];
	for (const item of items.length > 0 ? items : [{}]) {
		outputs.push(
			(await sendGrid.finish(refreshOnce(sendGrid.context, item))).result as IDataObject,
		);
	}
	return { outputs, requests: sendGrid.requests };
}

it('reads the segment and starts one refresh', async () => {
	const { outputs, requests } = await refresh([segment(), accepted]);
	expect(outputs).toEqual([
		{
			status: 'accepted',
			segment_name: 'Berlin',
			job_id: 'j',
			segment_id: ID,
			user_time_zone: 'UTC',
			refreshes_left: 1,
		},
	]);
	expect(requests).toEqual([GET(), POST()]);
});

it.each<[string, FakeResponse, string | null]>([
	['202 without a job ID', { status: 202, body: {} }, null],
	['202 without a body', { status: 202 }, null],
	['200', { status: 200, body: { job_id: 'j' } }, 'j'],
	['201', { status: 201, body: { job_id: 'j' } }, 'j'],
])('is accepted with %s', async (_, response, jobId) => {
	const { outputs } = await refresh([segment(), response]);
	expect(outputs).toEqual([expect.objectContaining({ status: 'accepted', job_id: jobId })]);
});

it.each<[string, FakeResponse, string]>([
	['404', { status: 404, body: { error: 'x' } }, `Segment ${ID} does not exist`],
	['401', { status: 401, body: says('x') }, 'SendGrid rejected the API key'],
])('ends at the read for %s', async (_, response, error) => {
	const { outputs, requests } = await refresh([response]);
	expect(outputs).toEqual([expect.objectContaining({ error, segment_id: ID })]);
	expect(requests).toEqual([GET()]);
});

it.each<[string, FakeResponse]>([
	['503', { status: 503 }],
	["a proxy's 404", { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }],
	['403', { status: 403, body: says('access forbidden') }],
	['no connection', coded('ECONNREFUSED')],
	['a body that is no segment', { body: { results: [] } }],
])('a read that comes to %s keeps no refresh back', async (_, response) => {
	const { outputs, requests } = await refresh([response, accepted]);
	expect(outputs).toEqual([
		expect.objectContaining({ status: 'accepted', segment_name: null, refreshes_left: null }),
	]);
	expect(requests).toEqual([GET(), POST()]);
});

it.each([
	[{ refreshes_used: 1, last_refreshed_at: '2025-06-10T11:30:00Z' }, 'segment_hourly'],
	[{ refreshes_used: 2, last_refreshed_at: '2025-06-10T06:00:00Z' }, 'segment_daily'],
])('spends no refresh that cannot succeed: %j', async (counts, reason) => {
	const { outputs, requests } = await refresh([segment(counts)], {}, { whenLimitReached: 'fail' });
	expect(outputs[0]).toMatchObject({ status: 'skipped', reason, segment_name: 'Berlin' });
	expect(outputs[1]).toMatchObject({ error: expect.any(String), reason, segment_id: ID });
	expect(requests).toEqual([GET(), GET()]);
});

describe('a refresh that may have arrived', () => {
	it.each<[string, FakeResponse, number]>([
		['never arrived', coded('ECONNREFUSED'), 3],
		['may have arrived', coded('ECONNRESET'), 1],
		['503', { status: 503 }, 1],
	])('is not sent again: %s', async (_, response, times) => {
		const { outputs, requests } = await refresh([segment(), response]);
		expect(outputs[0]).toHaveProperty('error');
		expect(requests).toEqual([GET(), ...Array<string>(times).fill(POST())]);
	});
});

describe('a refusal with 429', () => {
	it('is the general rate limit if that resets soon, and is sent again after it', async () => {
		const { outputs, requests } = await refresh([
			segment(),
			refused(usedUp(30)),
			segment(),
			accepted,
		]);
		expect(outputs).toEqual([expect.objectContaining({ status: 'accepted' })]);
		expect(requests).toEqual([GET(), POST(), GET(), POST()]);
	});

	it("is the account's limit otherwise, which ends the run's other refreshes until it is over", async () => {
		const { outputs, requests } = await refresh(
			[segment(), refused(), segment(), segment({}, OTHER_ID), accepted],
			{},
			{ segmentId: OTHER_ID },
		);
		expect(outputs).toEqual([
			expect.objectContaining({ status: 'skipped', reason: 'account_daily', segment_id: ID }),
			expect.objectContaining({
				status: 'skipped',
				reason: 'account_daily',
				segment_id: OTHER_ID,
				next_refresh_at: '2025-06-10T13:00:00Z',
			}),
		]);
		expect(requests).toEqual([GET(), POST(), GET()]);
	});

	it('is over when it ends, within a run that lasts as long', async () => {
		const sendGrid = new FakeSendGrid([
			segment(),
			refused(usedUp(600)),
			segment(),
			segment({}, OTHER_ID),
			accepted,
		]);
		const first = await sendGrid.finish(refreshOnce(sendGrid.context));
		expect(first.result).toMatchObject({ reason: 'account_daily' });
		// A clock that is set back does not make it longer.
		jest.setSystemTime(Date.now() - 3_600_000);
		const before = await refreshOnce(sendGrid.context, { segmentId: OTHER_ID });
		expect(before).toMatchObject({ reason: 'account_daily' });
		// With the minute that the first one took, half of the time has passed.
		await jest.advanceTimersByTimeAsync(240_000);
		await expect(
			refreshOperation.execute(sendGrid.context, [input({ segmentId: OTHER_ID })]),
		).rejects.toMatchObject({ description: expect.stringContaining(', in 5 minutes. ') });
		await jest.advanceTimersByTimeAsync(300_000);
		const after = await sendGrid.finish(refreshOnce(sendGrid.context, { segmentId: OTHER_ID }));
		expect(after.result).toMatchObject({ status: 'accepted', segment_id: OTHER_ID });
	});

	it('of a server in between says nothing about refreshes', async () => {
		const html = { status: 429, headers: { 'content-type': 'text/html' }, body: '<html>' };
		const { outputs, requests } = await refresh([segment(), html]);
		expect(outputs).toEqual([
			expect.objectContaining({ error: 'The response did not come from SendGrid' }),
		]);
		expect(outputs[0]).not.toHaveProperty('reason');
		expect(requests).toEqual([GET(), POST()]);
	});

	it("is known to a refresh whose segment was being read when another met the account's limit", async () => {
		const sent: string[] = [];
		let endRead!: () => void;
		const isRead = new Promise<void>((resolve) => (endRead = resolve));
		const { context } = fakeContext(async ({ method, url }) => {
			sent.push(`${method} ${url}`);
			if (method === 'POST') return rawResponse(429, says('x'), usedUp(3_600));
			const id = url.includes(ID) ? ID : OTHER_ID;
			if (id === OTHER_ID) await isRead;
			return rawResponse(200, segment({}, id).body);
		});
		const second = refreshOnce(context, { segmentId: OTHER_ID });
		await settle();
		expect(await refreshOnce(context)).toMatchObject({ reason: 'account_daily' });
		endRead();
		expect(await second).toMatchObject({ reason: 'account_daily', segment_id: OTHER_ID });
		expect(sent.filter((request) => request.startsWith('POST'))).toEqual([POST()]);
	});
});
