import { startSimulator } from '../../simulator';
import { until } from '../clock';
import { SEGMENTS, sim, useSimulator } from './client';

useSimulator();

const LATENCY_MS = 700;

describe('time', () => {
	test('the API acts even if the client has gone away', async () => {
		const { id } = sim.addSegment();
		sim.fault({ latencyMs: LATENCY_MS });
		const headers = { authorization: `Bearer ${sim.keys.full}` };
		const url = `${sim.url}${SEGMENTS}/${id}`;
		const abort = new AbortController();
		const answer = fetch(url, { method: 'DELETE', headers, signal: abort.signal });
		await until('the request', () => sim.inFlight === 1);
		abort.abort();
		await expect(answer).rejects.toThrow();
		await until('the end of the connection', () => sim.inFlight === 0);
		expect(sim.segments.has(id)).toBe(true);
		await until('the delete', () => !sim.segments.has(id));
	});
});

test('stop() ends what is in progress at once', async () => {
	const other = await startSimulator();
	other.fault({ hang: true });
	other.fault({ endlessBody: true });
	const hanging = fetch(`${other.url}/v3/scopes`);
	await until('the request', () => other.inFlight === 1);
	const endless = await fetch(`${other.url}/v3/scopes`);
	other.setLatency(60_000);
	const slow = fetch(`${other.url}/v3/scopes`);
	const outcomes = Promise.allSettled([hanging, endless.text(), slow]);
	await until('all requests', () => other.inFlight === 3);
	await other.stop();
	expect((await outcomes).map(({ status }) => status)).toEqual([
		'rejected',
		'rejected',
		'rejected',
	]);
	await until('the end of all connections', () => other.inFlight === 0);
});
