import { Redactor } from './redact';

const apiKey = 'SG.aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
const ID = '01192f73-2ec6-48e3-ad0b-42dbb5bddf4d';
const OTHER_ID = 'c6491580-2f4a-4339-8812-eb1f86aae6dd';

let redactor: Redactor;

beforeEach(() => {
	redactor = new Redactor({
		apiKey,
		sentTexts: new Set(['SELECT 1']),
		started: new Date('2026-07-15T16:00:00.500Z'),
	});
});

test('the same ID, name and address are replaced by the same, others by others', () => {
	const segment = { id: ID, name: 'VIP Rome', email: 'ada@rome.example' };
	const published = redactor.json([
		segment,
		{ ...segment, id: OTHER_ID, name: 'VIP Oslo' },
	]) as Array<Record<string, string>>;
	expect(published).toEqual([
		{
			id: '00000000-0000-4000-8000-000000000001',
			name: 'name 1',
			email: 'contact-1@example.com',
		},
		{
			id: '00000000-0000-4000-8000-000000000002',
			name: 'name 2',
			email: 'contact-1@example.com',
		},
	]);
	expect(redactor.sentence(`segment ${ID} of ada@rome.example`)).toBe(
		'segment 00000000-0000-4000-8000-000000000001 of contact-1@example.com',
	);
});

test('times move together, so that their order and distance stay', () => {
	expect(
		redactor.json({ created_at: '2026-07-15T16:00:10Z', updated_at: '2026-07-15T17:00:10.250Z' }),
	).toEqual({ created_at: '2026-01-01T00:00:10Z', updated_at: '2026-01-01T01:00:10.250Z' });
	const headers = redactor.headers(
		new Headers({ date: 'Wed, 15 Jul 2026 16:09:35 GMT', 'x-ratelimit-reset': '1784131200' }),
	);
	expect(headers.date).toBe('Thu, 01 Jan 2026 00:09:35 GMT');
	expect(headers['x-ratelimit-reset']).toBe(String(Date.UTC(2026, 0, 1) / 1000));
});

test('"never", written as a time of the year 1, stays', () => {
	expect(redactor.json({ sample_updated_at: '0001-01-01T00:00:00Z' })).toEqual({
		sample_updated_at: '0001-01-01T00:00:00Z',
	});
});

test("the API's own words stay, and what the run itself sent", () => {
	const body = {
		status: { query_validation: 'VALID' },
		query_version: '2',
		name: 'n8n-live-abc-first',
		query_dsl: 'SELECT 1',
		errors: [{ field: 'query_dsl', message: 'unsupported SQL function' }],
		scopes: ['mail.send', 'marketing.read'],
	};
	expect(redactor.json(body)).toEqual({ ...body, scopes: ['marketing.read'] });
});

test('a text that nobody expected is replaced', () => {
	expect(
		redactor.json({ query_dsl: "SELECT … WHERE city = 'Rome'", owner: 'Ada', note: 'x' }),
	).toEqual({ query_dsl: 'query_dsl 1', owner: 'owner 1', note: 'note 1' });
	expect(redactor.json({ custom_fields: { salary: 'high' } })).toEqual({
		custom_fields: { 'custom field 1': 'salary 1' },
	});
	expect(redactor.json({ result: { 'ada@rome.example': { error: 'contact not found' } } })).toEqual(
		{
			result: { 'contact-1@example.com': { error: 'contact not found' } },
		},
	);
});

test('lists are cut to two entries, and counts to two', () => {
	expect(
		redactor.json({ results: [{}, {}, {}], contact_count: 48_112, contacts_count: 1 }),
	).toEqual({
		results: [{}, {}],
		contact_count: 2,
		contacts_count: 1,
	});
});

test('of a link to a file stay the host, the kind of file and the names of its parameters', () => {
	const url = `https://files.s3.amazonaws.com/1234567/${ID}.csv.gzip?X-Amz-Signature=0a1b2c3d&page_size=100`;
	expect(redactor.json({ urls: [url] })).toEqual({
		urls: [
			'https://files.s3.amazonaws.com/path-1/00000000-0000-4000-8000-000000000001.csv.gzip?X-Amz-Signature=value-1&page_size=100',
		],
	});
});

test('messages lose addresses of computers, and headers that are not known lose their values', () => {
	expect(redactor.sentence('Your IP address 203.0.113.7 is not whitelisted')).toBe(
		'Your IP address IP address 1 is not whitelisted',
	);
	expect(
		redactor.headers(new Headers({ 'set-cookie': 'session=1', 'x-ratelimit-limit': '600' })),
	).toEqual({ 'set-cookie': '…', 'x-ratelimit-limit': '600' });
});

test.each([apiKey, `key=${apiKey}&x`, apiKey.split('.')[1], apiKey.split('.')[2]])(
	'neither the key nor a part of it is published: %s',
	(text) => {
		const published = JSON.stringify([
			redactor.sentence(text),
			redactor.withoutKey(text),
			redactor.json({ message: text, name: text, id: text, [text]: 1 }),
			redactor.headers(new Headers({ server: text })),
			redactor.path(`/v3/scopes?key=${text}`),
		]);
		expect(published).not.toContain(apiKey.split('.')[1]);
		expect(published).not.toContain(apiKey.split('.')[2]);
	},
);
