import { startSimulator, type Simulator } from '../../simulator';
import { SEGMENTS, send } from './client';

let sim: Simulator;
beforeAll(async () => {
	sim = await startSimulator({ rateLimit: { limit: 3, windowSeconds: 30 } });
});
afterAll(() => sim.stop());
beforeEach(() => sim.reset());

const remaining = (headers: Headers) => Number(headers.get('x-ratelimit-remaining'));

test('every response says limit, remaining and reset in simulated time', async () => {
	sim.clock.set('2026-05-01T08:00:00Z');
	const now = Date.parse('2026-05-01T08:00:00Z') / 1000;
	const { headers } = await send(sim, 'GET', '/v3/scopes');
	expect(headers.get('x-ratelimit-limit')).toBe('3');
	expect(remaining(headers)).toBe(2);
	const reset = Number(headers.get('x-ratelimit-reset'));
	expect(reset).toBeGreaterThanOrEqual(now + 30);
	expect(reset).toBeLessThanOrEqual(now + 40);
	expect(headers.get('date')).toMatch(/^Fri, 01 May 2026 08:00:0\d GMT$/);

	const refused = await send(sim, 'GET', SEGMENTS, undefined, { key: sim.keys.revoked });
	expect([refused.status, remaining(refused.headers)]).toEqual([401, 1]);
	const unknown = await send(sim, 'GET', '/v3/nothing');
	expect([unknown.status, remaining(unknown.headers)]).toEqual([404, 0]);
});

test('past the limit every request gets 429 and does nothing, until the reset', async () => {
	const { id } = sim.addSegment();
	for (let i = 0; i < 3; i++) await send(sim, 'GET', '/v3/scopes');
	for (const key of [sim.keys.full, sim.keys.revoked]) {
		const answer = await send(sim, 'DELETE', `${SEGMENTS}/${id}`, undefined, { key });
		expect(answer.status).toBe(429);
		expect(answer.json).toEqual({ errors: [{ field: null, message: 'too many requests' }] });
		expect(remaining(answer.headers)).toBe(0);
	}
	expect(sim.segments.has(id)).toBe(true);

	const { headers } = await send(sim, 'GET', '/v3/scopes');
	sim.clock.set(new Date(Number(headers.get('x-ratelimit-reset')) * 1000));
	expect((await send(sim, 'DELETE', `${SEGMENTS}/${id}`)).status).toBe(202);
});

test('a refresh turned away by it spends none of its own limits', async () => {
	const { id } = sim.addSegment();
	for (let i = 0; i < 3; i++) await send(sim, 'GET', '/v3/scopes');
	const path = `${SEGMENTS}/refresh/${id}`;
	expect((await send(sim, 'POST', path, { user_time_zone: 'UTC' })).status).toBe(429);
	sim.clock.advance(60_000);
	expect((await send(sim, 'POST', path, { user_time_zone: 'UTC' })).status).toBe(202);
});

test('a clock that is set back begins a new window', async () => {
	for (let i = 0; i < 4; i++) await send(sim, 'GET', '/v3/scopes');
	sim.clock.set('2020-01-01T00:00:00Z');
	expect((await send(sim, 'GET', '/v3/scopes')).status).toBe(200);
});
