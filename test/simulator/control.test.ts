import { seedDemo } from '../../simulator/demoData';
import { refresh, SEGMENTS, send, sim, useSimulator } from './client';
import { download, readExport, startExport } from './exportClient';

useSimulator({ refreshSeconds: Infinity, seed: seedDemo });

/** Drives the simulator as another process would: without a key. */
async function control(method: string, path: string, body?: unknown) {
	const response = await fetch(`${sim.url}/_simulator${path}`, {
		method,
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	return { status: response.status, json: JSON.parse(await response.text()) };
}

test('GET / tells how to use it', async () => {
	const text = await (await fetch(`${sim.url}/_simulator`)).text();
	expect(text).toContain('POST   /_simulator/fault');
});

test('the log is read and forgotten; control requests are not in it', async () => {
	await send(sim, 'GET', '/v3/scopes');
	const { json } = await control('GET', '/log');
	expect(json).toEqual([expect.objectContaining({ path: '/v3/scopes', status: 200 })]);
	expect((await control('DELETE', '/log')).json).toEqual([]);
	expect(sim.log).toEqual([]);
});

test('faults are added with match and times, and forgotten', async () => {
	await control('POST', '/fault', {
		match: { method: 'DELETE', pathIncludes: '/segments/' },
		status: 503,
		times: 'always',
	});
	const [id] = sim.segments.keys();
	const statuses = async () => [
		(await send(sim, 'DELETE', `${SEGMENTS}/${id}`)).status,
		(await send(sim, 'GET', `${SEGMENTS}/${id}`)).status,
	];
	expect(await statuses()).toEqual([503, 200]);
	expect(await statuses()).toEqual([503, 200]);
	await control('DELETE', '/fault');
	expect(await statuses()).toEqual([202, 404]);
});

test.each([
	['POST', '/fault', { staus: 503 }],
	['POST', '/fault', { status: 503, match: { path: 'x' } }],
	['POST', '/downloadFault', { truncate: 5 }],
	['PUT', '/state', { exportSettings: { zip: true } }],
	['PUT', '/state', { updateTooSoon: 429 }],
	['PUT', '/state', { emptyLists: 'none' }],
	['PUT', '/state', { contacts: { abc: [] } }],
	['POST', '/clock', { set: 'tomorrow' }],
	['POST', '/clock', undefined],
	['PUT', '/state', { segment: [] }],
	['PUT', '/state', { rateLimit: { window: 1 } }],
	['PUT', '/state', { queryRules: [{ include: 'x' }] }],
	['POST', '/imports', { state: 'failed' }],
	['POST', '/imports', { status: 'done' }],
	['POST', '/imports', { id: 'aaaaaaaa-0000-4000-8000-000000000001' }],
])('what is misspelt is refused: %s %s %j', async (method, path, body) => {
	const { status, json } = await control(method, path, body);
	expect(status).toBe(400);
	expect(json.message).toEqual(expect.any(String));
	expect((await send(sim, 'GET', '/v3/scopes')).status).toBe(200);
});

test('the clock is set, advanced and reset', async () => {
	expect((await control('POST', '/clock', { set: '2026-05-01T08:00:00Z' })).json.now).toMatch(
		/^2026-05-01T08:00:0/,
	);
	await control('POST', '/clock', { advanceMs: 3_600_000 });
	expect(sim.clock.now().toISOString()).toMatch(/^2026-05-01T09:00:0/);
	await control('POST', '/clock', { reset: true });
	expect(sim.clock.now().getTime()).toBe(Date.now());
});

test('refreshes are completed', async () => {
	const [segment] = sim.segments.values();
	await refresh(sim, segment.id);
	const { json } = await control('POST', '/complete');
	expect(json.segments[0]).toMatchObject({ id: segment.id, contacts_count: 4307 });
	expect(json.accountRefreshesUsed).toBe(1);
});

test('the state is read and replaced, and reset brings back the start', async () => {
	const atStart = await control('GET', '/state');
	expect(atStart.json.segments).toHaveLength(sim.segments.size);

	const id = 'aaaaaaaa-0000-4000-8000-000000000001';
	const { json } = await control('PUT', '/state', {
		segments: [{ id, name: 'Only' }],
		lists: [],
		accountRefreshesUsed: 10,
	});
	expect(json).toMatchObject({
		segments: [{ id, name: 'Only' }],
		lists: [],
		accountRefreshesUsed: 10,
	});
	expect((await send(sim, 'GET', SEGMENTS)).json.results).toHaveLength(1);
	expect((await refresh(sim, id)).status).toBe(429);
	await control('PUT', '/state', { accountRefreshesUsed: 0 });
	expect([...sim.segments.keys()]).toEqual([id]);

	sim.fault({ status: 500, times: Infinity });
	await control('POST', '/reset');
	const ids = (state: { segments: Array<{ id: string }> }) => state.segments.map((one) => one.id);
	expect(ids((await control('GET', '/state')).json)).toEqual(ids(atStart.json));
	expect(sim.log).toEqual([]);
	expect((await send(sim, 'GET', '/v3/scopes')).status).toBe(200);
});

test('the rate limit is set, and tells how many requests it turned away', async () => {
	await control('PUT', '/state', { rateLimit: { limit: 1, windowSeconds: 3600 } });
	const statuses = [];
	for (let i = 0; i < 3; i++) statuses.push((await send(sim, 'GET', '/v3/scopes')).status);
	expect(statuses).toEqual([200, 429, 429]);
	expect((await control('GET', '/state')).json).toMatchObject({
		rateLimit: { limit: 1, windowSeconds: 3600, resetFormat: 'seconds' },
		rateLimited: 2,
	});
});

test.each([
	{ limit: -1 },
	{ limit: 1.5 },
	{ windowSeconds: 0 },
	{ resetFormat: 'minutes' },
	{ x: 1 },
])('the rate limit %j is refused, and nothing changes', async (rateLimit) => {
	const before = sim.rateLimit;
	expect((await control('PUT', '/state', { rateLimit })).status).toBe(400);
	expect(sim.rateLimit).toEqual(before);
});

test('query rules are set', async () => {
	const finalStatus = { query_validation: 'INVALID', error_message: 'no such column' };
	await control('PUT', '/state', { queryRules: [{ includes: 'nonsense', finalStatus }] });
	const body = { name: 'New', query_dsl: 'SELECT nonsense' };
	const { id } = (await send(sim, 'POST', SEGMENTS, body)).json;
	await control('POST', '/complete');
	expect((await send(sim, 'GET', `${SEGMENTS}/${id}`)).json.status).toEqual(finalStatus);
});

test('single sends and imports are replaced; imports are completed or fail', async () => {
	const [a, b] = ['a', 'b'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000001`);
	await control('PUT', '/state', {
		singleSends: [{ name: 'Only', send_at: '2026-05-01T08:00:00Z', send_to: { segment_ids: [a] } }],
		imports: [{ id: a, results: { requested_count: 3 } }, { id: b }],
	});
	await control('POST', '/imports', { id: a, status: 'failed' });
	const { json } = await control('POST', '/imports', {});
	expect(json.singleSends).toEqual([
		expect.objectContaining({
			name: 'Only',
			status: 'scheduled',
			send_to: { list_ids: [], segment_ids: [a], all: false },
		}),
	]);
	expect(json.imports).toEqual([
		expect.objectContaining({
			id: a,
			status: 'failed',
			results: { requested_count: 3, errored_count: 3, errors_url: expect.any(String) },
		}),
		expect.objectContaining({
			id: b,
			status: 'completed',
			results: { requested_count: 1, created_count: 1 },
		}),
	]);
});

test('contacts, exports and what goes wrong with their files are set', async () => {
	const id = 'aaaaaaaa-0000-4000-8000-000000000001';
	await control('PUT', '/state', {
		segments: [{ id }],
		contacts: { [id]: [{ email: 'a@example.com' }] },
		exportSettings: { gzip: false, pendingSeconds: 3600 },
	});
	await control('POST', '/downloadFault', { truncateAt: 5, match: { pathIncludes: '.json' } });
	const job = await startExport({ segment_ids: [id], file_type: 'json' });
	await control('POST', '/complete');
	const [url] = (await readExport(job)).urls!;
	expect((await download(url)).text).toBe('{"con');
	expect((await download(url)).text).toContain('"email":"a@example.com"');
	expect((await control('GET', '/downloads')).json).toMatchObject([
		{ status: 200, bytesSent: 5 },
		{ status: 200 },
	]);
	const { json } = await control('GET', '/state');
	expect(json.exportSettings).toMatchObject({ gzip: false, pendingSeconds: 3600 });
});

test('how the API varies is set, and reset', async () => {
	const set = { updateTooSoon: { status: 429 }, emptyLists: 'null' };
	expect((await control('PUT', '/state', set)).json).toMatchObject(set);
	const atStart = { updateTooSoon: 'off', emptyLists: 'array' };
	expect((await control('POST', '/reset')).json).toMatchObject(atStart);
});

test('the demo has a scheduled single send of one of its segments', async () => {
	const [singleSend] = sim.singleSends.values();
	expect(singleSend.status).toBe('scheduled');
	expect(Date.parse(singleSend.send_at!)).toBeGreaterThan(Date.now());
	expect(sim.segments.has(singleSend.send_to.segment_ids[0])).toBe(true);
});

test('latency is set', async () => {
	await control('PUT', '/state', { latencyMs: 80 });
	const started = Date.now();
	await send(sim, 'GET', '/v3/scopes');
	expect(Date.now() - started).toBe(80);
});
