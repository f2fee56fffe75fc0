import { describeAnswer, describeFields, valueAt } from './describe';
import { type Expectation, NotSeen } from './expectation';
import { SEGMENTS } from './guard';
import type { Session } from './session';

const UTC = { user_time_zone: 'UTC' };

async function refresh(session: Session, id: string, body: object = UTC) {
	return await session.send('POST', `${SEGMENTS}/refresh/${id}`, body);
}

/** Refreshes the first segment, once. */
async function refreshed(session: Session) {
	const { id, path } = await session.segment('first');
	return await session.once('refresh', async () => {
		// A refresh is told by a later sample, so there must be one.
		const before = await session.poll(
			path,
			({ body }) => valueAt(body, 'sample_updated_at') !== null,
			{ notYet: 'the segment was not counted', times: 20, seconds: 3 },
		);
		const answer = await refresh(session, id);
		return { path, answer, sampledBefore: String(valueAt(before.body, 'sample_updated_at')) };
	});
}

async function accepted(session: Session) {
	const { path, answer, sampledBefore } = await refreshed(session);
	if (answer.status < 200 || answer.status > 299) {
		throw new NotSeen(`the refresh was refused (${answer.status})`);
	}
	return { path, sampledBefore };
}

/** Uses one refresh if all goes as assumed, and never more than the guard allows. */
export const refreshes: Expectation[] = [
	{
		id: 'refresh-unknown',
		title: 'a segment that does not exist is refreshed',
		assumed: '404 {error: "Segment does not exist."}',
		source: 'documented',
		needs: 'refresh',
		run: async (session) => {
			const answer = await refresh(session, session.unknownId);
			return valueAt(answer.body, 'error') === undefined
				? describeAnswer(answer)
				: `${answer.status} ${describeFields(answer.body, [], ['error'])}`;
		},
	},
	{
		id: 'refresh-zone',
		title: 'a segment is refreshed with a time zone that does not exist',
		assumed: '400 {errors: [{field: text, message: text}]}',
		source: 'guessed',
		needs: 'refresh',
		run: async (session) => {
			const { id } = await session.segment('first');
			return describeAnswer(await refresh(session, id, { user_time_zone: 'Nowhere/Never' }));
		},
	},
	{
		id: 'refresh',
		title: 'a segment is refreshed',
		assumed: '202 {job_id: UUID}',
		source: 'documented',
		needs: 'refresh',
		run: async (session) => describeAnswer((await refreshed(session)).answer),
	},
	{
		id: 'refresh-counts',
		title: 'what a refreshed segment says about its refreshes',
		assumed: '200 {last_refreshed_at: time, refreshes_used: 1, max_refreshes: 2}',
		source: 'documented',
		needs: 'refresh',
		run: async (session) => {
			const { path } = await accepted(session);
			const { status, body } = await session.send('GET', `${path}?contacts_sample=false`);
			return `${status} ${describeFields(body, ['last_refreshed_at'], ['refreshes_used', 'max_refreshes'])}`;
		},
	},
	{
		id: 'refresh-again',
		title: 'a segment is refreshed a second time within the hour',
		assumed: '429, no body; retry-after missing, requests remaining',
		source: 'guessed',
		needs: 'refresh',
		run: async (session) => {
			await accepted(session);
			const { id } = await session.segment('first');
			const answer = await refresh(session, id);
			const remaining = answer.headers.get('x-ratelimit-remaining');
			const left = remaining === null ? 'no' : remaining === '0' ? 'no more' : '';
			return `${describeAnswer(answer)}; retry-after ${answer.headers.get('retry-after') ?? 'missing'}, ${left}${left && ' '}requests remaining`;
		},
	},
	{
		id: 'refresh-done',
		title: 'a refreshed segment gets a later sample_updated_at within three minutes',
		assumed: 'later',
		source: 'documented',
		needs: 'refresh',
		run: async (session) => {
			const { path, sampledBefore } = await accepted(session);
			const { status } = await session.poll(
				`${path}?contacts_sample=false`,
				({ status, body }) => status !== 200 || sampledAfter(body, sampledBefore),
				{ notYet: 'not later', times: 18, seconds: 10 },
			);
			return status === 200 ? 'later' : `the segment was not read (${status})`;
		},
	},
];

function sampledAfter(body: unknown, instant: string): boolean {
	return Date.parse(String(valueAt(body, 'sample_updated_at'))) > Date.parse(instant);
}
