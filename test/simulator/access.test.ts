import { SEGMENTS, send, sim, useSimulator } from './client';

useSimulator();

test('keys look like SendGrid keys and differ from one another', () => {
	const keys = Object.values(sim.keys);
	expect(new Set(keys).size).toBe(5);
	for (const key of keys) expect(key).toMatch(/^SG\.[\w-]{22}\.[\w-]{43}$/);
});

test.each<[string, Record<string, string>]>([
	['no header', {}],
	['no scheme', { authorization: 'SG.abc' }],
	['another scheme', { authorization: 'Basic SG.abc' }],
	['an unknown key', { authorization: 'Bearer SG.abc' }],
])('401 with an errors body: %s', async (_what, headers) => {
	const response = await fetch(`${sim.url}${SEGMENTS}`, { headers });
	expect(response.status).toBe(401);
	expect(await response.json()).toEqual({ errors: [{ field: null, message: expect.any(String) }] });
});

test('a key without Marketing access reads its scopes, and gets 403 from every marketing endpoint', async () => {
	const { id } = sim.addSegment();
	const key = sim.keys.noMarketing;
	const scopes = await send(sim, 'GET', '/v3/scopes', undefined, { key });
	expect(scopes.status).toBe(200);
	expect(scopes.json.scopes.filter((scope) => scope.startsWith('marketing'))).toEqual([]);

	const calls = [
		['GET', '/v3/marketing/lists'],
		['GET', SEGMENTS],
		['POST', SEGMENTS],
		['GET', `${SEGMENTS}/${id}`],
		['PATCH', `${SEGMENTS}/${id}`],
		['DELETE', `${SEGMENTS}/${id}`],
		['POST', `${SEGMENTS}/refresh/${id}`],
		['POST', '/v3/marketing/singlesends/search'],
		['GET', `/v3/marketing/singlesends/${id}`],
		['PUT', '/v3/marketing/contacts'],
		['GET', `/v3/marketing/contacts/imports/${id}`],
	];
	for (const [method, path] of calls) {
		const answer = await send(sim, method, path, method === 'GET' ? undefined : {}, { key });
		expect([method, path, answer.status]).toEqual([method, path, 403]);
		expect(answer.json).toEqual({ errors: [{ field: null, message: 'access forbidden' }] });
	}
	expect(sim.segments.has(id)).toBe(true);
});

test('what is no endpoint gets 404, whatever its method or spelling, and is logged', async () => {
	expect((await send(sim, 'DELETE', '/v3/api_keys/abc')).status).toBe(404);
	expect((await send(sim, 'PUT', `${SEGMENTS}/${sim.addSegment().id}`, {})).status).toBe(404);
	expect((await send(sim, 'GET', '/v3/%zz')).status).toBe(400);
	expect(sim.log.map(({ path }) => path)).toEqual([
		'/v3/api_keys/abc',
		expect.stringContaining(SEGMENTS),
		'/v3/%zz',
	]);
});
