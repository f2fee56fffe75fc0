import { findScheduledSends } from '../../../../nodes/SendGridSegments/operations/segment/scheduledSends';
import { fakeContext, rawResponse } from '../../fakes';
import { ID } from '../../parseItem';

const OTHER_ID = ID.replace('1', '2');

/** SendGrid with these Single Sends; a status stands for one that cannot be read. */
function account(sends: Record<string, string[] | number>) {
	const reads: string[] = [];
	const { context, requests } = fakeContext(({ url }) => {
		if (url.includes('search')) {
			return rawResponse(200, { result: Object.keys(sends).map((id) => ({ id })) });
		}
		const id = url.split('/').at(-1)!;
		reads.push(id);
		const recipients = sends[id];
		if (typeof recipients === 'number') return rawResponse(recipients, { errors: [] });
		return rawResponse(200, {
			id,
			name: `Send ${id}`,
			send_at: '2025-06-10T12:00:00Z',
			send_to: { segment_ids: recipients },
		});
	});
	return { context, requests, reads };
}

it('tells by segment which scheduled Single Sends go to it, read once for all items of a run', async () => {
	const { context, requests } = account({ a: [ID.toUpperCase(), OTHER_ID], b: [ID], c: [] });
	const sends = await findScheduledSends(context);
	const send = (id: string) => ({ id, name: `Send ${id}`, send_at: '2025-06-10T12:00:00Z' });
	expect([...sends]).toEqual([
		[ID, [send('a'), send('b')]],
		[OTHER_ID, [send('a')]],
	]);
	expect(await findScheduledSends({ ...context })).toBe(sends);
	expect(requests).toHaveBeenCalledTimes(4);
});

it('a read that fails ends the others: 300 are not read for nothing', async () => {
	const all = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`s${index}`, [ID]]));
	const { context, reads } = account({ ...all, s5: 403 });
	await expect(findScheduledSends(context)).rejects.toMatchObject({ name: 'SendGridApiError' });
	const read = reads.length;
	await new Promise((resolve) => setImmediate(resolve));
	expect(reads.length).toBeLessThan(50);
	expect(reads).toHaveLength(read);
});
