import type { IDataObject } from 'n8n-workflow';
import type { Fault, SimulatorKeys } from '../../../simulator';
import {
	byId,
	credentials,
	expectFailure,
	MISSING,
	run,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const named = { segment_id: MISSING };
const zoned = { ...named, user_time_zone: 'UTC' };

/** Every operation, and what its failures tell beside their words. */
const operations: Record<string, { parameters: IDataObject; details: IDataObject }> = {
	create: { parameters: { name: 'New', queryDsl: 'SELECT 1' }, details: {} },
	delete: { parameters: { options: { ifScheduled: 'delete' } }, details: named },
	get: { parameters: {}, details: named },
	getAll: { parameters: {}, details: {} },
	refresh: { parameters: { timeZone: 'UTC' }, details: zoned },
	update: { parameters: { updateFields: { name: 'New' } }, details: named },
	upsert: { parameters: { name: 'New', queryDsl: 'SELECT 1' }, details: {} },
};
const all = Object.keys(operations);
const withId = ['delete', 'get', 'refresh', 'update'];
const except = (operation: string) => all.filter((other) => other !== operation);

async function failureOf(operation: string, values = credentials()) {
	const result = await run(
		{ operation, segmentId: byId('={{ $json.id }}'), ...operations[operation].parameters },
		{ items: [{ id: MISSING }], credentials: values, onError: 'continueRegularOutput' },
	);
	expect(result.success).toHaveLength(1);
	for (const key of Object.values(simulator.keys)) expect(result.fullRunJson).not.toContain(key);
	return result.success[0];
}

type Row = {
	answer: Fault;
	of: string[];
	message: string;
	/** Opens the description, or is anywhere in it. */
	advice: string | RegExp;
};

const refused = (...messages: Array<[field: string | null, message: string]>) => ({
	errors: messages.map(([field, message]) => ({ field, message })),
});
const inAnHour = Math.floor(Date.now() / 1000) + 3600;
const resets = new Date(inAnHour * 1000).toISOString();

const rows: Row[] = [
	{
		answer: { status: 401, body: refused([null, 'authorization required']) },
		of: all,
		message: 'SendGrid rejected the API key',
		advice: 'Check the API key in the credential, or replace it',
	},
	{
		answer: { status: 403, body: refused([null, 'access forbidden']) },
		of: except('refresh'),
		message: 'The API key has no access to Marketing segments',
		advice: /add the scope "Marketing" to the key\. SendGrid said: "access forbidden"\./,
	},
	{
		answer: { status: 403 },
		of: ['refresh'],
		message: 'Manual refresh is not available to this API key or plan',
		advice:
			'Manual refresh requires the Marketing Campaigns Basic or Advanced plan and an API key with access to Marketing.',
	},
	{
		answer: { status: 404, body: { error: 'Segment does not exist.' } },
		of: withId,
		message: `Segment ${MISSING} does not exist`,
		advice: 'It may have been deleted. Choose the segment from the list.',
	},
	{
		answer: {
			status: 400,
			body: refused(
				['query_dsl', 'unexpected token'],
				['user_time_zone', 'not known'],
				['parent_list_ids', 'too many'],
				['segment_id', 'bad'],
				['another', 'odd'],
				[null, 'and more'],
			),
		},
		of: all,
		message:
			"'SQL Query': unexpected token; 'Time Zone': not known; 'Parent List': too many; 'Segment': bad; 'another': odd; and more",
		advice: 'SendGrid rejected the request.',
	},
	{
		answer: { status: 429, headers: { 'x-ratelimit-reset': String(inAnHour) } },
		of: except('refresh'),
		message: "SendGrid's rate limit is reached",
		advice: `It resets at ${resets}. Try again after that.`,
	},
	{
		answer: { status: 422, body: refused([null, 'no']) },
		of: all,
		message: 'SendGrid refused the request (422)',
		advice: `SendGrid said: "no". Check the credential's Base URL.`,
	},
	{
		answer: { status: 302, headers: { location: '/v3/api_keys' } },
		of: all,
		message: 'SendGrid answered with a redirect (302)',
		advice: "It was not followed. Check the credential's Base URL.",
	},
	{
		answer: { status: 404, contentType: 'text/html', body: '<html>Not Found</html>' },
		of: all,
		message: 'The response did not come from SendGrid',
		advice: "Check the credential's Base URL, and the proxy if you use one.",
	},
];

it.each(rows.map((row) => ({ ...row, status: row.answer.status, body: row.answer.body })))(
	'$status $body: $message',
	async ({ answer, of, message, advice }) => {
		simulator.fault({ ...answer, times: Infinity });
		const items = await Promise.all(of.map((operation) => failureOf(operation)));

		for (const [index, operation] of of.entries()) {
			expectFailure(items[index], {
				message,
				description:
					typeof advice === 'string'
						? expect.stringContaining(advice)
						: expect.stringMatching(advice),
				http_status: answer.status,
				...operations[operation].details,
			});
		}
		// Refresh looks at the segment first, and sends nothing more where that settles it.
		const isSettled = answer.status === 401 || (answer.status === 404 && !answer.contentType);
		expect(sent()).toHaveLength(of.length + (of.includes('refresh') && !isSettled ? 1 : 0));
	},
);

it.each<[keyof SimulatorKeys, string[], number, string]>([
	['revoked', all, 401, 'SendGrid rejected the API key'],
	['noMarketing', all, 403, 'The API key has no access to Marketing segments'],
	['freePlan', ['refresh'], 403, 'Manual refresh is not available to this API key or plan'],
])('a key that is %s', async (key, of, status, message) => {
	simulator.addSegment({ id: MISSING });
	for (const operation of of) {
		const values = { ...credentials(), apiKey: simulator.keys[key] };
		expectFailure(await failureOf(operation, values), {
			message,
			http_status: status,
			...operations[operation].details,
		});
	}
	// Refresh reads first, which a key of a free plan may.
	expect(sent()).toHaveLength(key === 'revoked' ? all.length : of.length + 1);
});

it('quotes no more of a long answer than people read', async () => {
	simulator.fault({ status: 400, body: { error: 'x'.repeat(100_000) } });
	const { json } = await failureOf('get');
	expect((json.error as IDataObject).message).toHaveLength(501);
});
