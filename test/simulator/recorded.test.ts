import { type ClientAnswer, SEGMENTS, send, sim, useSimulator } from './client';
import answers from './recorded/answers.json';

interface Recorded {
	status?: number;
	headers?: Record<string, string>;
	body?: unknown;
}

useSimulator({ countSeconds: Infinity, importSeconds: Infinity });

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const HTTP_DATE = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KINDS = { time: TIME, 'HTTP date': HTTP_DATE, UUID, number: /^\d+$/, URL: /^https?:\/\// };

/** A value with the kind of each of its parts in the place of the part; arrays by the kinds that occur. */
function formOf(value: unknown): unknown {
	if (value === null) return 'null';
	if (Array.isArray(value)) return [...new Set(value.map((part) => JSON.stringify(formOf(part))))];
	if (typeof value === 'object') {
		const entries = Object.entries(value).sort(([a], [b]) => a.localeCompare(b));
		return Object.fromEntries(entries.map(([key, part]) => [key, formOf(part)]));
	}
	if (typeof value !== 'string') return typeof value;
	return Object.entries(KINDS).find(([, pattern]) => pattern.test(value))?.[0] ?? 'text';
}

const addContact = { contacts: [{ email: 'contact@example.com' }] };

const responses: Record<keyof typeof answers, () => Promise<ClientAnswer>> = {
	'get segment': async () => {
		const { id } = sim.addSegment({ contacts_count: 1 });
		for (const contact of sim.segments.get(id)!.contacts_sample) {
			Object.assign(contact as object, {
				first_name: 'Seed',
				list_ids: [sim.addList({ name: 'A' }).id],
			});
		}
		return await send(sim, 'GET', `${SEGMENTS}/${id}`);
	},
	'create segment': async () =>
		await send(sim, 'POST', SEGMENTS, { name: 'Test', query_dsl: 'SELECT contact_id' }),
	'update segment': async () =>
		await send(sim, 'PATCH', `${SEGMENTS}/${sim.addSegment().id}`, { name: 'Test' }),
	'list segments': async () => {
		sim.addSegments(2);
		return await send(sim, 'GET', SEGMENTS);
	},
	'delete segment': async () => await send(sim, 'DELETE', `${SEGMENTS}/${sim.addSegment().id}`),
	'list contact lists': async () => {
		sim.addList({ name: 'Newsletter' });
		return await send(sim, 'GET', '/v3/marketing/lists?page_size=100');
	},
	'upsert contacts': async () => await send(sim, 'PUT', '/v3/marketing/contacts', addContact),
	'import begun': async () => {
		const { job_id } = (await send(sim, 'PUT', '/v3/marketing/contacts', addContact)).json;
		return await send(sim, 'GET', `/v3/marketing/contacts/imports/${job_id}`);
	},
	'import with its first count': async () => {
		const { id } = sim.addImport();
		sim.updateImports({ id, status: 'pending' });
		return await send(sim, 'GET', `/v3/marketing/contacts/imports/${id}`);
	},
};

test.each(Object.entries(responses))('%s', async (title, respond) => {
	const recorded: Recorded = answers[title as keyof typeof answers];
	const { status, headers, text } = await respond();
	expect(formOf(text && JSON.parse(text))).toEqual(formOf(recorded.body));
	if (recorded.status !== undefined) expect(status).toBe(recorded.status);
	if (!recorded.headers) return;

	const sent = Object.fromEntries(headers);
	// Those of the connection depend on the HTTP server.
	for (const name of ['connection', 'keep-alive', 'content-length']) {
		if (!(name in recorded.headers)) delete sent[name];
	}
	if (!('date' in recorded.headers)) {
		expect(sent).toMatchObject(recorded.headers);
		return;
	}
	expect(formOf(sent)).toEqual(formOf(recorded.headers));
	for (const name of ['content-type', 'powered-by', 'x-ratelimit-limit']) {
		expect(sent[name]).toBe(recorded.headers[name]);
	}
});

test('created segments and imports that have ended keep to the recorded form', async () => {
	const { id } = (await responses['create segment']()).json;
	sim.completeRefreshes();
	const segment = JSON.parse((await send(sim, 'GET', `${SEGMENTS}/${id}`)).text);
	expect(Object.keys(segment).sort()).toEqual(Object.keys(answers['get segment'].body).sort());
	for (const name of ['created_at', 'updated_at', 'sample_updated_at', 'next_sample_update']) {
		expect(segment[name]).toMatch(TIME);
	}
	const job = sim.addImport();
	sim.updateImports();
	const { text } = await send(sim, 'GET', `/v3/marketing/contacts/imports/${job.id}`);
	expect(formOf(JSON.parse(text))).toEqual({
		...(formOf(answers['import with its first count'].body) as object),
		finished_at: 'time',
	});
});
