import type { IDataObject } from 'n8n-workflow';
import { ItemError } from '../../../nodes/SendGridSegments/errors';
import { isCounted, updateSegment } from '../../../nodes/SendGridSegments/transport/segments';
import { getSingleSend } from '../../../nodes/SendGridSegments/transport/singleSends';
import { FakeSendGrid, says, useFakeClock, type FakeResponse } from '../fakeSendGrid';
import { ID } from '../parseItem';

useFakeClock();

// It is 12:00:00.
const PATCH = `PATCH /v3/marketing/segments/2.0/${ID}`;
const GET = `GET /v3/marketing/segments/2.0/${ID}?contacts_sample=false`;

/** What the work comes to, and the requests for it. */
async function run(
	responses: FakeResponse[],
	work: (context: FakeSendGrid['context']) => Promise<unknown>,
) {
	const sendGrid = new FakeSendGrid(responses);
	const { result } = await sendGrid.finish(
		work(sendGrid.context).catch((thrown: unknown) => thrown),
	);
	return { result: result as ItemError, sendGrid };
}

const update = async (...responses: FakeResponse[]) =>
	await run(responses, async (context) => await updateSegment(context, ID, { name: 'x' }, {}));

const TOO_SOON = 'Update request came too soon, please wait 5 minutes';

describe('an update that comes too soon', () => {
	const changedAt = (updated_at: unknown) => ({ body: { id: ID, updated_at } as IDataObject });

	it.each<[string, FakeResponse]>([
		['cannot be read', { status: 503 }],
		['was not changed', changedAt(null)],
		['was changed longer ago', changedAt('2025-06-10T11:55:00Z')],
		['was changed at a time that lies ahead', changedAt('2025-06-10T12:06:00Z')],
		['was changed at no time', changedAt('soon')],
	])('does not say when if the segment %s', async (_, read) => {
		const { result } = await update({ status: 429 }, read);
		expect(result.details).toMatchObject({ segment_id: ID, next_update_at: null });
		expect(result.description).toContain('Try again in 5 minutes.');
	});

	it('is none if an earlier attempt whose response was lost has made this very change', async () => {
		const tooSoon = { status: 400, body: says(TOO_SOON) };
		const made = { body: { id: ID, name: 'x' } };
		const { result, sendGrid } = await update({ status: 503 }, tooSoon, made);
		expect(result).toEqual(made.body);
		expect(sendGrid.requests).toEqual([PATCH, PATCH, GET]);

		for (const read of [{ body: { id: ID, name: 'another' } }, { status: 503 }]) {
			const uncertain = (await update({ status: 503 }, tooSoon, read)).result;
			const description = expect.stringContaining('may still have taken effect');
			expect(uncertain).toMatchObject({ message: TOO_SOON, description });
		}
	});
});

it.each([
	[{ sample_updated_at: '2025-06-10T12:00:00Z' }, true],
	[{ sample_updated_at: '2025-06-10T12:00:00Z', next_sample_update: null }, false],
	[{ sample_updated_at: '2025-06-10T12:00:00Z', status: { query_validation: 'PENDING' } }, false],
	[{ sample_updated_at: '' }, false],
	[{ sample_updated_at: null }, false],
	[{}, false],
])('whether SendGrid has counted %j: %s', (segment, expected) => {
	expect(isCounted({ id: ID, ...segment } as never)).toBe(expected);
});

describe('the recipients of a Single Send', () => {
	const read = async (send_to: unknown) =>
		(
			await run(
				[{ body: { id: '1', send_to } as IDataObject }],
				async (context) => await getSingleSend(context, '1'),
			)
		).result;

	it.each([{}, { segment_ids: null }, { segment_ids: [] }, { segment_ids: [ID], all: false }])(
		'%j can be read',
		async (recipients) => {
			expect(await read(recipients)).toEqual({ id: '1', send_to: recipients });
		},
	);

	it.each([
		undefined,
		null,
		'all',
		[],
		[ID],
		{ segment_ids: ID },
		{ segment_ids: {} },
		{ segment_ids: [null] },
		{ segment_ids: [{ id: ID }] },
		{ segment_ids: [ID, 7] },
	])('%j could be any segment, so they cannot be read', async (recipients) => {
		expect(await read(recipients)).toMatchObject({
			name: 'SendGridApiError',
			message: "SendGrid's response could not be read",
		});
	});
});
