import { refresh, SEGMENTS, send, sim, useSimulator } from './client';

const MINUTE = 60_000;

useSimulator({ refreshSeconds: Infinity });

const statusOf = async (id: string, zone?: string) => (await refresh(sim, id, zone)).status;
const read = async (id: string) => (await send(sim, 'GET', `${SEGMENTS}/${id}`)).json;

test('before the first one, none of the three fields is there; later all are', async () => {
	sim.clock.set('2026-05-01T08:00:00Z');
	const { id } = sim.addSegment();
	const fields = async () => {
		const { refreshes_used, max_refreshes, last_refreshed_at } = await read(id);
		return { refreshes_used, max_refreshes, last_refreshed_at };
	};
	expect(await fields()).toEqual({});
	await refresh(sim, id);
	const once = {
		refreshes_used: 1,
		max_refreshes: 2,
		last_refreshed_at: expect.stringMatching(/^2026-05-01T08:00:0\dZ$/),
	};
	expect(await fields()).toEqual(once);
	sim.clock.set('2026-05-02T08:00:00Z');
	expect(await fields()).toEqual({ ...once, refreshes_used: 0 });
});

test.each([
	{ user_time_zone: 'america/chicago' },
	{ user_time_zone: '+05:30' },
	{ user_time_zone: 'IST' },
	{ user_time_zone: 'UTC', segment_id: 'x' },
	{},
	undefined,
])('refuses %j and spends nothing', async (body) => {
	const { id } = sim.addSegment();
	const { status, json } = await send(sim, 'POST', `${SEGMENTS}/refresh/${id}`, body);
	expect(status).toBe(400);
	expect(json.errors).toHaveLength(1);
	expect(sim.accountRefreshesUsed).toBe(0);
	expect(await read(id)).not.toHaveProperty('refreshes_used');
});

describe('two per segment per local day', () => {
	test('ends at local midnight of the zone that was sent', async () => {
		// 22:00 UTC is midnight in Berlin in summer.
		sim.clock.set('2026-05-01T08:00:00Z');
		const { id } = sim.addSegment();
		expect(await statusOf(id, 'Europe/Berlin')).toBe(202);
		sim.clock.set('2026-05-01T12:00:00Z');
		expect(await statusOf(id, 'Europe/Berlin')).toBe(202);
		sim.clock.set('2026-05-01T21:59:00Z');
		expect(await statusOf(id, 'Europe/Berlin')).toBe(429);
		expect((await read(id)).refreshes_used).toBe(2);
		sim.clock.set('2026-05-01T22:00:00Z');
		expect((await read(id)).refreshes_used).toBe(0);
		expect(await statusOf(id, 'Europe/Berlin')).toBe(202);
		expect((await read(id)).refreshes_used).toBe(1);
	});

	test('the zone of the latest request is what counts, also of a refused one', async () => {
		const { id } = sim.addSegment({
			refreshes_used: 2,
			last_refreshed_at: '2026-05-01T20:00:00.000Z',
			lastTimeZone: 'Europe/Berlin',
		});
		sim.clock.set('2026-05-01T23:00:00Z');
		expect((await read(id)).refreshes_used).toBe(0);
		expect(await statusOf(id, 'America/Chicago')).toBe(429);
		expect((await read(id)).refreshes_used).toBe(2);
		expect(await statusOf(id, 'Europe/Berlin')).toBe(202);
		expect((await read(id)).refreshes_used).toBe(1);
	});
});

test('ten per account per UTC day: until 0:00 UTC whatever the zone', async () => {
	sim.clock.set('2026-05-01T23:00:00Z');
	const { id } = sim.addSegment();
	sim.accountRefreshesUsed = 10;
	sim.clock.set('2026-05-01T23:59:59Z');
	expect(await statusOf(id, 'America/Chicago')).toBe(429);
	expect(await read(id)).not.toHaveProperty('refreshes_used');
	sim.clock.set('2026-05-02T00:00:00Z');
	expect(sim.accountRefreshesUsed).toBe(0);
	expect(await statusOf(id, 'America/Chicago')).toBe(202);
	expect(sim.accountRefreshesUsed).toBe(1);
});

describe('completion', () => {
	test('moves sample_updated_at past the refresh and the contact count, and no schedule', async () => {
		sim.clock.set('2026-05-01T08:00:00Z');
		const { id } = sim.addSegment({ contacts_count: 3, nextContactsCount: 8 });
		const before = await read(id);
		await refresh(sim, id);
		sim.clock.advance(5 * MINUTE);
		sim.completeRefreshes();
		const after = await read(id);
		expect(after.contacts_count).toBe(8);
		expect(after.next_sample_update).toBe(before.next_sample_update);
		expect(Date.parse(after.sample_updated_at!)).toBeGreaterThan(
			Date.parse(after.last_refreshed_at!),
		);
		expect(after.sample_updated_at).toMatch(/^2026-05-01T08:05:0/);

		sim.clock.advance(MINUTE);
		sim.completeRefreshes();
		expect((await read(id)).sample_updated_at).toBe(after.sample_updated_at);
	});

	test('within the second of the refresh still moves sample_updated_at past it and past the last', async () => {
		sim.clock.set('2026-05-01T08:00:00.900Z');
		const first = sim.addSegment({ sample_updated_at: '2026-05-01T08:00:05Z' });
		const second = sim.addSegment();
		await refresh(sim, first.id);
		await refresh(sim, second.id);
		sim.completeRefreshes();
		expect(first.sample_updated_at).toBe('2026-05-01T08:00:06Z');
		expect(second.sample_updated_at).toBe('2026-05-01T08:00:01Z');
		expect(second.last_refreshed_at).toBe('2026-05-01T08:00:00Z');
	});
});
