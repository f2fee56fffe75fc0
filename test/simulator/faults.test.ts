import { request } from 'node:http';
import { startSimulator, type Simulator } from '../../simulator';
import { refresh, SEGMENTS, send } from './client';

let sim: Simulator;
beforeAll(async () => {
	sim = await startSimulator();
});
afterAll(() => sim.stop());
beforeEach(() => sim.reset());

/** Sends a DELETE with node:http, and tells how far its answer came. */
function rawDelete(id: string) {
	return new Promise<{ status?: number; headers?: object; body: string; code?: string }>(
		(resolve) => {
			const outgoing = request(
				`${sim.url}${SEGMENTS}/${id}`,
				{ method: 'DELETE', agent: false, headers: { authorization: `Bearer ${sim.keys.full}` } },
				(incoming) => {
					const { statusCode: status, headers } = incoming;
					let body = '';
					incoming.setEncoding('utf8');
					incoming.on('data', (part) => (body += part));
					incoming.on('end', () => resolve({ status, headers, body }));
					incoming.on('error', (error: NodeJS.ErrnoException) =>
						resolve({ status, headers, body, code: error.code }),
					);
				},
			);
			outgoing.on('error', (error: NodeJS.ErrnoException) =>
				resolve({ body: '', code: error.code }),
			);
			outgoing.end();
		},
	);
}

/** Long enough for a busy machine to look at the simulator meanwhile. */
const LATENCY_MS = 700;

const until = async (condition: () => boolean) => {
	while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('a status', () => {
	test('is answered instead of acting, once, with what was given', async () => {
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

	test('with "after" the API has acted', async () => {
		const { id } = sim.addSegment();
		sim.fault({ status: 500, body: { error: 'x' }, apply: 'after' });
		const answer = await refresh(sim, id);
		expect([answer.status, answer.json]).toEqual([500, { error: 'x' }]);
		expect(sim.segments.get(id)?.refreshes_used).toBe(1);
	});

	test('with "after" what is left unsaid is the API\'s own', async () => {
		const [a, b] = sim.addSegments(2);
		sim.fault({ body: '{"job_', apply: 'after' });
		const broken = await refresh(sim, a.id);
		expect([broken.status, broken.text]).toEqual([202, '{"job_']);
		sim.fault({ headers: { 'x-extra': '1' }, apply: 'after' });
		const whole = await refresh(sim, b.id);
		expect(whole.headers.get('x-extra')).toBe('1');
		expect(whole.json).toEqual({ job_id: expect.any(String) });
	});

	test('a redirect is sent as it is', async () => {
		sim.fault({ status: 302, headers: { location: 'http://127.0.0.1:1/elsewhere' } });
		const answer = await send(sim, 'GET', '/v3/scopes');
		expect(answer.status).toBe(302);
		expect(answer.headers.get('location')).toBe('http://127.0.0.1:1/elsewhere');
	});
});

test('match sees method, path, headers and body; times counts matches only', async () => {
	const [a, b] = sim.addSegments(2);
	sim.fault({
		match: ({ method, path, headers, body }) =>
			method === 'POST' &&
			path.endsWith(a.id) &&
			headers.authorization === `Bearer ${sim.keys.full}` &&
			(body as { user_time_zone: string }).user_time_zone === 'Asia/Tokyo',
		status: 503,
		times: 2,
	});
	const statuses: number[] = [];
	for (const [id, zone] of [
		[b.id, 'Asia/Tokyo'],
		[a.id, 'Asia/Tokyo'],
		[a.id, 'UTC'],
		[a.id, 'Asia/Tokyo'],
		[a.id, 'Asia/Tokyo'],
	]) {
		statuses.push((await refresh(sim, id, zone)).status);
	}
	expect(statuses).toEqual([202, 503, 202, 503, 429]);
});

test('faults come in the order they were given, Infinity stays until cleared', async () => {
	sim.fault({ status: 500 });
	sim.fault({ status: 503, times: Infinity });
	const statuses: number[] = [];
	for (let i = 0; i < 4; i++) statuses.push((await send(sim, 'GET', '/v3/scopes')).status);
	sim.clearFaults();
	statuses.push((await send(sim, 'GET', '/v3/scopes')).status);
	expect(statuses).toEqual([500, 503, 503, 503, 200]);
});

describe('a dropped connection', () => {
	test.each([
		['instead' as const, true],
		['after' as const, false],
	])('before the answer, %s', async (apply, segmentIsLeft) => {
		const { id } = sim.addSegment();
		sim.fault({ drop: 'beforeAnswer', apply });
		expect(await rawDelete(id)).toEqual({ body: '', code: 'ECONNRESET' });
		expect(sim.segments.has(id)).toBe(segmentIsLeft);
		expect(sim.log).toHaveLength(1);
		expect(sim.log[0].status).toBeUndefined();
		await until(() => sim.inFlight === 0);
	});

	test('in the middle of the headers', async () => {
		const { id } = sim.addSegment();
		sim.fault({ drop: 'midHeaders' });
		const { status, code } = await rawDelete(id);
		expect([status, code]).toEqual([undefined, 'ECONNRESET']);
		expect(sim.segments.has(id)).toBe(true);
	});

	test('in the middle of the body, after the API acted, keeps its status', async () => {
		const { id } = sim.addSegment();
		sim.fault({ drop: 'midBody', apply: 'after' });
		const { status, headers, body, code } = await rawDelete(id);
		expect([status, code]).toEqual([202, 'ECONNRESET']);
		expect(headers).toHaveProperty('x-ratelimit-limit');
		expect(Number((headers as Record<string, string>)['content-length'])).toBeGreaterThan(
			body.length,
		);
		expect(sim.segments.has(id)).toBe(false);
	});

	test('in the middle of a body that was given', async () => {
		const { id } = sim.addSegment();
		sim.fault({ drop: 'midBody', status: 404, body: '0123456789' });
		const { status, body, code } = await rawDelete(id);
		expect([status, body, code]).toEqual([404, '01234', 'ECONNRESET']);
		expect(sim.segments.has(id)).toBe(true);
	});
});

describe('time', () => {
	test('a latency delays, then the API acts', async () => {
		const { id } = sim.addSegment();
		sim.fault({ latencyMs: LATENCY_MS });
		const started = Date.now();
		const answer = send(sim, 'DELETE', `${SEGMENTS}/${id}`);
		await until(() => sim.inFlight === 1);
		expect(sim.segments.has(id)).toBe(true);
		expect((await answer).status).toBe(202);
		expect(Date.now() - started).toBeGreaterThanOrEqual(LATENCY_MS - 5);
		expect(sim.segments.has(id)).toBe(false);
	});

	test('with "after" the API acts first, and it goes with another fault', async () => {
		const { id } = sim.addSegment();
		sim.fault({ latencyMs: LATENCY_MS, apply: 'after', status: 500 });
		const answer = send(sim, 'DELETE', `${SEGMENTS}/${id}`);
		await until(() => sim.inFlight === 1);
		await until(() => !sim.segments.has(id));
		expect(sim.log[0].status).toBeUndefined();
		expect((await answer).status).toBe(500);
	});

	test('a general latency holds for all, and shows how many are in progress', async () => {
		const ids = sim.addSegments(20).map(({ id }) => id);
		sim.setLatency(LATENCY_MS);
		await Promise.all(ids.map((id) => send(sim, 'DELETE', `${SEGMENTS}/${id}`)));
		expect(sim.maxInFlight).toBe(20);
		await until(() => sim.inFlight === 0);
		sim.setLatency(0);
		sim.resetLog();
		expect([sim.maxInFlight, sim.log.length]).toEqual([0, 0]);
		await send(sim, 'GET', '/v3/scopes');
		expect(sim.maxInFlight).toBe(1);
	});

	test('the API acts even if the client has gone away', async () => {
		const { id } = sim.addSegment();
		sim.fault({ latencyMs: LATENCY_MS });
		const headers = { authorization: `Bearer ${sim.keys.full}` };
		const url = `${sim.url}${SEGMENTS}/${id}`;
		const abort = new AbortController();
		const answer = fetch(url, { method: 'DELETE', headers, signal: abort.signal });
		await until(() => sim.inFlight === 1);
		abort.abort();
		await expect(answer).rejects.toThrow();
		await until(() => sim.inFlight === 0);
		expect(sim.segments.has(id)).toBe(true);
		await until(() => !sim.segments.has(id));
	});

	test('a request that hangs stays in progress until its client gives up', async () => {
		sim.fault({ hang: true });
		const abort = new AbortController();
		const answer = fetch(`${sim.url}/v3/scopes`, { signal: abort.signal });
		await until(() => sim.inFlight === 1);
		await new Promise((resolve) => setTimeout(resolve, 100));
		expect(sim.inFlight).toBe(1);
		abort.abort();
		await expect(answer).rejects.toThrow();
		await until(() => sim.inFlight === 0);
	});
});

describe('size', () => {
	test('bodyBytes pads what the API answers', async () => {
		const { id } = sim.addSegment();
		sim.fault({ bodyBytes: 1_000_000 });
		const answer = await refresh(sim, id);
		expect(answer.status).toBe(202);
		expect(Buffer.byteLength(answer.text)).toBe(1_000_000);
		expect(answer.json).toEqual({ job_id: expect.any(String), padding: expect.any(String) });
		expect(sim.segments.get(id)?.refreshes_used).toBe(1);
	});

	test('bodyBytes pads a body that was given, too', async () => {
		sim.fault({ status: 500, body: { error: 'ü' }, bodyBytes: 500 });
		const answer = await send(sim, 'GET', '/v3/scopes');
		expect([answer.status, Buffer.byteLength(answer.text)]).toEqual([500, 500]);
	});

	test('endlessBody goes on until the client goes away', async () => {
		sim.fault({ endlessBody: true, status: 201 });
		const response = await fetch(`${sim.url}/v3/scopes`);
		expect(response.status).toBe(201);
		const reader = response.body!.getReader();
		let received = 0;
		while (received < 2_000_000) received += (await reader.read()).value!.length;
		expect(sim.inFlight).toBe(1);
		await reader.cancel();
		await until(() => sim.inFlight === 0);
	});
});

test('stop() ends what is in progress at once', async () => {
	const other = await startSimulator();
	other.fault({ hang: true });
	other.fault({ endlessBody: true });
	const hanging = fetch(`${other.url}/v3/scopes`);
	await until(() => other.inFlight === 1);
	const endless = await fetch(`${other.url}/v3/scopes`);
	other.setLatency(60_000);
	const slow = fetch(`${other.url}/v3/scopes`);
	const outcomes = Promise.allSettled([hanging, endless.text(), slow]);
	await until(() => other.inFlight === 3);
	const started = Date.now();
	await other.stop();
	expect(Date.now() - started).toBeLessThan(1000);
	expect((await outcomes).map(({ status }) => status)).toEqual([
		'rejected',
		'rejected',
		'rejected',
	]);
	await until(() => other.inFlight === 0);
});
