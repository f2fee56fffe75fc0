import { describeAnswer, describeFields, valueAt } from './describe';
import { type Expectation, NotSeen } from './expectation';
import { firstEntry } from './common';
import type { Session } from './session';

const SINGLE_SENDS = '/v3/marketing/singlesends';

async function searchScheduled(session: Session) {
	return await session.send('POST', `${SINGLE_SENDS}/search?page_size=2`, {
		status: ['scheduled'],
	});
}

export const singleSends: Expectation[] = [
	{
		id: 'single-sends',
		title: 'a search for scheduled Single Sends',
		assumed: '200 with a result',
		source: 'documented',
		run: async (session) => {
			const { status, body } = await searchScheduled(session);
			return `${status} ${Array.isArray(valueAt(body, 'result')) ? 'with a result' : 'without a result'}`;
		},
	},
	{
		id: 'single-sends-found',
		title: 'what the search says about a scheduled Single Send',
		assumed: '{id: UUID, name: text, send_at: time, status: "scheduled"}',
		source: 'documented',
		run: async (session) => {
			const { body } = await searchScheduled(session);
			const found = firstEntry(body, 'result', 'the account has no scheduled Single Send');
			return describeFields(found, ['id', 'name', 'send_at'], ['status']);
		},
	},
	{
		id: 'single-send-recipients',
		title: 'the recipients of a scheduled Single Send',
		assumed: '200 {send_to.segment_ids: list, send_to.all: boolean}',
		source: 'documented',
		run: async (session) => {
			const found = firstEntry(
				(await searchScheduled(session)).body,
				'result',
				'the account has no scheduled Single Send',
			);
			const id = valueAt(found, 'id');
			if (typeof id !== 'string') throw new NotSeen('the Single Send has no ID');
			const { status, body } = await session.send(
				'GET',
				`${SINGLE_SENDS}/${encodeURIComponent(id)}`,
			);
			// Without a segment the list is empty, null or left out.
			const segments = Array.isArray(valueAt(body, 'send_to', 'segment_ids'))
				? 'list'
				: String(valueAt(body, 'send_to', 'segment_ids'));
			return `${status} {send_to.segment_ids: ${segments}, send_to.all: ${typeof valueAt(body, 'send_to', 'all')}}`;
		},
	},
	{
		id: 'single-send-unknown',
		title: 'a Single Send that does not exist',
		assumed: '404 {errors: [{field: null, message: text}]}',
		source: 'guessed',
		run: async (session) =>
			describeAnswer(await session.send('GET', `${SINGLE_SENDS}/${session.unknownId}`)),
	},
];
