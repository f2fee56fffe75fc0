import type { IDataObject } from 'n8n-workflow';
import { ItemError } from '../../../nodes/SendGridSegments/errors';
import {
	createSegment,
	isCounted,
	tryGetSegment,
	updateSegment,
} from '../../../nodes/SendGridSegments/transport/segments';
import { getSingleSend } from '../../../nodes/SendGridSegments/transport/singleSends';
import { FakeSendGrid, says, usedUp, useFakeClock, type FakeResponse } from '../fakeSendGrid';
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
	const { result, endedAt } = await sendGrid.finish(
		work(sendGrid.context).catch((thrown: unknown) => thrown),
	);
	return { result: result as ItemError, endedAt, sendGrid };
}

const update = async (...responses: FakeResponse[]) =>
	await run(responses, async (context) => await updateSegment(context, ID, { name: 'x' }, {}));

const TOO_SOON = 'Update request came too soon, please wait 5 minutes';

describe('an update that comes too soon', () => {
	const changedAt = (updated_at: unknown) => ({ body: { id: ID, updated_at } as IDataObject });

	it.each<[string, FakeResponse]>([
		['400', { status: 400, body: says(TOO_SOON) }],
		['409', { status: 409, body: { error: TOO_SOON } }],
		['429 without headers', { status: 429, body: says(TOO_SOON) }],
		['429 with headers', { status: 429, body: says(TOO_SOON), headers: usedUp(30) }],
		['429 without headers or words', { status: 429 }],
	])(
		'as %s says when the next is possible, is not repeated and pauses nothing',
		async (_, refusal) => {
			const { result, endedAt, sendGrid } = await update(
				refusal,
				changedAt('2025-06-10T11:57:30Z'),
			);
			expect(result.message).toBe('The segment was changed a short time ago');
			expect(result.description).toContain(
				'nothing was changed. Next change possible: Jun 10, 2025',
			);
			expect(result.details).toEqual({
				http_status: (refusal as { status: number }).status,
				segment_id: ID,
				next_update_at: '2025-06-10T12:02:30Z',
			});
			expect(sendGrid.requests).toEqual([PATCH, GET]);
			// With the headers of the general rate limit, that one may hold the read back.
			expect(endedAt).toBeLessThanOrEqual('headers' in (refusal as object) ? 31 : 0);
		},
	);

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
			expect(uncertain).toMatchObject({ message: TOO_SOON, maybeProcessed: true });
		}
	});

	it('is not what the general rate limit says: that is waited for', async () => {
		const tooMany = { status: 429, body: says('too many requests'), headers: usedUp(30) };
		const { result, sendGrid } = await update(tooMany, { body: { id: ID } });
		expect(result).toEqual({ id: ID });
		expect(sendGrid.requests).toEqual([PATCH, PATCH]);
		expect(sendGrid.sentAt[1]).toBeGreaterThan(30);
	});

	it('is not what the validator says', async () => {
		const { result, sendGrid } = await update({ status: 400, body: says('query is not valid') });
		expect(result.message).toBe('query is not valid');
		expect(sendGrid.requests).toEqual([PATCH]);
	});
});

describe('a change that is forbidden', () => {
	const forbidden = { status: 403, body: says('access forbidden') };

	it('is tried with a read, which tells a key that may only read from one without access', async () => {
		const mayRead = await update(forbidden, { body: { results: [] } });
		expect(mayRead.result.message).toBe('The API key may read segments, but not change them');
		expect(mayRead.sendGrid.requests).toHaveLength(2);
		const mayNot = await update(forbidden);
		expect(mayNot.result.message).toBe('The API key has no access to Marketing segments');
		expect(mayNot.result.details).toEqual({ http_status: 403, segment_id: ID });
	});

	it('of Create, too', async () => {
		const { result } = await run(
			[forbidden, { body: { results: [] } }],
			async (context) => await createSegment(context, { name: 'x' }, {}),
		);
		expect(result.message).toBe('The API key may read segments, but not change them');
	});
});

it('a Create that may have arrived is not repeated, one that did not is', async () => {
	const create = async (...responses: FakeResponse[]) =>
		await run(responses, async (context) => await createSegment(context, { name: 'x' }, {}));
	expect((await create({ status: 503 })).sendGrid.requests).toHaveLength(1);
	const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
	const { result, sendGrid } = await create(refused, { status: 200, body: { id: ID } });
	expect(result).toEqual({ id: ID });
	expect(sendGrid.requests).toHaveLength(2);
});

it('tryGetSegment reads once, and tells a segment that does not exist from one that is not read', async () => {
	const read = async (response: FakeResponse) =>
		(await run([response], async (context) => await tryGetSegment(context, ID))) as unknown as {
			result: Awaited<ReturnType<typeof tryGetSegment>>;
			sendGrid: FakeSendGrid;
		};
	const found = await read({ body: { id: ID } });
	expect(found.result.segment).toEqual({ id: ID });
	const gone = await read({ status: 404, body: { error: 'x' } });
	expect(gone.result.segment).toBeUndefined();
	expect(gone.result.notFound?.message).toBe(`Segment ${ID} does not exist`);
	for (const response of [{ status: 503 }, { status: 404, body: '<html></html>' }, { body: {} }]) {
		const { result, sendGrid } = await read(response);
		expect(result.segment ?? result.notFound).toBeUndefined();
		expect(sendGrid.requests).toHaveLength(1);
	}
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
