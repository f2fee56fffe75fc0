import { connect } from 'node:net';
import { startSimulator } from '../../simulator';
import { SEGMENTS, send, sim, useSimulator } from './client';

useSimulator();

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
