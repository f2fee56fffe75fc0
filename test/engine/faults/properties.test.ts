import * as fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { type Fault, type LoggedRequest, type Simulator, startSimulator } from '../../../simulator';
import { useClock } from '../../clock';
import { type NodeRunResult, runNode } from '../harness';
import { expectNoApiKeyInLogs, inBatches, itemOf, onErrorSettings } from './setup';

useClock();
expectNoApiKeyInLogs();

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const SEGMENTS = '/v3/marketing/segments/2\\.0';

/** The requests that the node may send, and nothing else. */
const ALLOWED = new RegExp(
	[
		`^POST ${SEGMENTS}$`,
		`^GET ${SEGMENTS}(\\?ids=${UUID}(&ids=${UUID})*)?$`,
		`^GET ${SEGMENTS}/${UUID}\\?contacts_sample=(true|false)$`,
		`^PATCH ${SEGMENTS}/${UUID}$`,
		`^DELETE ${SEGMENTS}/${UUID}$`,
		`^POST ${SEGMENTS}/refresh/${UUID}$`,
		'^POST /v3/marketing/singlesends/search\\?page_size=\\d+$',
	].join('|'),
);

const segmentIdOf = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;

/** Segments 0 to 5 exist, 6 and 7 do not. */
const EXISTING = 6;

const segmentId: fc.Arbitrary<unknown> = fc.oneof(
	{
		weight: 8,
		arbitrary: fc
			.tuple(fc.nat(7), fc.constantFrom('', ' ', '\t\n'), fc.boolean())
			.map(([number, blank, upper]) => {
				const id = segmentIdOf(number);
				return blank + (upper ? id.toUpperCase() : id) + blank;
			}),
	},
	{
		weight: 2,
		arbitrary: fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.webPath(),
			fc.constantFrom(
				'',
				'..',
				'../../api_keys',
				`${segmentIdOf(0)}/../${segmentIdOf(1)}`,
				`${segmentIdOf(0)}?ids=${segmentIdOf(1)}`,
				`${segmentIdOf(0)}%2f..`,
				`refresh/${segmentIdOf(0)}`,
				`${segmentIdOf(0)},${segmentIdOf(1)}`,
			),
			fc.jsonValue(),
			fc.uuid(),
		),
	},
);

const timeZone: fc.Arbitrary<unknown> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.constantFrom('DEFAULT', 'UTC', 'Europe/Berlin', 'us/eastern', 'Asia/Calcutta'),
	},
	{
		weight: 1,
		arbitrary: fc.oneof(fc.string(), fc.constantFrom('EST', '+05:30', 'local', null, 'Berlin')),
	},
);

const name = fc.oneof(
	{ weight: 4, arbitrary: fc.nat(9).map((number) => `Name ${number}`) },
	{ weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 120 }) },
);

const item = fc.record({ id: segmentId, zone: timeZone, name });

const limited = (reset: string) => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset });

/** What may go wrong, without the server telling lies about what it did. */
const fault: fc.Arbitrary<Fault> = fc
	.record({
		what: fc.constantFrom<Fault>(
			{ drop: 'beforeAnswer' },
			{ drop: 'beforeAnswer', apply: 'after' },
			{ drop: 'midHeaders' },
			{ drop: 'midHeaders', apply: 'after' },
			{ drop: 'midBody', apply: 'after' },
			{ status: 500, body: { error: 'internal' } },
			{ status: 500, apply: 'after' },
			{ status: 502, body: '<html>', contentType: 'text/html', apply: 'after' },
			{ status: 503, headers: { 'retry-after': '0' } },
			{ status: 408, apply: 'after' },
			{ status: 429, headers: limited('0') },
			{ status: 429, headers: limited('3600') },
			{ status: 429, headers: limited('1000000000') },
			{ status: 429, headers: limited('99999999999') },
			{ status: 404, body: '<html>', contentType: 'text/html' },
			{ status: 401 },
			{ status: 403 },
			{ status: 302, headers: { location: '/v3/api_keys' } },
			{ apply: 'after', body: '{"half' },
			{ apply: 'after', body: '[]' },
			{ latencyMs: 60 },
		),
		times: fc.integer({ min: 1, max: 4 }),
		/** Hits the requests of this number and later. */
		from: fc.nat(12),
	})
	.map(({ what, times, from }) => {
		let seen = 0;
		return { ...what, times, match: () => seen++ >= from };
	});

const query = { queryDsl: 'SELECT contact_id FROM contact_data' };

/** Besides the segment and the operation, which goes by its key unless it is among them. */
const parameters: Record<string, IDataObject> = {
	delete: {},
	deleteIgnoring: { operation: 'delete', options: { ignoreNotFound: true } },
	dryRun: { operation: 'delete', dryRun: true },
	refresh: { timeZone: '={{ $json.zone }}' },
	refreshSkipping: {
		operation: 'refresh',
		timeZone: '={{ $json.zone }}',
		whenLimitReached: 'skip',
	},
	get: {},
	update: { updateFields: { name: '={{ $json.name }}' } },
	create: { name: '={{ $json.name }}', ...query },
	upsert: { name: '={{ $json.name }}', ...query },
};

const scenario = fc.record({
	operation: fc.constantFrom(...Object.keys(parameters)),
	items: fc.array(item, { minLength: 1, maxLength: 14 }),
	onError: fc.constantFrom(...onErrorSettings),
	retryOnFail: fc.boolean(),
	batchSize: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 4, nil: undefined }),
	faults: fc.array(fault, { maxLength: 4 }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Whether the response says that the request was definitely not processed. */
const wasRefused = ({ status }: LoggedRequest) =>
	status !== undefined && status >= 300 && status < 500 && status !== 408;

/** Whether the account is in the state that the output claims. */
function matchesServerState(
	output: IDataObject,
	{ segments }: Simulator,
	{ operation, items }: Scenario,
): boolean {
	const segment = segments.get(output.segment_id as string);
	if (output.status === 'skipped') return !segment?.refreshes_used;
	if (output.status === 'accepted') return segment?.refreshes_used === 1;
	if ('would_delete' in output) return output.would_delete === true && segment !== undefined;
	if ('deleted' in output) return segment === undefined;
	if (operation === 'get') return segment?.name === output.segment_name;
	// Several items may rename one segment: its name is one of theirs.
	const names = items.map((one) => one.name.trim());
	return (
		segment !== undefined &&
		names.includes(segment.name) &&
		names.includes(output.segment_name as string)
	);
}

function check(scenario: Scenario, simulator: Simulator, run: NodeRunResult) {
	const { operation, items, onError } = scenario;
	const ends = [...run.success, ...run.failures];
	if (onError === 'stopWorkflow') {
		// Either an error and nothing, or all outputs.
		expect(ends).toHaveLength(run.error ? 0 : items.length);
		expect(run.status).toBe(run.error ? 'error' : 'success');
	} else {
		expect(run.error).toBeUndefined();
		expect(ends).toHaveLength(items.length);
	}
	const pairs = ends.map(itemOf).sort((a, b) => a - b);
	expect(pairs).toEqual([...ends.keys()]);

	for (const { json } of ends) {
		if (json.error) {
			const { message, description } = json.error as IDataObject;
			expect([message, description]).toEqual([expect.any(String), expect.any(String)]);
		} else {
			expect([json, matchesServerState(json, simulator, scenario)]).toEqual([json, true]);
		}
	}

	const sent = simulator.log.map(({ method, path }) => `${method} ${path}`);
	expect(sent.filter((request) => !ALLOWED.test(request))).toEqual([]);

	// A refresh that may have been processed is not sent again, nor is a create, one per item. Create or
	// Update looks for the segment before it sends again.
	const maybeProcessed = new Map<string, number>();
	const posts = operation === 'upsert' ? [] : simulator.requests('POST', '/segments/');
	for (const request of posts) {
		const key = `${request.pathname} ${nameIn(request) ?? ''}`;
		const before = maybeProcessed.get(key) ?? 0;
		const isRefresh = request.pathname.includes('/refresh/');
		const asked = isRefresh ? 1 : items.filter((one) => one.name === nameIn(request)).length;
		expect([key, before < asked]).toEqual([key, true]);
		if (!wasRefused(request)) maybeProcessed.set(key, before + 1);
	}

	expect(run.fullRunJson).not.toContain(simulator.keys.full);
}

const nameIn = ({ body }: LoggedRequest) => (body as IDataObject | undefined)?.name;

async function runScenario(given: Scenario) {
	const { operation, items, onError, retryOnFail, batchSize, faults } = given;
	const simulator = await startSimulator();
	try {
		for (let number = 0; number < EXISTING; number++) {
			simulator.addSegment({ id: segmentIdOf(number) });
		}
		for (const one of faults) simulator.fault(one);
		const run = await runNode({
			parameters: {
				operation,
				segmentId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
				...parameters[operation],
			} as INodeParameters,
			items: items as IDataObject[],
			credentials: { apiKey: simulator.keys.full, baseUrl: simulator.url },
			onError,
			retryOnFail,
			maxTries: 3,
			requestOptions: batchSize ? inBatches(batchSize, 5) : {},
			timezone: 'America/New_York',
		});
		check(given, simulator, run);
	} finally {
		await simulator.stop();
	}
}

/** Another seed, or more time, tries other scenarios: `FC_SEED=7 FC_MS=600000 npx jest …`. */
const seed = Number(process.env.FC_SEED ?? 5);
const timeMs = Number(process.env.FC_MS ?? 12_000);

it(
	'holds whatever the items, the settings and the faults are',
	async () => {
		const running: Array<Promise<void>> = [];
		// Several at once, since most of the time is waiting between tries.
		const together = fc.array(scenario, { minLength: 1, maxLength: 16, size: 'max' });
		await fc.assert(
			fc.asyncProperty(together, async (several) => {
				const these = several.map(runScenario);
				running.push(...these);
				await Promise.all(these);
			}),
			{
				seed,
				numRuns: 1_000_000,
				interruptAfterTimeLimit: timeMs,
				markInterruptAsFailure: false,
			},
		);
		// Those that the time limit left unfinished.
		await Promise.all(running);
		expect(running.length).toBeGreaterThan(16);
	},
	timeMs + 60_000,
);
