import { waitUntilCounted } from '../../../../nodes/SendGridSegments/operations/segment/waitUntilCounted';
import type { Segment } from '../../../../nodes/SendGridSegments/transport/segments';
import { FakeSendGrid, useFakeClock } from '../../fakeSendGrid';

useFakeClock();

const ID = '1588e03b-50aa-454a-97d1-e1530345a5ec';

const segment = (partial: object = {}) =>
	({ id: ID, contacts_count: 5, sample_updated_at: '2025-06-10T12:00:00Z', ...partial }) as Segment;

const uncounted = segment({ sample_updated_at: null });

const wait = async (sendGrid: FakeSendGrid, seconds: number, first = uncounted) =>
	await sendGrid.finish(waitUntilCounted(sendGrid.context, first, seconds * 1000));

it('reads nothing if the segment is counted already', async () => {
	const sendGrid = new FakeSendGrid([{ body: segment() }]);
	const { result, endedAt } = await wait(sendGrid, 60, segment());
	expect(result).toEqual({ segment: segment(), counted: true });
	expect(sendGrid.sentAt).toEqual([]);
	expect(endedAt).toBe(0);
});

it.each([
	['no sample time', { sample_updated_at: null }],
	['an empty sample time', { sample_updated_at: '' }],
	['no time of the next sample', { next_sample_update: null }],
	['a query that is not checked yet', { status: { query_validation: 'PENDING' } }],
])('reads every 2 seconds while the segment has %s', async (_, partial) => {
	const body = segment(partial);
	const sendGrid = new FakeSendGrid([{ body }, { status: 500 }, { body: segment() }]);
	const { result, endedAt } = await wait(sendGrid, 60, body);
	expect(result).toEqual({ segment: segment(), counted: true });
	expect(sendGrid.sentAt).toEqual([2, 4, 6]);
	expect(endedAt).toBe(6);
});

it('ends when its time is over, with the segment as last read', async () => {
	const body = { ...uncounted, contacts_count: 6 };
	const sendGrid = new FakeSendGrid([{ body }]);
	const { result, endedAt } = await wait(sendGrid, 5);
	expect(result).toEqual({ segment: body, counted: false });
	expect(sendGrid.sentAt).toEqual([2, 4, 5]);
	expect(endedAt).toBe(5);
});

it('fails if the segment is deleted meanwhile', async () => {
	const sendGrid = new FakeSendGrid([{ status: 404, body: { error: 'x' } }]);
	await expect(wait(sendGrid, 60)).rejects.toThrow(`Segment ${ID} does not exist`);
	expect(sendGrid.sentAt).toEqual([2]);
});
