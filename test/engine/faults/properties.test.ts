import * as fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { type Fault, type LoggedRequest, type Simulator, startSimulator } from '../../../simulator';
import { type NodeRunResult, runNode } from '../harness';
import { itemOf, keepsKeyOutOfLog, onErrorSettings } from './support';

keepsKeyOutOfLog();

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const SEGMENTS = '/v3/marketing/segments/2\\.0';

/** The six requests of the API, and nothing else. */
const SIX = new RegExp(
	[
		`^POST ${SEGMENTS}$`,
		`^GET ${SEGMENTS}(\\?ids=${UUID}(&ids=${UUID})*)?$`,
		`^GET ${SEGMENTS}/${UUID}\\?contacts_sample=(true|false)$`,
		`^PATCH ${SEGMENTS}/${UUID}$`,
		`^DELETE ${SEGMENTS}/${UUID}$`,
		`^POST /v3/marketing/singlesends/search\\?page_size=50$`,
		`^POST ${SEGMENTS}/refresh/${UUID}$`,
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

const soon = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' };
const late = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '99999999999' };

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
			{ status: 429, headers: soon },
			{ status: 429, headers: late },
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

const rl = (value: string) => ({ __rl: true, mode: 'id', value });

const parameters: Record<string, IDataObject> = {
	delete: { segmentId: rl('={{ $json.id }}') },
	deleteKeeping: {
		operation: 'delete',
		segmentId: rl('={{ $json.id }}'),
		options: { returnDefinition: true },
	},
	deleteIgnoring: {
		operation: 'delete',
		segmentId: rl('={{ $json.id }}'),
		options: { ignoreNotFound: true },
	},
	dryRun: {
		operation: 'delete',
		segmentId: rl('={{ $json.id }}'),
		options: { dryRun: true },
	},
	refresh: { segmentId: rl('={{ $json.id }}'), timeZone: rl('={{ $json.zone }}') },
	refreshSkipping: {
		operation: 'refresh',
		segmentId: rl('={{ $json.id }}'),
		timeZone: rl('={{ $json.zone }}'),
		options: { whenLimitReached: 'skip' },
	},
	get: { segmentId: rl('={{ $json.id }}') },
	update: { segmentId: rl('={{ $json.id }}'), updateFields: { name: '={{ $json.name }}' } },
	create: { name: '={{ $json.name }}', queryDsl: 'SELECT contact_id FROM contact_data' },
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

/** Whether an answer says that the request was surely not carried out. */
const wasTurnedAway = ({ status }: LoggedRequest) =>
	status !== undefined && status >= 300 && status < 500 && status !== 408;

/** Whether what the output claims is so. */
function isTrue(output: IDataObject, simulator: Simulator): boolean {
	const { segments } = simulator;
	if (output.status === 'skipped') return output.job_id === null;
	if (output.status === 'accepted') {
		return (segments.get(output.segment_id as string)?.refreshes_used ?? 0) === 1;
	}
	if (output.dry_run) return segments.has(output.segment_id as string);
	if ('deleted' in output) return !segments.has(output.segment_id as string);
	// Several items may rename one segment: the last word is one of theirs.
	return segments.has(output.id as string);
}

function check({ items, onError }: Scenario, simulator: Simulator, run: NodeRunResult) {
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
			expect([json, isTrue(json, simulator)]).toEqual([json, true]);
		}
	}

	const sent = simulator.log.map(({ method, path }) => `${method} ${path}`);
	expect(sent.filter((request) => !SIX.test(request))).toEqual([]);

	// A refresh that may have been carried out is not sent again, nor is a create, one per item.
	const mayHaveArrived = new Map<string, number>();
	for (const request of simulator.requests('POST')) {
		const key = `${request.pathname} ${nameIn(request) ?? ''}`;
		const before = mayHaveArrived.get(key) ?? 0;
		const isRefresh = request.pathname.includes('/refresh/');
		const asked = isRefresh ? 1 : items.filter((one) => one.name === nameIn(request)).length;
		expect([key, before < asked]).toEqual([key, true]);
		if (!wasTurnedAway(request)) mayHaveArrived.set(key, before + 1);
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
		const batching = batchSize && { batch: { batchSize, batchInterval: 5 } };
		const run = await runNode({
			parameters: { operation, ...parameters[operation] } as INodeParameters,
			items: items as IDataObject[],
			credentials: { apiKey: simulator.keys.full, baseUrl: simulator.url },
			onError,
			retryOnFail,
			maxTries: 3,
			requestOptions: batching ? { batching } : {},
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
