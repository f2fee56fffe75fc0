import { connect } from 'node:net';
import { startSimulator } from '../../simulator';
import { until } from '../clock';
import { SEGMENTS, send, sim, useSimulator } from './client';

useSimulator();

test('real time, though the clock is set', async () => {
	sim.clock.set('2020-01-01T00:00:00Z');
	await send(sim, 'GET', '/v3/scopes');
	expect(sim.log[0].at).toBe(Date.now());
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
		await until('the line', () => print.mock.calls.length > 0);
		expect(print.mock.calls).toEqual([[expect.stringMatching(/^GET \/v3\/scopes → 200, 0 ms$/)]]);
	} finally {
		print.mockRestore();
		await printing.stop();
	}
});
