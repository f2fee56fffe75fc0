import { startSimulator } from '../../simulator';
import { SEGMENTS, send, sim, useSimulator } from './client';

useSimulator({ importSeconds: Infinity });

const email = 'a@example.com';

test.each([
	[400, 'contacts', {}],
	[400, 'contacts', { contacts: [] }],
	[400, 'contacts', { contacts: Array(30_001).fill({ email }) }],
	[400, 'contacts', { contacts: [{ email }, { first_name: 'A' }] }],
	[400, 'contacts', { contacts: [{ email: '' }] }],
	[400, 'list_ids', { contacts: [{ email }], list_ids: 'abc' }],
	[404, 'list_ids', { contacts: [{ email }], list_ids: ['abc'] }],
])('an upsert is refused with %i and the field %s, and imports nothing', async (...row) => {
	const [status, field, body] = row;
	const answer = await send(sim, 'PUT', '/v3/marketing/contacts', body);
	expect([answer.status, answer.json.errors.map((error) => error.field)]).toEqual([
		status,
		[field],
	]);
	expect(sim.imports.size).toBe(0);
});

test('an upsert of 30,000 contacts into a list is accepted, its ID in any letter case', async () => {
	const { id } = sim.addList({ name: 'Customers' });
	const body = { contacts: Array(30_000).fill({ email }), list_ids: [id.toUpperCase()] };
	const { status, json } = await send(sim, 'PUT', '/v3/marketing/contacts', body);
	expect(status).toBe(202);
	expect(sim.imports.get(json.job_id)?.results).toEqual({ requested_count: 30_000 });
});

test('an import comes to its counts, then to its end, within importSeconds', async () => {
	const other = await startSimulator({ importSeconds: 60 });
	try {
		const contacts = ['a@example.com', 'b@example.com'].map((email) => ({ email }));
		const { job_id } = (await send(other, 'PUT', '/v3/marketing/contacts', { contacts })).json;
		const record = other.imports.get(job_id)!;
		expect(record).toMatchObject({ status: 'pending', results: { requested_count: 2 } });
		other.clock.advance(30_000);
		const results = { requested_count: 2, created_count: 2 };
		expect(record).toMatchObject({ status: 'pending', results });
		other.clock.advance(30_000);
		expect(record).toMatchObject({ status: 'completed', results });
	} finally {
		await other.stop();
	}
});

test('an import that is set to another end keeps it', async () => {
	const other = await startSimulator({ importSeconds: 60 });
	try {
		const body = { contacts: [{ email }] };
		const { job_id } = (await send(other, 'PUT', '/v3/marketing/contacts', body)).json;
		other.updateImports({ id: job_id, status: 'failed' });
		other.clock.advance(3_600_000);
		expect(other.imports.get(job_id)?.status).toBe('failed');
	} finally {
		await other.stop();
	}
});

test('an upserted contact is there once its import is completed, also in segments for its address', async () => {
	const queries = [
		`SELECT contact_id, updated_at FROM contact_data WHERE email = '${email}'`,
		"SELECT contact_id, updated_at FROM contact_data WHERE email = 'b@example.com'",
	];
	const ids: string[] = [];
	for (const query_dsl of queries) {
		const created = await send(sim, 'POST', SEGMENTS, { name: query_dsl.slice(-20), query_dsl });
		ids.push(created.json.id);
	}
	await send(sim, 'PUT', '/v3/marketing/contacts', { contacts: [{ email: email.toUpperCase() }] });
	expect(sim.contacts.size).toBe(0);
	sim.updateImports();
	expect([...sim.contacts.values()]).toMatchObject([{ email, segment_ids: [ids[0]] }]);
	expect(ids.map((id) => sim.segments.get(id)!.contacts_count)).toEqual([1, 0]);
});

test('an import that fails adds no contact', async () => {
	await send(sim, 'PUT', '/v3/marketing/contacts', { contacts: [{ email }] });
	sim.updateImports({ status: 'failed' });
	expect(sim.contacts.size).toBe(0);
});

test('contacts are deleted by their IDs, others stay', async () => {
	const contacts = [{ email }, { email: 'b@example.com' }];
	await send(sim, 'PUT', '/v3/marketing/contacts', { contacts });
	sim.updateImports();
	const { contact_id } = sim.contacts.get(email)!;
	expect((await send(sim, 'DELETE', '/v3/marketing/contacts')).status).toBe(400);
	const { status, json } = await send(sim, 'DELETE', `/v3/marketing/contacts?ids=${contact_id}`);
	expect([status, json]).toEqual([202, { job_id: expect.any(String) }]);
	expect([...sim.contacts.keys()]).toEqual(['b@example.com']);
});
