import { connect } from 'node:net';
import { startSimulator, type Simulator } from '../../simulator';
import { SEGMENTS, send } from './client';

let sim: Simulator;
beforeAll(async () => {
	sim = await startSimulator();
});
afterAll(() => sim.stop());
beforeEach(() => sim.reset());

test('holds method, raw path, headers, parsed body, time and status', async () => {
	const { id } = sim.addSegment();
	const before = Date.now();
	await send(sim, 'PATCH', `${SEGMENTS}/${id}?a=%2F&b`, { name: 'New' });
	expect(sim.log).toEqual([
		{
			method: 'PATCH',
			path: `${SEGMENTS}/${id}?a=%2F&b`,
			pathname: `${SEGMENTS}/${id}`,
			headers: expect.objectContaining({ authorization: `Bearer ${sim.keys.full}` }),
			body: { name: 'New' },
			at: expect.any(Number),
			status: 200,
		},
	]);
	expect(sim.log[0].at).toBeGreaterThanOrEqual(before);
	expect(sim.log[0].at).toBeLessThanOrEqual(Date.now());
});

test('keeps a body that is no JSON as text', async () => {
	await send(sim, 'POST', SEGMENTS, '{"name":', {
		headers: { 'content-type': 'application/json' },
	});
	expect(sim.log[0]).toMatchObject({ body: '{"name":', status: 400 });
});

test('real time, though the clock is set', async () => {
	sim.clock.set('2020-01-01T00:00:00Z');
	await send(sim, 'GET', '/v3/scopes');
	expect(Math.abs(sim.log[0].at - Date.now())).toBeLessThan(5000);
});

test('has a request as soon as it arrives, before its body is complete', async () => {
	const socket = connect(Number(new URL(sim.url).port), '127.0.0.1');
	socket.write(`POST ${SEGMENTS} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"na`);
	while (sim.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
	expect(sim.log[0]).toMatchObject({ method: 'POST', path: SEGMENTS });
	expect(sim.log[0].status).toBeUndefined();
	expect(sim.inFlight).toBe(1);
	socket.destroy();
	while (sim.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
	expect(sim.segments.size).toBe(0);
});

test('shows a path that tries to climb, as it was sent', async () => {
	const socket = connect(Number(new URL(sim.url).port), '127.0.0.1');
	const path = `${SEGMENTS}/../../../api_keys/abc`;
	socket.write(`DELETE ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
	await new Promise((resolve) => socket.resume().once('close', resolve));
	expect(sim.log).toEqual([expect.objectContaining({ path, status: 404 })]);
});

test('requests() selects by method and part of the path', async () => {
	const { id } = sim.addSegment();
	await send(sim, 'GET', '/v3/scopes');
	await send(sim, 'GET', `${SEGMENTS}/${id}`);
	await send(sim, 'DELETE', `${SEGMENTS}/${id}`);
	expect(sim.requests()).toHaveLength(3);
	expect(sim.requests('GET')).toHaveLength(2);
	expect(sim.requests('GET', id)).toEqual([sim.log[1]]);
	expect(sim.requests(undefined, id)).toEqual(sim.log.slice(1));
});

test('with log: true, prints a line per request without its key', async () => {
	const print = jest.spyOn(console, 'log').mockImplementation(() => undefined);
	const printing = await startSimulator({ log: true });
	try {
		await send(printing, 'GET', '/v3/scopes');
		while (print.mock.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		expect(print.mock.calls).toEqual([[expect.stringMatching(/^GET \/v3\/scopes → 200, \d+ ms$/)]]);
	} finally {
		print.mockRestore();
		await printing.stop();
	}
});
