import { parse } from 'csv-parse/sync';

import { send, sim, useSimulator } from './client';
import { download, exportedText, exportLinks, readExport, startExport } from './exportClient';

useSimulator();

const EXPORTS = '/v3/marketing/contacts/exports';
const jsonLines = (text: string) =>
	text
		.split('\n')
		.slice(0, -1)
		.map((line) => JSON.parse(line));

describe('a job', () => {
	test('is pending at its first read, then ready with links and its count', async () => {
		const { id: segment } = sim.addSegment({ contacts_count: 3 });
		const id = await startExport({ segment_ids: [segment.toUpperCase()], file_type: 'json' });
		const times = { created_at: expect.any(String), updated_at: expect.any(String) };
		expect(await readExport(id)).toEqual({
			id,
			status: 'pending',
			...times,
			expires_at: expect.any(String),
		});
		expect(await readExport(id)).toEqual({
			id,
			status: 'ready',
			...times,
			expires_at: expect.any(String),
			completed_at: expect.any(String),
			contact_count: 3,
			urls: [expect.stringMatching(/\/0\.json\.gzip\?X-Signature=[0-9a-f]{64}$/)],
		});
	});

	test('is pending for as many reads and seconds as is set', async () => {
		sim.exportSettings = { pendingReads: 2, pendingSeconds: 60 };
		const id = await startExport({});
		const statuses = async (reads: number) => {
			const seen = [];
			for (let i = 0; i < reads; i++) seen.push((await readExport(id)).status);
			return seen;
		};
		expect(await statuses(3)).toEqual(['pending', 'pending', 'pending']);
		sim.clock.advance(60_000);
		expect(await statuses(1)).toEqual(['ready']);
	});

	test('exports what the segment contained when it began', async () => {
		const { id } = sim.addSegment();
		sim.addContacts(id, [{ email: 'a@example.com' }]);
		sim.exportSettings = { pendingReads: 0, gzip: false };
		const job = await startExport({ segment_ids: [id], file_type: 'json' });
		sim.addContacts(id, [{ email: 'b@example.com' }]);
		const { text } = await download((await readExport(job)).urls![0]);
		expect(jsonLines(text).map(({ email }) => email)).toEqual(['a@example.com']);
	});
});

test.each([
	[400, null, []],
	[400, 'segment_ids', { segment_ids: 'abc' }],
	[400, 'list_ids', { list_ids: [1] }],
	[400, 'file_type', { file_type: 'xml' }],
	[400, 'max_file_size', { max_file_size: 0 }],
	[400, 'segments', { segments: [] }],
	[404, 'segment_ids', { segment_ids: ['aaaaaaaa-0000-4000-8000-000000000001'] }],
	[404, 'list_ids', { list_ids: ['aaaaaaaa-0000-4000-8000-000000000001'] }],
])('refused with %i and the field %s: %j, and no job begins', async (status, field, body) => {
	const answer = await send(sim, 'POST', EXPORTS, body);
	expect([answer.status, answer.json.errors[0].field]).toEqual([status, field]);
	expect(sim.exports.size).toBe(0);
});

describe('who is exported', () => {
	beforeEach(() => {
		sim.exportSettings = { gzip: false };
	});
	const emails = async (body: object) =>
		jsonLines(await exportedText({ ...body, file_type: 'json' })).map(({ email }) => email);

	test('a segment to which contacts were added consists of these, and its count follows', async () => {
		const segment = sim.addSegment({ contacts_count: 7 });
		sim.addContacts(segment.id, [{ email: 'A@example.com' }, { email: 'b@example.com' }]);
		sim.addContacts(segment.id, [{ email: 'a@example.com', first_name: 'A' }]);
		expect(segment.contacts_count).toBe(2);
		expect(await emails({ segment_ids: [segment.id] })).toEqual(['a@example.com', 'b@example.com']);
	});

	test('any other segment has as many as its next count says', async () => {
		const { id } = sim.addSegment({ contacts_count: 1, nextContactsCount: 2 });
		const both = ['contact-1@example.com', 'contact-2@example.com'];
		expect(await emails({ segment_ids: [id] })).toEqual(both);
	});

	test.each([[{}], [{ segment_ids: [] }], [{ segment_ids: [], list_ids: [] }]])(
		'with %j it is everybody, each contact once',
		async (body) => {
			sim.addSegment({ contacts_count: 2 });
			sim.addSegment({ contacts_count: 3 });
			sim.addContacts(sim.addSegment().id, [{ email: 'a@example.com' }]);
			expect(await emails(body)).toEqual([
				'a@example.com',
				'contact-1@example.com',
				'contact-2@example.com',
				'contact-3@example.com',
			]);
		},
	);

	test('several segments and lists are merged', async () => {
		const [one, two] = sim.addSegments(2, () => ({ contacts_count: 0 }));
		const list = sim.addList({ name: 'A', contact_count: 1 });
		sim.addContacts(one.id, [{ email: 'a@example.com' }]);
		sim.addContacts(two.id, [{ email: 'a@example.com' }, { email: 'b@example.com' }]);
		const ids = { segment_ids: [one.id, two.id], list_ids: [list.id] };
		expect(await emails(ids)).toEqual(['a@example.com', 'b@example.com', 'contact-1@example.com']);
	});
});

describe('files', () => {
	const full = {
		email: 'a@example.com',
		first_name: 'Says "hi"',
		city: 'A,\nB',
		alternate_emails: ['b@example.com', 'c@example.com'],
		custom_fields: { Plan: 'pro', visits: 3 },
		created_at: '2026-05-01T08:00:00Z',
		updated_at: '2026-05-02T08:00:00Z',
	};
	const contact_id = 'aaaaaaaa-0000-4000-8000-000000000001';

	test('JSON has a contact per line, empty fields left out', async () => {
		const { id } = sim.addSegment();
		sim.addContacts(id, [
			{ ...full, contact_id },
			{ ...full, email: 'd@example.com', first_name: '', alternate_emails: [], custom_fields: {} },
		]);
		const text = await exportedText({ segment_ids: [id], file_type: 'json' });
		const { email, first_name, city, alternate_emails, custom_fields, ...times } = full;
		const first = {
			contact_id,
			email,
			first_name,
			city,
			alternate_emails,
			custom_fields,
			...times,
		};
		const second = { contact_id: expect.any(String), email: 'd@example.com', city, ...times };
		expect(text.split('\n')).toHaveLength(3);
		expect(text.split('\n')[0]).toBe(JSON.stringify(first));
		expect(jsonLines(text)).toEqual([first, second]);
	});

	test('CSV quotes every value and has custom fields as further columns', async () => {
		const { id } = sim.addSegment();
		sim.addContacts(id, [{ ...full, contact_id }, { email: 'd@example.com' }]);
		const text = await exportedText({ segment_ids: [id] });
		const [header] = text.split('\n');
		expect(header).toBe(
			'"EMAIL","FIRST_NAME","LAST_NAME","ADDRESS_LINE_1","ADDRESS_LINE_2","CITY","STATE_PROVINCE_REGION","POSTAL_CODE","COUNTRY","ALTERNATE_EMAILS","PHONE_NUMBER","WHATSAPP","LINE","FACEBOOK","UNIQUE_NAME","CREATED_AT","UPDATED_AT","CONTACT_ID","Plan","visits"',
		);
		expect(text).toContain('"a@example.com","Says ""hi""","","","","A,\nB",""');
		expect(text).not.toMatch(/,,|\r/);
		const [first, second] = parse(text, { columns: true });
		expect(first).toMatchObject({
			EMAIL: 'a@example.com',
			ALTERNATE_EMAILS: 'b@example.com,c@example.com',
			CONTACT_ID: contact_id,
			Plan: 'pro',
			visits: '3',
		});
		expect(second).toMatchObject({ EMAIL: 'd@example.com', Plan: '' });
	});

	test('their size is about max_file_size at most, each with a header, no contact twice', async () => {
		sim.exportSettings = { gzip: false };
		const { id } = sim.addSegment({ contacts_count: 12_000 });
		const links = await exportLinks({ segment_ids: [id], max_file_size: 1 });
		expect(links.length).toBeGreaterThan(1);
		const files = await Promise.all(links.map(async (link) => await download(link)));
		for (const { bytes } of files) expect(bytes.length).toBeLessThan(1_050_000);
		const rows = files.flatMap(({ text }) => parse(text, { columns: true }));
		expect(rows).toHaveLength(12_000);
		expect(new Set(rows.map((row) => (row as { EMAIL: string }).EMAIL)).size).toBe(12_000);
	});
});
