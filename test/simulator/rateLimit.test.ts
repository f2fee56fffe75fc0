import { startSimulator } from '../../simulator';
import { SEGMENTS, send, sim, useSimulator } from './client';

useSimulator({ rateLimit: { limit: 3, windowSeconds: 30 } });
// A test is over long before the window that begins here.
beforeEach(() => sim.clock.set('2026-05-01T08:00:05Z'));

const header = (headers: Headers, name: string) => Number(headers.get(`x-ratelimit-${name}`));
const remaining = (headers: Headers) => header(headers, 'remaining');

test('is 600 per minute, and begins with the minute, unless told', async () => {
	const other = await startSimulator();
	try {
		other.clock.set('2026-07-15T16:09:35.400Z');
		const { headers } = await send(other, 'GET', SEGMENTS);
		const seconds = Number(headers.get('date')?.slice(23, 25));
		expect(headers.get('date')).toMatch(/^Wed, 15 Jul 2026 16:09:\d\d GMT$/);
		expect(header(headers, 'limit')).toBe(600);
		expect(remaining(headers)).toBe(599);
		expect(header(headers, 'reset')).toBe(60 - seconds);
	} finally {
		await other.stop();
	}
});

test.each([
	['2026-05-01T08:00:00.000Z', 30],
	['2026-05-01T08:00:29.999Z', 1],
	['2026-05-01T08:00:30.000Z', 30],
])('at %s the reset is %i seconds away', async (now, reset) => {
	sim.clock.set(now);
	const { headers } = await send(sim, 'GET', '/v3/scopes');
	expect(header(headers, 'reset')).toBe(reset);
	expect(headers.get('date')).toBe(new Date(now).toUTCString());
});

test('every request counts, whatever becomes of it', async () => {
	const path = '/v3/marketing/segments/2.0';
	const refused = await send(sim, 'GET', path, undefined, { key: sim.keys.noMarketing });
	expect([refused.status, remaining(refused.headers)]).toEqual([403, 2]);
	const unknown = await send(sim, 'GET', '/v3/nothing');
	expect([unknown.status, remaining(unknown.headers)]).toEqual([404, 2]);
});

test('a refresh turned away by it spends none of its own limits', async () => {
	const { id } = sim.addSegment();
	for (let i = 0; i < 3; i++) await send(sim, 'GET', SEGMENTS);
	const path = `${SEGMENTS}/refresh/${id}`;
	expect((await send(sim, 'POST', path, { user_time_zone: 'UTC' })).status).toBe(429);
	sim.clock.advance(60_000);
	expect((await send(sim, 'POST', path, { user_time_zone: 'UTC' })).status).toBe(202);
});
