import {
	type AcceptedRefresh,
	waitForRefresh,
} from '../../../../../nodes/SendGridSegments/operations/segment/refresh/waitForRefresh';
import type { Segment } from '../../../../../nodes/SendGridSegments/transport/segments';
import { coded, FakeSendGrid, useFakeClock, type FakeResponse } from '../../../fakeSendGrid';

useFakeClock();

const ID = '1588e03b-50aa-454a-97d1-e1530345a5ec';

const segment = (sampleUpdatedAt?: unknown, contactsCount = 5) =>
	({ id: ID, sample_updated_at: sampleUpdatedAt, contacts_count: contactsCount }) as Segment;

// The refresh is accepted at 12:00:00.
const OLDER = '2025-06-10T10:59:59Z';
const OLD = '2025-06-10T11:00:00Z';
const NEW = '2025-06-10T12:00:20Z';

const accepted = (partial: Partial<AcceptedRefresh> = {}): AcceptedRefresh => ({
	before: segment(OLD),
	acceptedAt: Date.now(),
	acceptedAtLocally: performance.now(),
	...partial,
});

const wait = async (
	sendGrid: FakeSendGrid,
	seconds: { timeout: number; poll: number },
	refresh: Partial<AcceptedRefresh> = {},
) =>
	await waitForRefresh(sendGrid.context, ID, accepted(refresh), {
		timeoutMs: seconds.timeout * 1000,
		pollMs: seconds.poll * 1000,
	});

const unreadable: Array<[string, FakeResponse]> = [
	['500', { status: 500 }],
	['403', { status: 403, body: { errors: [{ message: 'access forbidden' }] } }],
	["a proxy's 404", { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }],
	["a proxy's page", { headers: { 'content-type': 'text/html' }, body: '<html>' }],
	['something else than a segment', { body: { results: [] } }],
	['no connection', coded('ECONNREFUSED')],
	['a lost response', coded('ECONNRESET')],
];

describe('completes', () => {
	it.each([
		['the first read failed', undefined],
		['the segment had no sample', segment(null)],
		['the time of its sample was unreadable', segment('soon')],
	])('if %s: when the sample is newer than the refresh', async (_, before) => {
		const sendGrid = new FakeSendGrid([
			{ body: segment('2025-06-10T12:00:00Z') },
			{ body: segment('2025-06-10T12:00:01Z') },
		]);
		const { endedAt } = await sendGrid.finish(
			wait(sendGrid, { timeout: 900, poll: 15 }, { before }),
		);
		expect(endedAt).toBe(30);
	});

	it.each(unreadable)('after a read that came to %s', async (_, response) => {
		const sendGrid = new FakeSendGrid([response, { body: segment(NEW, 8) }]);
		const { result } = await sendGrid.finish(wait(sendGrid, { timeout: 900, poll: 15 }));
		expect(result).toEqual({ status: 'completed', contacts_count: 8, sample_updated_at: NEW });
		// Each read a single attempt.
		expect(sendGrid.sentAt).toEqual([15, 30]);
	});
});

it.each<[string, Segment | undefined, FakeResponse, unknown, unknown]>([
	['what was last read', segment(OLD), { body: segment(OLD, 6) }, 6, OLD],
	['a sample that is older than before', segment(OLD), { body: segment(OLDER) }, 5, OLDER],
	['what was known before, if all reads fail', segment(OLD), { status: 500 }, 5, OLD],
	['no count if SendGrid has not counted', segment(null), { body: segment(null, 0) }, null, null],
	['no count if the time of its sample is empty', segment(''), { body: segment('', 0) }, null, ''],
	['null if nothing was ever read', undefined, { status: 500 }, null, null],
])('is pending when its time is over, with %s', async (_, before, response, count, time) => {
	const sendGrid = new FakeSendGrid([response]);
	const { result, endedAt } = await sendGrid.finish(
		wait(sendGrid, { timeout: 40, poll: 15 }, { before }),
	);
	expect(result).toEqual({ status: 'pending', contacts_count: count, sample_updated_at: time });
	expect(sendGrid.sentAt).toEqual([15, 30, 40]);
	expect(endedAt).toBe(40);
});

it('ends at once when the segment was deleted meanwhile: pending, with what was last read', async () => {
	const gone = { status: 404, body: { error: 'Segment does not exist.' } };
	const sendGrid = new FakeSendGrid([{ body: segment(OLD, 6) }, gone]);
	const { result, endedAt } = await sendGrid.finish(wait(sendGrid, { timeout: 900, poll: 15 }));
	expect(result).toEqual({ status: 'pending', contacts_count: 6, sample_updated_at: OLD });
	expect(endedAt).toBe(30);
});
