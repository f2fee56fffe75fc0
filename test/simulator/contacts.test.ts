import { startSimulator } from '../../simulator';
import { send } from './client';

test('an import comes to its counts, then to its end, within importSeconds of real time', async () => {
	const quick = await startSimulator({ importSeconds: 0.4 });
	try {
		const contacts = ['a@example.com', 'b@example.com'].map((email) => ({ email }));
		const { job_id } = (await send(quick, 'PUT', '/v3/marketing/contacts', { contacts })).json;
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
