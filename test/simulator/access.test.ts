import { SEGMENTS, send, sim, useSimulator } from './client';

useSimulator();

const FORBIDDEN = {
	errors: [
		{
			field: null,
			message: 'access forbidden. please ensure you have the correct scopes defined.',
		},
	],
};

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
		['POST', '/v3/marketing/contacts/exports'],
		['GET', `/v3/marketing/contacts/exports/${id}`],
		['POST', '/v3/marketing/contacts/search/emails'],
	];
	for (const [method, path] of calls) {
		const answer = await send(sim, method, path, method === 'GET' ? undefined : {}, { key });
		expect([method, path, answer.status]).toEqual([method, path, 403]);
		expect(answer.json).toEqual(FORBIDDEN);
	}
	expect(sim.segments.has(id)).toBe(true);
});

test('a key that may only read reads everything and changes nothing', async () => {
	const { id } = sim.addSegment();
	const key = sim.keys.readOnly;
	const { json } = await send(sim, 'GET', '/v3/scopes', undefined, { key });
	expect(json.scopes).toContain('marketing.read');
	expect(json.scopes).not.toContain('marketing.update');
	const statusOf = async (method: string, path: string, body?: unknown) =>
		(await send(sim, method, path, body, { key })).status;
	for (const [method, path, body] of [
		['GET', SEGMENTS],
		['GET', `${SEGMENTS}/${id}`],
		['GET', '/v3/marketing/lists'],
		['POST', '/v3/marketing/singlesends/search', {}],
		['POST', '/v3/marketing/contacts/search/emails', { emails: ['contact-1@example.com'] }],
	] as const) {
		expect([method, path, await statusOf(method, path, body)]).toEqual([method, path, 200]);
	}
	expect(await statusOf('POST', '/v3/marketing/contacts/exports')).toBe(202);
	for (const [method, path] of [
		['POST', SEGMENTS],
		['PATCH', `${SEGMENTS}/${id}`],
		['DELETE', `${SEGMENTS}/${id}`],
		['POST', `${SEGMENTS}/refresh/${id}`],
		['PUT', '/v3/marketing/contacts'],
	]) {
		const answer = await send(sim, method, path, {}, { key });
		expect([method, path, answer.status, answer.json]).toEqual([method, path, 403, FORBIDDEN]);
	}
	expect([...sim.segments.keys()]).toEqual([id]);
});

test('from an address that is not allowed, every endpoint gives 403 and says so', async () => {
	for (const path of ['/v3/scopes', SEGMENTS]) {
		const answer = await send(sim, 'GET', path, undefined, { key: sim.keys.blockedIp });
		expect([answer.status, answer.json.errors[0].message]).toEqual([
			403,
			'Your IP address is not whitelisted',
		]);
	}
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
