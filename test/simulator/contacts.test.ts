import { startSimulator } from '../../simulator';
import { until } from '../clock';
import { send, sim, useSimulator } from './client';

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

test('an import comes to its counts, then to its end, within importSeconds of real time', async () => {
	const quick = await startSimulator({ importSeconds: 0.4 });
	try {
		const contacts = ['a@example.com', 'b@example.com'].map((email) => ({ email }));
		const { job_id } = (await send(quick, 'PUT', '/v3/marketing/contacts', { contacts })).json;
		const record = quick.imports.get(job_id)!;
		expect(record.results).toEqual({ requested_count: 2 });
		await until('the counts', () => record.results.created_count === 2);
		expect(record.status).toBe('pending');
		await until('the end', () => record.status !== 'pending');
		expect(record).toMatchObject({ status: 'completed', results: { created_count: 2 } });
	} finally {
		await quick.stop();
	}
});
