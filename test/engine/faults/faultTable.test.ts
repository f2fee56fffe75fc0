import { type Fault, type Simulator, startSimulator } from '../../../simulator';
import { useClock } from '../../clock';
import { type NodeRun, runNode } from '../harness';
import {
	allOperations,
	byTitle,
	createItems,
	credentials,
	expectNoApiKeyInLogs,
	faulted,
	type Item,
	itemOf,
	methodsOf,
	type Operation,
	operations,
	resultOf,
	run,
	withoutTrueOutput,
} from './setup';

useClock();
expectNoApiKeyInLogs();

/** Of each kind of operation: how often the request arrives, and what becomes of the item. */
interface Expected {
	message?: string;
	read: string;
	repeatable: string;
	once: string;
	/** By title: operations that differ from their kind. */
	but?: Record<string, string>;
}

const every = (result: string) => ({ read: result, repeatable: result, once: result });

/** The response is lost each time; `once` must not be sent again. */
const lost = (message: string): Expected => ({
	message,
	read: '3 × refused',
	repeatable: '3 × uncertain',
	once: '1 × uncertain',
});

/** The response is lost the first time. */
const lostOnce = (message: string): Expected => ({
	message,
	...every('2 × succeeded'),
	once: '1 × uncertain',
});

/** A response that another attempt would not better, although the request was processed. */
const unreadable = (message = "SendGrid's response could not be read"): Expected => ({
	message,
	...every('1 × uncertain'),
	read: '1 × refused',
});

const refused = (message: string): Expected => ({ message, ...every('1 × refused') });

/** The general rate limit, which uses no attempts. */
const RATE_LIMITED = "SendGrid's rate limit was reached";
const refusedTenTimes = { message: RATE_LIMITED, ...every('10 × refused') };
const sentAfterReset = every('2 × succeeded');

/** A refresh has a limit of its own, which the segment's counts show. */
const limitedForLong: Expected = {
	...refused(RATE_LIMITED),
	but: { refresh: '1 × refused: The account has used its 10 refreshes for today' },
};

/** How SendGrid refuses a second change within five minutes, if it does so with a 429. */
const tooSoon = '1 × refused: The segment was changed a short time ago';

/** Only the status of these successes counts. */
const statusCounts = { delete: '1 × succeeded', refresh: '1 × succeeded' };

const UNREACHABLE = 'SendGrid could not be reached';
const NOT_SENDGRID = 'The response did not come from SendGrid';

const page = (status: number): Fault => ({
	status,
	body: `<html><body><h1>${status}</h1></body></html>`,
	contentType: 'text/html',
});

/** A success, carried out, whose body is not what it should be. */
const success =
	(body: string, contentType?: string): Faulty =>
	(_, { title, faultedMethod }) => {
		const isCreation = title === 'create' || title === 'create or update: new';
		const hasBody = faultedMethod === 'GET' || faultedMethod === 'PATCH';
		return { apply: 'after', status: isCreation ? 201 : hasBody ? 200 : 202, body, contentType };
	};

const redirect =
	(status: number): Faulty =>
	({ url }) => ({ status, headers: { location: `${url}/v3/marketing/segments/2.0?elsewhere=1` } });

const redirected = (status: number) => refused(`SendGrid returned a redirect (${status})`);

const tooMany = (headers: Record<string, string | null>, times?: number): Fault => ({
	status: 429,
	headers: { 'x-ratelimit-remaining': '0', ...headers },
	times,
});

const noRateLimitHeaders = {
	'x-ratelimit-limit': null,
	'x-ratelimit-remaining': null,
	'x-ratelimit-reset': null,
};

type Faulty = Fault | Fault[] | ((simulator: Simulator, operation: Operation) => Fault);

/** What goes wrong with one item's request, each time unless `times` says otherwise. */
const faults: Array<[fault: string, how: Faulty, expected: Expected, requestOptions?: object]> = [
	// Connections
	['reset, not carried out', { drop: 'beforeAnswer' }, lost(UNREACHABLE)],
	// The second attempt of a delete finds the segment gone: the first has deleted it.
	[
		'reset once, carried out',
		{ drop: 'beforeAnswer', apply: 'after', times: 1 },
		lostOnce(UNREACHABLE),
	],
	['closed in the middle of the headers', { drop: 'midHeaders' }, lost(UNREACHABLE)],
	[
		'reset in the middle of the body, carried out',
		{ drop: 'midBody', apply: 'after' },
		{ ...lost("SendGrid's response could not be read"), but: statusCounts },
	],
	[
		'reset in the middle of the body of a 500',
		{ status: 500, body: { error: 'internal' }, drop: 'midBody' },
		lost('SendGrid returned 500'),
	],
	['no response in time', { hang: true }, lost(UNREACHABLE), { timeout: 5000 }],
	[
		'no response in time once, carried out',
		{ hang: true, apply: 'after', times: 1 },
		lostOnce(UNREACHABLE),
		{ timeout: 5000 },
	],

	// 429
	['429, reset in 0 seconds', tooMany({ 'x-ratelimit-reset': '0' }), refusedTenTimes],
	['429 once, reset in 1 second', tooMany({ 'x-ratelimit-reset': '1' }, 1), sentAfterReset],
	['429, reset in 120 seconds', tooMany({ 'x-ratelimit-reset': '120' }), limitedForLong],
	[
		'429, Retry-After in 0 seconds',
		tooMany({ 'x-ratelimit-reset': null, 'retry-after': '0' }),
		refusedTenTimes,
	],
	[
		'429, Retry-After of two minutes',
		{ status: 429, headers: { ...noRateLimitHeaders, 'retry-after': '120' } },
		limitedForLong,
	],
	[
		'429 without a reset',
		{ status: 429, headers: noRateLimitHeaders },
		{
			...limitedForLong,
			but: { ...limitedForLong.but, update: tooSoon, 'create or update: existing': tooSoon },
		},
	],

	// SendGrid cannot process it now
	['408', { status: 408 }, lost('SendGrid refused the request (408)')],
	['500', { status: 500, body: { error: 'internal' } }, lost('SendGrid returned 500')],
	[
		'500 once, carried out',
		{ status: 500, apply: 'after', times: 1 },
		lostOnce('SendGrid returned 500'),
	],
	['502 with a page', page(502), lost('SendGrid returned 502')],
	['503', { status: 503 }, lost('SendGrid returned 503')],
	[
		'503 once, Retry-After in a second',
		{ status: 503, headers: { 'retry-after': '1' }, times: 1 },
		lostOnce('SendGrid returned 503'),
	],
	[
		'503, Retry-After of two minutes',
		{ status: 503, headers: { 'retry-after': '120' } },
		unreadable('SendGrid returned 503'),
	],

	// A success that is none
	['a success without a body', success(''), { ...unreadable(), but: statusCounts }],
	['a success with half a body', success('{"id": "5'), { ...unreadable(), but: statusCounts }],
	['a success with null', success('null'), { ...unreadable(), but: statusCounts }],
	['a success with a list', success('[]'), { ...unreadable(), but: statusCounts }],
	[
		'a success with fields of the wrong type',
		success('{"id": 5, "job_id": {}, "results": {"0": {}}}'),
		{ ...unreadable(), but: statusCounts },
	],
	[
		'a list of segments without IDs',
		success('{"results": [{"name": "No ID"}], "id": ""}'),
		{ ...unreadable(), but: statusCounts },
	],
	['a success with a page', success('<html>Welcome</html>', 'text/html'), unreadable(NOT_SENDGRID)],
	[
		'200 with JSON of the wrong shape',
		{ apply: 'after', status: 200, body: { ok: true } },
		{ ...unreadable(), but: statusCounts },
	],
	...[200, 201, 202, 206].map((status): [string, Faulty, Expected] => [
		`carried out and answered with ${status}`,
		{ apply: 'after', status },
		every('1 × succeeded'),
	]),

	// Refused by SendGrid
	...[301, 302, 303, 307, 308].map(
		(status) => [`${status}`, redirect(status), redirected(status)] as [string, Faulty, Expected],
	),
	['304', { status: 304 }, redirected(304)],
	[
		'400',
		{ status: 400, body: { errors: [{ field: 'name', message: 'is odd' }] } },
		refused("'Name': is odd"),
	],
	['401', { status: 401 }, refused('SendGrid rejected the API key')],
	[
		'403',
		{ status: 403 },
		{
			...refused('The API key has no access to Marketing segments'),
			but: { refresh: '1 × refused: Manual refresh is not available to this API key or plan' },
		},
	],
	[
		'404',
		{ status: 404, body: { errors: [{ message: 'not found' }] } },
		{
			...refused('Segment <id> does not exist'),
			once: '1 × refused: SendGrid refused the request (404)',
			but: {
				refresh: '1 × refused: Segment <id> does not exist',
				'get many': '1 × refused: SendGrid refused the request (404)',
			},
		},
	],
	['409', { status: 409 }, refused('SendGrid refused the request (409)')],

	// Refused by what is between n8n and SendGrid
	...[401, 403, 404].map(
		(status) =>
			[`a page with ${status}`, page(status), refused(NOT_SENDGRID)] as [string, Faulty, Expected],
	),
	['a page without content, 404', { status: 404, contentType: 'text/html' }, refused(NOT_SENDGRID)],
	['404 with JSON of another server', { status: 404, body: { ok: false } }, refused(NOT_SENDGRID)],
	[
		'a page with 404 after a 502, not carried out',
		[{ ...page(502), times: 1 }, page(404)],
		{
			message: NOT_SENDGRID,
			read: '2 × refused',
			repeatable: '2 × uncertain',
			once: '1 × uncertain: SendGrid returned 502',
		},
	],
];

interface FaultRun {
	operation: Operation;
	/** The fault is for the second; the first and the last have none. */
	items: Item[];
	result: Awaited<ReturnType<typeof runNode>>;
}

async function runWithFault(
	simulator: Simulator,
	operation: Operation,
	how: Faulty,
	settings: Partial<NodeRun>,
): Promise<FaultRun> {
	const items = createItems(operation, 3, simulator);
	const fault = typeof how === 'function' ? how(simulator, operation) : how;
	for (const one of [fault].flat()) {
		const match = faulted(operation, items[1]);
		simulator.fault({ ...one, times: one.times ?? Infinity, match });
	}
	const result = await run(operation, items, {
		credentials: credentials(simulator),
		evaluate: "={{ $('Source').item.json.id }}",
		...settings,
	});
	const idsOf = (ends: typeof result.success) => ends.map((end) => items[itemOf(end)].id);
	expect(result.evaluated.success).toEqual(idsOf(result.success));
	expect(result.evaluated.failures).toEqual(idsOf(result.failures));
	expect(result.fullRunJson).not.toContain(simulator.keys.full);
	return { operation, items, result };
}

/** "3 × uncertain: SendGrid returned 500", followed by what is wrong in any case. */
function describeFaulted({ operation, items, result }: FaultRun, simulator: Simulator): string {
	const { faultedMethod, requests } = operation;
	const item = items[1];
	const { outcome, output, message } = resultOf(result, 1);
	const sent = methodsOf(item, simulator);
	const count = sent.filter((method) => method === faultedMethod).length;
	const next = requests.slice(requests.indexOf(faultedMethod) + 1);
	const isFalse = output && !operation.matchesServerState(output, simulator, item);
	return [
		`${count} × ${outcome}`,
		message && `: ${message.replace(item.id, '<id>')}`,
		isFalse && ', but the account is not in the state that the output claims',
		message && next.some((method) => sent.includes(method)) && `, followed by ${next.join()}`,
	]
		.filter(Boolean)
		.join('');
}

function expectedOf({ title, kind }: Operation, { message, but, ...byKind }: Expected): string {
	const expected = but?.[title] ?? byKind[kind];
	return expected.endsWith('succeeded') || expected.includes(':')
		? expected
		: `${expected}: ${message}`;
}

/** Each operation has one item with the fault between two that must not notice it. */
it.each(faults)('%s', async (_, how, expected, requestOptions = {}) => {
	const simulator = await startSimulator();
	const runs = await Promise.all(
		allOperations.map(
			async (operation) =>
				await runWithFault(simulator, operation, how, {
					requestOptions: requestOptions as NodeRun['requestOptions'],
				}),
		),
	);
	await simulator.stop();

	const byOperation = (describe: (faultRun: FaultRun) => unknown) =>
		Object.fromEntries(runs.map((faultRun) => [faultRun.operation.title, describe(faultRun)]));
	expect(byOperation((faultRun) => describeFaulted(faultRun, simulator))).toEqual(
		byOperation(({ operation }) => expectedOf(operation, expected)),
	);
	const isOther = ({ index }: { index: number }) => index !== 1;
	const unaffected = ({ operation, items, result }: FaultRun) => ({
		wrong: withoutTrueOutput(operation, result, items, simulator).filter(isOther),
		sent: [items[0], items[2]].map((item) => methodsOf(item, simulator)),
	});
	expect(byOperation(unaffected)).toEqual(
		byOperation(({ operation: { requests } }) => ({ wrong: [], sent: [requests, requests] })),
	);
	expect(simulator.requests(undefined, 'elsewhere')).toEqual([]);
});

// The look-up before a delete would be what is refused.
const { deletion, refresh, get, getMany, create, update } = operations;
const options = { ifScheduled: 'delete' };
const direct = { ...deletion, parameters: { ...deletion.parameters, options } };

it.each(byTitle([direct, refresh, get, getMany, create, update]))(
	'%s, connection refused: three attempts, nothing was changed',
	async (_, operation) => {
		const items = [{ id: '5f8e0c5e-0000-4000-8000-000000000001' }];
		const values = { apiKey: 'SG.key', baseUrl: 'http://127.0.0.1:1' };
		const result = await run(operation, items, { credentials: values });
		const { outcome, message, description } = resultOf(result, 0);
		expect([outcome, message]).toEqual(['refused', UNREACHABLE]);
		expect(description).toMatch(/ECONNREFUSED.*The request was sent 3 times\./);
		expect(result.fullRunJson).not.toContain('SG.key');
	},
);
