import { firstEntry, rateLimitOf } from './common';
import { describeAnswer, describeFields, errorMessage, valueAt } from './describe';
import { MINUTES_BETWEEN_UPDATES } from '../../nodes/SendGridSegments/limits';
import { type Expectation, NotSeen } from './expectation';
import { SEGMENTS } from './guard';
import { type Answer, OWN_QUERY, type Session } from './session';

const NEW = ['id', 'name', 'created_at', 'updated_at', 'contacts_sample'];
const LISTED = ['id', 'name', 'created_at', 'updated_at', 'contacts_count'];

async function create(session: Session, name: string, query: string, others: object = {}) {
	return await session.send('POST', SEGMENTS, {
		name: session.namePrefix + name,
		query_dsl: query,
		...others,
	});
}

function results(answer: Answer): unknown[] {
	const found = valueAt(answer.body, 'results');
	return Array.isArray(found) ? found : [];
}

const namesOf = (answer: Answer) => results(answer).map((segment) => valueAt(segment, 'name'));

/** Refused as a whole, with a message; what the message is about. */
function refusedFor(answer: Answer, known: string): string {
	return errorMessage(answer)?.includes(known)
		? `${answer.status} "… ${known} …"`
		: describeRefusal(answer);
}

const TOO_SOON = 'Update request came too soon, please wait 5 minutes before trying again';

/** The status and message of a refusal; without a message, the form of the body. */
function describeRefusal(answer: Answer): string {
	const message = errorMessage(answer);
	return message === undefined ? describeAnswer(answer) : `${answer.status} "${message}"`;
}

export const segmentReads: Expectation[] = [
	{
		id: 'create',
		title: 'a segment is created',
		assumed:
			'201 {id: UUID, name: text, created_at: time, updated_at: time, contacts_sample: empty list, query_version: "2", contacts_count: 0, sample_updated_at: null, next_sample_update: null, parent_list_ids: null, status.query_validation: "VALID"}',
		source: 'recorded',
		run: async (session) => {
			const { status, body } = (await session.segment('first')).answer;
			return `${status} ${describeFields(body, NEW, [
				'query_version',
				'contacts_count',
				'sample_updated_at',
				'next_sample_update',
				'parent_list_ids',
				'status.query_validation',
			])}`;
		},
	},
	{
		id: 'create-echoes',
		title: 'a created segment has the name and the query that were sent',
		assumed: 'both',
		source: 'recorded',
		run: async (session) => {
			const { name, answer } = await session.segment('first');
			const hasName = valueAt(answer.body, 'name') === name;
			const hasQuery = valueAt(answer.body, 'query_dsl') === OWN_QUERY;
			return hasName && hasQuery ? 'both' : `name ${hasName}, query ${hasQuery}`;
		},
	},
	{
		id: 'create-rate-limit',
		title: 'the rate limit of creating segments',
		assumed: 'limit 600, remaining number, reset in seconds',
		source: 'guessed',
		run: async (session) => rateLimitOf((await session.segment('first')).answer),
	},
	{
		id: 'list',
		title: 'the list of segments',
		assumed:
			'200 {results: list, _metadata: missing}; one of them {id: UUID, name: text, created_at: time, updated_at: time, contacts_count: number, query_dsl: missing, contacts_sample: missing}',
		source: 'recorded',
		run: async (session) => {
			await session.segment('first');
			const { status, body } = await session.send('GET', SEGMENTS);
			const segment = firstEntry(body, 'results', 'the list was empty');
			return `${status} ${describeFields(body, ['results', '_metadata'])}; one of them ${describeFields(segment, [...LISTED, 'query_dsl', 'contacts_sample'])}`;
		},
	},
	{
		id: 'list-rate-limit',
		title: 'the rate limit of reading segments',
		assumed: 'limit 600, remaining number, reset in seconds',
		source: 'recorded',
		run: async (session) => rateLimitOf(await session.send('GET', SEGMENTS)),
	},
	{
		id: 'list-order',
		title: 'the list of segments is sorted by creation',
		assumed: 'newest first',
		source: 'recorded',
		run: async (session) => {
			const first = await session.segment('first');
			await session.pause(2);
			const second = await session.segment('second');
			const names = namesOf(await session.send('GET', SEGMENTS));
			const [older, newer] = [names.indexOf(first.name), names.indexOf(second.name)];
			if (older < 0 || newer < 0) return 'a segment that was just created is not in the list';
			return newer < older ? 'newest first' : 'oldest first';
		},
	},
	{
		id: 'list-ids',
		title: 'the list of segments by two IDs',
		assumed: '200, exactly these two',
		source: 'documented',
		run: async (session) => {
			const first = await session.segment('first');
			const second = await session.segment('second');
			const answer = await session.send('GET', `${SEGMENTS}?ids=${first.id}&ids=${second.id}`);
			const names = namesOf(answer);
			const isExact =
				names.length === 2 && names.includes(first.name) && names.includes(second.name);
			return `${answer.status}, ${isExact ? 'exactly these two' : `${names.length} segments`}`;
		},
	},
	{
		id: 'list-no-match',
		title: 'the list of segments by an ID that does not exist',
		assumed: '200 {results: []}',
		source: 'documented',
		run: async (session) =>
			describeAnswer(await session.send('GET', `${SEGMENTS}?ids=${session.unknownId}`)),
	},
	{
		id: 'list-no-parent',
		title: 'the list of segments without a parent list contains a new one',
		assumed: '200, contains it',
		source: 'documented',
		run: async (session) => {
			const { name } = await session.segment('first');
			const answer = await session.send('GET', `${SEGMENTS}?no_parent_list_id=true`);
			return `${answer.status}, ${namesOf(answer).includes(name) ? 'contains it' : 'does not contain it'}`;
		},
	},
	{
		id: 'counted',
		title: 'a new segment is counted within a minute',
		assumed: '200 {sample_updated_at: time, next_sample_update: time, contacts_count: number}',
		source: 'recorded',
		run: async (session) => {
			const { path } = await session.segment('first');
			const { status, body } = await session.poll(
				`${path}?contacts_sample=false`,
				(answer) => valueAt(answer.body, 'sample_updated_at') !== null,
				{ notYet: 'not counted', times: 20, seconds: 3 },
			);
			return `${status} ${describeFields(body, ['sample_updated_at', 'next_sample_update', 'contacts_count'])}`;
		},
	},
	{
		id: 'get',
		title: 'one segment, with a sample of its contacts',
		assumed: '200 {query_dsl: text, contacts_sample: list, identifier_counts.EID: number}',
		source: 'recorded',
		run: async (session) => {
			const { path } = await session.segment('first');
			const { status, body } = await session.send('GET', path);
			// The suite's own contact may be in it or not.
			const sample = Array.isArray(valueAt(body, 'contacts_sample')) ? 'list' : 'no list';
			return `${status} {query_dsl: ${typeof valueAt(body, 'query_dsl') === 'string' ? 'text' : 'no text'}, contacts_sample: ${sample}, identifier_counts.EID: ${typeof valueAt(body, 'identifier_counts', 'EID')}}`;
		},
	},
	{
		id: 'get-without-sample',
		title: 'one segment, with contacts_sample=false',
		assumed: '200 {id: UUID, query_dsl: text, contacts_sample: missing}',
		source: 'documented',
		run: async (session) => {
			const { path } = await session.segment('first');
			const { status, body } = await session.send('GET', `${path}?contacts_sample=false`);
			return `${status} ${describeFields(body, ['id', 'query_dsl', 'contacts_sample'])}`;
		},
	},
	{
		id: 'get-unknown',
		title: 'a segment that does not exist is read',
		assumed: '404 {errors: [{field: null, message: text}]}',
		source: 'guessed',
		run: async (session) =>
			describeAnswer(await session.send('GET', `${SEGMENTS}/${session.unknownId}`)),
	},
];

export const segmentChanges: Expectation[] = [
	{
		id: 'create-same-name',
		title: 'a segment is created with a name that is taken',
		assumed: '400 {errors: [{field: text, message: text}]}',
		source: 'guessed',
		run: async (session) => {
			await session.segment('first');
			return describeAnswer(await create(session, 'first', OWN_QUERY));
		},
	},
	{
		id: 'create-long-name',
		title: 'a segment is created with a name of 101 characters',
		assumed: '400 {errors: [{field: text, message: text}]}',
		source: 'guessed',
		run: async (session) => {
			const filler = 'x'.repeat(101 - session.namePrefix.length);
			return describeAnswer(await create(session, filler, OWN_QUERY));
		},
	},
	{
		id: 'create-unknown-parent',
		title: 'a segment is created under a parent list that does not exist',
		assumed: '404, no body',
		source: 'guessed',
		run: async (session) =>
			describeAnswer(
				await create(session, 'orphan', OWN_QUERY, { parent_list_ids: [session.unknownId] }),
			),
	},
	{
		id: 'query-function',
		title: 'a segment is created with a query that uses an unsupported function',
		assumed: '400 "… unsupported SQL function: \'CONTAINS\' …"',
		source: 'reported',
		run: async (session) =>
			refusedFor(
				await create(
					session,
					'function',
					"SELECT contact_id, updated_at FROM contact_data WHERE CONTAINS(email, 'n8n-live-')",
				),
				"unsupported SQL function: 'CONTAINS'",
			),
	},
	{
		id: 'query-column',
		title: 'a segment is created with a query that names an unknown column',
		assumed: '400 "… illegal column name …"',
		source: 'reported',
		run: async (session) =>
			refusedFor(
				await create(
					session,
					'column',
					"SELECT contact_id, updated_at FROM contact_data WHERE last_opened = 'n8n-live-'",
				),
				'illegal column name',
			),
	},
	{
		id: 'query-table',
		title: 'a segment is created with a query that names an unknown table',
		assumed: '400 "… illegal table name …"',
		source: 'reported',
		run: async (session) =>
			refusedFor(
				await create(session, 'table', 'SELECT contact_id, updated_at FROM n8n_live'),
				'illegal table name',
			),
	},
	{
		id: 'update-too-soon',
		title: 'a segment is renamed right after its creation, and if SendGrid accepts that, once more',
		assumed: `429 "${TOO_SOON}"`,
		source: 'reported',
		run: async (session) => {
			const { path } = await session.segment('first');
			for (const attempt of ['', 'accepted, then ']) {
				const answer = await session.send('PATCH', path, { name: `${session.namePrefix}soon` });
				if (answer.status !== 200) return attempt + describeRefusal(answer);
			}
			return 'accepted both times';
		},
	},
	{
		id: 'update-unknown',
		title: 'a segment that does not exist is updated',
		assumed: '404 {errors: [{field: null, message: text}]}',
		source: 'guessed',
		run: async (session) =>
			describeAnswer(
				await session.send('PATCH', `${SEGMENTS}/${session.unknownId}`, {
					name: `${session.namePrefix}unknown`,
				}),
			),
	},
];

export const segmentUpdates: Expectation[] = [
	{
		id: 'update',
		title: 'a segment is renamed more than five minutes after its latest change',
		assumed: '200 {contacts_sample: empty list, next_sample_update: null}, with the new name',
		source: 'recorded',
		run: async (session) => {
			const { path } = await session.segment('first');
			await longAfterLastChange(session, path);
			const name = `${session.namePrefix}renamed`;
			const answer = await session.send('PATCH', path, { name });
			if (answer.status !== 200) return describeRefusal(answer);
			const hasName = valueAt(answer.body, 'name') === name;
			return `${answer.status} ${describeFields(answer.body, ['contacts_sample', 'next_sample_update'])}, with the ${hasName ? 'new' : 'old'} name`;
		},
	},
];

/** Waits if the run takes long anyway. */
async function longAfterLastChange(session: Session, path: string): Promise<void> {
	for (;;) {
		const { headers, body } = await session.send('GET', `${path}?contacts_sample=false`);
		const now = Date.parse(headers.get('date') ?? '');
		const change = Date.parse(String(valueAt(body, 'updated_at')));
		const secondsLeft = (change - now) / 1000 + MINUTES_BETWEEN_UPDATES * 60 + 10;
		if (Number.isNaN(secondsLeft)) throw new NotSeen('the time of the latest change is not known');
		if (secondsLeft <= 0) return;
		if (!session.allows('contacts')) throw new NotSeen('only runs with --contacts take that long');
		await session.pause(Math.ceil(secondsLeft));
	}
}

/** Deletes the second segment, once. */
async function deleted(session: Session) {
	const { name, path } = await session.segment('second');
	const answer = await session.once('delete', () => session.send('DELETE', path));
	return { name, path, answer };
}

export const segmentDeletes: Expectation[] = [
	{
		id: 'delete',
		title: 'a segment is deleted',
		assumed: '202, no body',
		source: 'documented',
		run: async (session) => describeAnswer((await deleted(session)).answer),
	},
	{
		id: 'delete-rate-limit',
		title: 'the rate limit of deleting segments',
		assumed: 'limit 600, remaining number, reset in seconds',
		source: 'guessed',
		run: async (session) => rateLimitOf((await deleted(session)).answer),
	},
	{
		id: 'delete-read',
		title: 'a segment is read after it was deleted',
		assumed: '404 {errors: [{field: null, message: text}]}',
		source: 'guessed',
		run: async (session) =>
			describeAnswer(await session.send('GET', (await deleted(session)).path)),
	},
	{
		id: 'delete-listed',
		title: 'a deleted segment is not in the list',
		assumed: 'not in the list',
		source: 'guessed',
		run: async (session) => {
			const { name } = await deleted(session);
			const names = namesOf(await session.send('GET', SEGMENTS));
			return names.includes(name) ? 'still in the list' : 'not in the list';
		},
	},
	{
		id: 'delete-twice',
		title: 'a segment is deleted a second time',
		assumed: '404 {errors: [{field: null, message: text}]}',
		source: 'guessed',
		run: async (session) => {
			const { path } = await deleted(session);
			return describeAnswer(await session.send('DELETE', path));
		},
	},
];
