import { toItemError } from '../../../../../nodes/SendGridSegments/errors';
import { refreshOperation } from '../../../../../nodes/SendGridSegments/operations/segment/refresh';
import { FakeSendGrid, says, usedUp, useFakeClock } from '../../../fakeSendGrid';
import { fakeContext, rawResponse, settle } from '../../../fakes';
import { ID } from '../../../parseItem';

useFakeClock();

// It is 12:00 in UTC.
const OTHER_ID = ID.replace('1', '2');
const input = (segmentId = ID) => ({
	segmentId,
	timeZone: 'UTC',
	whenLimitReached: 'skip' as const,
	waitForCompletion: false,
	wait: { timeoutMs: 40_000, pollMs: 15_000 },
});

const segment = (id = ID) => ({
	body: { id, name: 'Berlin', refreshes_used: 0, max_refreshes: 2 },
});

const tooMany = says('too many requests');

/** The item's output. */
async function refreshOnce(context: FakeSendGrid['context'], segmentId?: string) {
	const given = input(segmentId);
	try {
		const result = await refreshOperation.execute(context, [given]);
		const [{ json }] = await refreshOperation.toOutput(result, given, context);
		return json;
	} catch (thrown) {
		return refreshOperation.recover!(toItemError(thrown), given);
	}
}

describe("the account's limit", () => {
	it('is over when it ends, within a run that lasts as long', async () => {
		const sendGrid = new FakeSendGrid([
			segment(),
			{ status: 429, body: tooMany, headers: usedUp(600) },
			segment(),
			segment(OTHER_ID),
			{ status: 202, body: { job_id: 'j' } },
		]);
		const first = await sendGrid.finish(refreshOnce(sendGrid.context));
		expect(first.result).toMatchObject({ reason: 'account_daily' });
		// A clock that is set back does not make it longer.
		jest.setSystemTime(Date.now() - 3_600_000);
		const before = await refreshOnce(sendGrid.context, OTHER_ID);
		expect(before).toMatchObject({ reason: 'account_daily' });
		// With the minute that the first one took, half of the time has passed.
		await jest.advanceTimersByTimeAsync(240_000);
		await expect(
			refreshOperation.execute(sendGrid.context, [input(OTHER_ID)]),
		).rejects.toMatchObject({ description: expect.stringContaining(', in 5 minutes. ') });
		await jest.advanceTimersByTimeAsync(300_000);
		const after = await sendGrid.finish(refreshOnce(sendGrid.context, OTHER_ID));
		expect(after.result).toMatchObject({ status: 'accepted', segment_id: OTHER_ID });
	});

	it("is known to a refresh whose segment was being read when another met the account's limit", async () => {
		const sent: string[] = [];
		let endRead!: () => void;
		const isRead = new Promise<void>((resolve) => (endRead = resolve));
		const { context } = fakeContext(async ({ method, url }) => {
			sent.push(`${method} ${url}`);
			if (method === 'POST') return rawResponse(429, tooMany, usedUp(3_600));
			const id = url.includes(ID) ? ID : OTHER_ID;
			if (id === OTHER_ID) await isRead;
			return rawResponse(200, segment(id).body);
		});
		const second = refreshOnce(context, OTHER_ID);
		await settle();
		expect(await refreshOnce(context)).toMatchObject({ reason: 'account_daily' });
		endRead();
		expect(await second).toMatchObject({ reason: 'account_daily', segment_id: OTHER_ID });
		expect(sent.filter((request) => request.startsWith('POST'))).toHaveLength(1);
	});
});
