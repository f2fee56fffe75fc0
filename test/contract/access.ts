import { describeAnswer, describeFields } from './describe';
import type { Expectation } from './expectation';
import { SEGMENTS } from './guard';

const WRONG_KEY = `SG.${'x'.repeat(22)}.${'x'.repeat(43)}`;

/** What a key may do, and how one that is not valid is refused. */
export const access: Expectation[] = [
	{
		id: 'scopes',
		title: 'the scopes of the key',
		assumed: '200 {scopes: list}',
		source: 'documented',
		run: async (session) => {
			const { status, body } = await session.send('GET', '/v3/scopes');
			return `${status} ${describeFields(body, ['scopes'])}`;
		},
	},
	{
		id: 'wrong-key',
		title: 'a request with a key that does not exist',
		assumed: '401 {errors: [{field: null, message: text}]}',
		source: 'documented',
		run: async (session) =>
			describeAnswer(await session.send('GET', SEGMENTS, undefined, WRONG_KEY)),
	},
];
