import { send, sim, useSimulator } from './client';

const SEARCH = '/v3/marketing/singlesends/search';

useSimulator();

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
