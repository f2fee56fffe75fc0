import { startSimulator } from '../../simulator';
import { until } from '../clock';
import { SEGMENTS, send, sim, useSimulator } from './client';

useSimulator();

const LATENCY_MS = 700;

test('a status is answered instead of acting, once, with what was given', async () => {
	const { id } = sim.addSegment();
	sim.fault({
		status: 502,
		body: '<html>Bad Gateway</html>',
		contentType: 'text/html',
		headers: { 'Retry-After': '3', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': null },
	});
	const faulty = await send(sim, 'DELETE', `${SEGMENTS}/${id}`);
	expect([faulty.status, faulty.text]).toEqual([502, '<html>Bad Gateway</html>']);
	expect(faulty.headers.get('content-type')).toBe('text/html');
	expect(faulty.headers.get('retry-after')).toBe('3');
	expect(faulty.headers.get('x-ratelimit-remaining')).toBe('0');
	expect(faulty.headers.has('x-ratelimit-reset')).toBe(false);
	expect(sim.segments.has(id)).toBe(true);
	expect((await send(sim, 'DELETE', `${SEGMENTS}/${id}`)).status).toBe(202);
	expect(sim.log.map(({ status }) => status)).toEqual([502, 202]);
});

test.each([
	['instead' as const, true],
	['after' as const, false],
])('a connection dropped before the answer, %s', async (apply, segmentIsLeft) => {
	const { id } = sim.addSegment();
	sim.fault({ drop: 'beforeAnswer', apply });
	await expect(send(sim, 'DELETE', `${SEGMENTS}/${id}`)).rejects.toThrow();
	expect(sim.segments.has(id)).toBe(segmentIsLeft);
	expect(sim.log).toHaveLength(1);
	expect(sim.log[0].status).toBeUndefined();
	await until('the end of the connection', () => sim.inFlight === 0);
});

test('another status of success after the API acted has the usual body, one of failure has none', async () => {
	const { id } = sim.addSegment();
	const getWith = async (status: number) => {
		sim.fault({ apply: 'after', status });
		return await send(sim, 'GET', `${SEGMENTS}/${id}`);
	};
	const { status, json } = await getWith(202);
	expect([status, json.id]).toEqual([202, id]);
	expect((await getWith(500)).text).toBe('');
});

describe('time', () => {
	test('a latency delays, then the API acts', async () => {
		const { id } = sim.addSegment();
		sim.fault({ latencyMs: LATENCY_MS });
		const started = Date.now();
		const answer = send(sim, 'DELETE', `${SEGMENTS}/${id}`);
		await until('the request', () => sim.inFlight === 1);
		expect(sim.segments.has(id)).toBe(true);
		expect((await answer).status).toBe(202);
		expect(Date.now() - started).toBe(LATENCY_MS);
		expect(sim.segments.has(id)).toBe(false);
	});

	test('with "after" the API acts first, and it goes with another fault', async () => {
		const { id } = sim.addSegment();
		sim.fault({ latencyMs: LATENCY_MS, apply: 'after', status: 500 });
		const answer = send(sim, 'DELETE', `${SEGMENTS}/${id}`);
		await until('the request', () => sim.inFlight === 1);
		await until('the delete', () => !sim.segments.has(id));
		expect(sim.log[0].status).toBeUndefined();
		expect((await answer).status).toBe(500);
	});

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
