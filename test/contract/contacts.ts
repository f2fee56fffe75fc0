import { describeAnswer, describeFields, kindOf, valueAt } from './describe';
import { type Expectation, NotSeen } from './expectation';
import { CONTACTS, OWN_EMAIL, upsertOfOwnContact } from './guard';
import type { Session } from './session';

/** example.com is reserved, and nobody has this address. */
const NOBODY = 'n8n-live-nobody@example.com';
const NO_EMAIL = 'n8n-live-no-address';

async function searchEmails(session: Session, ...emails: string[]) {
	return await session.send('POST', `${CONTACTS}/search/emails`, { emails });
}

/** Upserts the suite's own contact, once. */
async function upserted(session: Session) {
	return await session.once(
		'upsert',
		async () => await session.send('PUT', CONTACTS, upsertOfOwnContact),
	);
}

/** The import that creates the own contact, when it has ended or after five minutes. */
async function imported(session: Session) {
	const jobId = valueAt((await upserted(session)).body, 'job_id');
	if (typeof jobId !== 'string') throw new NotSeen('the upsert gave no job ID');
	return await session.once(
		'import',
		async () =>
			await session.poll(
				`${CONTACTS}/imports/${encodeURIComponent(jobId)}`,
				({ body }) => valueAt(body, 'status') !== 'pending',
				{ notYet: 'the import was pending', times: 20, seconds: 15 },
			),
	);
}

/** The own contact as a search gives it, as soon as there is one. */
export async function foundContact(session: Session): Promise<unknown> {
	await imported(session);
	return await session.once('found', async () => {
		for (let search = 1; search <= 8; search++) {
			const { body } = await searchEmails(session, OWN_EMAIL);
			const contact = valueAt(body, 'result', OWN_EMAIL, 'contact');
			if (contact !== undefined) return contact;
			await session.pause(15);
		}
		throw new NotSeen('the contact was not found within two minutes after its import');
	});
}

export const contactSearch: Expectation[] = [
	{
		id: 'search-nobody',
		title: 'a search for an email address that no contact has',
		assumed: '404 {errors: [{field: null, message: text}]}',
		source: 'guessed',
		run: async (session) => describeAnswer(await searchEmails(session, NOBODY)),
	},
	{
		id: 'search-bad-address',
		title: 'a search for two email addresses, one of which is not valid',
		assumed: '400 {errors: [{field: text, message: text}]}',
		source: 'guessed',
		run: async (session) => describeAnswer(await searchEmails(session, NOBODY, NO_EMAIL)),
	},
	{
		id: 'import-unknown',
		title: 'a contact import that does not exist',
		assumed: '404 {errors: [{field: null, message: text}]}',
		source: 'guessed',
		run: async (session) =>
			describeAnswer(await session.send('GET', `${CONTACTS}/imports/${session.unknownId}`)),
	},
];

export const contactChanges: Expectation[] = [
	{
		id: 'upsert',
		title: 'a contact is upserted',
		assumed: '202 {job_id: UUID}',
		source: 'documented',
		needs: 'contacts',
		run: async (session) => describeAnswer(await upserted(session)),
	},
	{
		id: 'import',
		title: 'the import of one contact, right after the upsert',
		assumed:
			'200 {id: UUID, started_at: time, finished_at: missing, status: "pending", job_type: "upsert_contacts", results.requested_count: 1}',
		source: 'recorded',
		needs: 'contacts',
		run: async (session) => {
			const jobId = valueAt((await upserted(session)).body, 'job_id');
			if (typeof jobId !== 'string') throw new NotSeen('the upsert gave no job ID');
			const { status, body } = await session.send(
				'GET',
				`${CONTACTS}/imports/${encodeURIComponent(jobId)}`,
			);
			return `${status} ${describeFields(body, ['id', 'started_at', 'finished_at'], ['status', 'job_type', 'results.requested_count'])}`;
		},
	},
	{
		id: 'import-done',
		title: 'the import of one contact ends within five minutes',
		assumed: '200 {finished_at: time, status: "completed", results.created_count: 1}',
		source: 'documented',
		needs: 'contacts',
		run: async (session) => {
			const { status, body } = await imported(session);
			return `${status} ${describeFields(body, ['finished_at'], ['status', 'results.created_count'])}`;
		},
	},
	{
		id: 'search-found',
		title: 'a search for an email address that a contact has',
		assumed: '{id: UUID, list_ids: list, segment_ids: list, email: the one searched for}',
		source: 'recorded',
		needs: 'contacts',
		run: async (session) => {
			const contact = await foundContact(session);
			const kindOfList = (name: string) =>
				kindOf(valueAt(contact, name)).replace('empty list', 'list');
			const email = valueAt(contact, 'email') === OWN_EMAIL ? 'the one searched for' : 'another';
			return `{id: ${kindOf(valueAt(contact, 'id'))}, list_ids: ${kindOfList('list_ids')}, segment_ids: ${kindOfList('segment_ids')}, email: ${email}}`;
		},
	},
	{
		id: 'search-mixed',
		title: 'a search for two email addresses, one of them in capitals, that one contact has',
		assumed: '200, by lower-case address: a contact, and {"error":"contact not found"}',
		source: 'documented',
		needs: 'contacts',
		run: async (session) => {
			await foundContact(session);
			const { status, body } = await searchEmails(session, OWN_EMAIL.toUpperCase(), NOBODY);
			const contact = kindOf(valueAt(body, 'result', OWN_EMAIL, 'contact'));
			const nobody = JSON.stringify(valueAt(body, 'result', NOBODY));
			return `${status}, by lower-case address: ${contact === 'object' ? 'a contact' : contact}, and ${nobody}`;
		},
	},
];
