import { startSimulator, type Simulator } from '../../simulator';
import { send } from './client';

const SEARCH = '/v3/marketing/singlesends/search';

let sim: Simulator;
beforeAll(async () => {
	sim = await startSimulator();
});
afterAll(() => sim.stop());
beforeEach(() => sim.reset());

const SEND_AT = '2026-05-01T08:00:00Z';
const namesIn = (text: string) => JSON.parse(text).result.map(({ name }: { name: string }) => name);

test('are found by their status, without their recipients', async () => {
	const scheduled = sim.addSingleSend({
		name: 'soon',
		send_at: SEND_AT,
		send_to: { segment_ids: [sim.addSegment().id] },
	});
	sim.addSingleSend({ name: 'draft' });
	sim.addSingleSend({ name: 'sent', status: 'triggered', send_at: SEND_AT });

	const { status, text } = await send(sim, 'POST', SEARCH, { status: ['scheduled'] });
	expect(status).toBe(200);
	expect(JSON.parse(text)).toEqual({
		result: [
			{
				id: scheduled.id,
				name: 'soon',
				status: 'scheduled',
				send_at: SEND_AT,
				categories: [],
				is_abtest: false,
				abtest: null,
				created_at: expect.stringMatching(/:\d\dZ$/),
				updated_at: expect.stringMatching(/:\d\dZ$/),
			},
		],
		_metadata: { self: `${sim.url}${SEARCH}`, count: 1 },
	});
	const either = await send(sim, 'POST', SEARCH, { status: ['draft', 'triggered'] });
	expect(namesIn(either.text)).toEqual(['draft', 'sent']);
	expect(namesIn((await send(sim, 'POST', SEARCH)).text)).toHaveLength(3);
});

test('come in pages of 10 unless told, to be followed through _metadata.next', async () => {
	for (let i = 0; i < 12; i++) sim.addSingleSend({ name: `S${i}`, send_at: SEND_AT });
	const body = { status: ['scheduled'] };
	const first = await send(sim, 'POST', SEARCH, body);
	expect(namesIn(first.text)).toHaveLength(10);
	const next = await send(sim, 'POST', first.json._metadata.next!.slice(sim.url.length), body);
	expect(namesIn(next.text)).toEqual(['S10', 'S11']);
	expect(next.json._metadata).not.toHaveProperty('next');
	const all = await send(sim, 'POST', `${SEARCH}?page_size=50`, body);
	expect(namesIn(all.text)).toHaveLength(12);
});

test.each([
	['', { status: 'scheduled' }],
	['', { status: ['planned'] }],
	['', { states: ['scheduled'] }],
	['', '[]'],
	['?page_size=51', {}],
	['?page_token=x', {}],
])('400 for %s %j', async (query, body) => {
	const { status, json } = await send(sim, 'POST', SEARCH + query, body);
	expect([status, json.errors.length]).toEqual([400, 1]);
});

test('one is read with its recipients; 404 if there is none', async () => {
	const segmentIds = sim.addSegments(2).map(({ id }) => id);
	const singleSend = sim.addSingleSend({ send_at: SEND_AT, send_to: { segment_ids: segmentIds } });
	const read = async (id: string) => await send(sim, 'GET', `/v3/marketing/singlesends/${id}`);
	const { status, json } = await read(singleSend.id.toUpperCase());
	expect(status).toBe(200);
	expect(json).toEqual({
		...singleSend,
		send_to: { list_ids: [], segment_ids: segmentIds, all: false },
	});
	const missing = await read(segmentIds[0]);
	expect([missing.status, missing.json.errors.length]).toEqual([404, 1]);
});
