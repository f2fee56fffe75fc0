import { describeFields, valueAt } from './describe';
import { type Expectation, NotSeen } from './expectation';
import { firstEntry, rateLimitOf } from './common';

const LISTS = '/v3/marketing/lists';

export const lists: Expectation[] = [
	{
		id: 'lists',
		title: 'the contact lists',
		assumed: '200 {result: list, _metadata.self: URL}; one of them {id: UUID, name: text}',
		source: 'recorded',
		run: async (session) => {
			const { status, body } = await session.send('GET', `${LISTS}?page_size=2`);
			const list = firstEntry(body, 'result', 'the account has no contact list');
			return `${status} ${describeFields(body, ['result', '_metadata.self'])}; one of them ${describeFields(list, ['id', 'name'])}`;
		},
	},
	{
		id: 'lists-next-page',
		title: 'the second page of contact lists, by the address in _metadata.next',
		assumed: 'next is a URL with page_token; 200 {result: list}',
		source: 'documented',
		run: async (session) => {
			const next = valueAt(
				(await session.send('GET', `${LISTS}?page_size=1`)).body,
				'_metadata',
				'next',
			);
			if (next === undefined) throw new NotSeen('the account has fewer than two contact lists');
			const url = URL.canParse(String(next)) ? new URL(String(next)) : undefined;
			const token = url?.searchParams.get('page_token');
			if (!token) return 'next is no URL with page_token';
			const { status, body } = await session.send(
				'GET',
				`${LISTS}?page_size=1&page_token=${encodeURIComponent(token)}`,
			);
			return `next is a URL with page_token; ${status} ${describeFields(body, ['result'])}`;
		},
	},
	{
		id: 'lists-rate-limit',
		title: 'the rate limit of contact lists',
		assumed: 'limit 600, remaining number, reset in seconds',
		source: 'recorded',
		run: async (session) => rateLimitOf(await session.send('GET', `${LISTS}?page_size=1`)),
	},
];
