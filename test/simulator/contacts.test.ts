import { startSimulator } from '../../simulator';
import { send, sim, useSimulator } from './client';

const CONTACTS = '/v3/marketing/contacts';

useSimulator({ importSeconds: Infinity });

const contacts = (count: number) =>
	Array.from({ length: count }, (_, i) => ({ email: `contact-${i}@example.com` }));

const upsert = async (body: unknown, to = sim) => await send(to, 'PUT', CONTACTS, body);

const readImport = async (id: string) => {
	const { status, text } = await send(sim, 'GET', `${CONTACTS}/imports/${id}`);
	return { http: status, ...JSON.parse(text) };
};

test('an upsert, as the SendGrid node of n8n sends it, begins an import', async () => {
	const list = sim.addList({ name: 'Newsletter' });
	const answer = await upsert({
		list_ids: [list.id],
		contacts: [{ email: 'contact@example.com', first_name: 'Seed', custom_fields: { e1_T: 'x' } }],
	});
	expect(answer.status).toBe(202);
	expect(answer.json).toEqual({ job_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
	expect(await readImport(answer.json.job_id.toUpperCase())).toEqual({
		http: 200,
		id: answer.json.job_id,
		status: 'pending',
		job_type: 'upsert_contacts',
		results: { requested_count: 1 },
		started_at: expect.stringMatching(/:\d\dZ$/),
	});
});

test('an import comes to its counts, then to its end, within importSeconds of real time', async () => {
	const quick = await startSimulator({ importSeconds: 0.4 });
	try {
		const { job_id } = (await upsert({ contacts: contacts(2) }, quick)).json;
		const seen = new Set<string>();
		const record = quick.imports.get(job_id)!;
		while (record.status === 'pending') {
			seen.add(JSON.stringify(record));
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		expect([...seen].map((text) => JSON.parse(text).results)).toEqual([
			{ requested_count: 2 },
			{ requested_count: 2, created_count: 2 },
		]);
		expect(record).toMatchObject({ status: 'completed', results: { created_count: 2 } });
	} finally {
		await quick.stop();
	}
});
