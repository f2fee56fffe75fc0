import { SEGMENTS, send, sim, useSimulator } from './client';

useSimulator();

const SEARCH = '/v3/marketing/contacts/search/emails';
const search = async (emails: unknown) => await send(sim, 'POST', SEARCH, { emails });
const EMPTY_FIELDS =
	'last_name address_line_1 address_line_2 city state_province_region postal_code country ' +
	'phone_number whatsapp line facebook unique_name';
const resultOf = ({ text }: { text: string }) => JSON.parse(text).result;

test('finds those that exist by their lower-case address, and says which do not', async () => {
	const { id } = sim.addSegment();
	const list = sim.addList({ name: 'A' });
	sim.addContacts(id, [
		{
			email: 'A@example.com',
			first_name: 'A',
			list_ids: [list.id],
			custom_fields: { plan: 'pro' },
		},
	]);
	const answer = await search(['a@EXAMPLE.com', 'B@example.com']);
	expect(answer.status).toBe(200);
	const { contact_id } = sim.contacts.get('a@example.com')!;
	expect(resultOf(answer)).toEqual({
		'a@example.com': {
			contact: {
				...Object.fromEntries(EMPTY_FIELDS.split(' ').map((field) => [field, ''])),
				id: contact_id,
				email: 'a@example.com',
				first_name: 'A',
				alternate_emails: [],
				custom_fields: { plan: 'pro' },
				list_ids: [list.id],
				segment_ids: [id],
				created_at: expect.any(String),
				updated_at: expect.any(String),
				_metadata: { self: expect.stringContaining(contact_id) },
			},
		},
		'b@example.com': { error: 'contact not found' },
	});
});

test('finds a contact by an alternate address', async () => {
	sim.addContacts(sim.addSegment().id, [
		{ email: 'a@example.com', alternate_emails: ['Other@example.com'] },
	]);
	const { 'other@example.com': found } = resultOf(await search(['other@example.com']));
	expect(found.contact.email).toBe('a@example.com');
});

test('contacts that are generated are in each segment and list that is large enough', async () => {
	const [one, two] = [2, 1_000_000].map((count) => sim.addSegment({ contacts_count: count }).id);
	const list = sim.addList({ name: 'A', contact_count: 3 });
	const found = resultOf(
		await search([2, 3, 1_000_000, 1_000_001].map((n) => `contact-${n}@example.com`)),
	);
	expect(found['contact-2@example.com'].contact.segment_ids).toEqual([one, two]);
	expect(found['contact-3@example.com'].contact).toMatchObject({
		segment_ids: [two],
		list_ids: [list.id],
	});
	expect(found['contact-1000000@example.com'].contact.segment_ids).toEqual([two]);
	expect(found['contact-1000001@example.com']).toEqual({ error: 'contact not found' });
});

test('a deleted segment lingers in its contacts', async () => {
	const [one, two] = sim.addSegments(2, () => ({ contacts_count: 1 })).map(({ id }) => id);
	sim.addContacts(two, [{ email: 'a@example.com' }]);
	for (const id of [one, two]) await send(sim, 'DELETE', `${SEGMENTS}/${id}`);
	const found = resultOf(await search(['contact-1@example.com', 'a@example.com']));
	expect(found['contact-1@example.com'].contact.segment_ids).toEqual([one]);
	expect(found['a@example.com'].contact.segment_ids).toEqual([two]);
});

test('has a rate limit of 200 of its own, that can be set', async () => {
	sim.addSegment();
	const limit = async (path: string, body?: unknown) =>
		(await send(sim, 'POST', path, body)).headers.get('x-ratelimit-limit');
	expect(await limit(SEARCH, { emails: ['contact-1@example.com'] })).toBe('200');
	expect(await limit('/v3/marketing/contacts/exports')).toBe('600');
	sim.rateLimit = { searchLimit: 1 };
	const statuses = [];
	for (let i = 0; i < 2; i++) statuses.push((await search(['contact-1@example.com'])).status);
	expect(statuses).toEqual([200, 429]);
	expect((await send(sim, 'POST', '/v3/marketing/contacts/exports')).status).toBe(202);
});
