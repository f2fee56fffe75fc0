import { setTimeout as sleep } from 'node:timers/promises';
import type { IDataObject } from 'n8n-workflow';
import { type Fault, type SegmentRecord, type Simulator, startSimulator } from '../../../simulator';
import { type NodeRun, type NodeRunResult, startNode } from '../harness';
import { byId, expectFailure, jsonOf, MISSING } from '../helpers';

/**
 * Waits take real time, 5 seconds at least from read to read. So all of them go on at once from the
 * start of this file, each with a SendGrid of its own, and the tests look at what came of them.
 */
class Waiting {
	result!: NodeRunResult;

	ids: string[] = [];

	cancelledAt = NaN;

	endedAt = NaN;

	constructor(readonly simulator: Simulator) {}

	/** Segments whose sample is an hour old and that hold 5 contacts. */
	addSegments(count: number, partial: Partial<SegmentRecord> = {}) {
		const sample_updated_at = new Date(Date.now() - 3_600_000).toISOString();
		const segment = { sample_updated_at, contacts_count: 5, nextContactsCount: 8, ...partial };
		this.ids = this.simulator.addSegments(count, () => ({ ...segment })).map(({ id }) => id);
		return this;
	}

	fault(method: string, fault: Fault) {
		this.simulator.fault({ ...fault, match: (request) => request.method === method });
		return this;
	}

	/** Acts when the read with this number arrives, the one before the refresh being 1. */
	beforeRead(number: number, act: () => void) {
		this.simulator.fault({
			match: ({ method }) => {
				if (method === 'GET' && this.reads() === number) act();
				return false;
			},
		});
		return this;
	}

	completeBeforeRead(number: number) {
		return this.beforeRead(number, () => this.simulator.completeRefreshes());
	}

	reads = (id = '') => this.simulator.requests('GET', id).length;

	posts = () => this.simulator.requests('POST');

	/** What the node does with one item per segment, or with the items given. */
	start = async (
		options: IDataObject,
		settings: Partial<NodeRun> & { items?: IDataObject[] } = {},
	) =>
		await startNode({
			parameters: {
				operation: 'refresh',
				segmentId: byId('={{ $json.id }}'),
				timeZone: byId('UTC'),
				options: { waitForCompletion: true, ...options } as never,
			},
			items: this.ids.map((id) => ({ id })),
			credentials: { apiKey: this.simulator.keys.full, baseUrl: this.simulator.url },
			...settings,
		});

	async run(options: IDataObject, settings?: Partial<NodeRun>) {
		const { finished } = await this.start(options, settings);
		await this.end(finished);
	}

	async end(finished: Promise<NodeRunResult>) {
		this.result = await finished;
		this.endedAt = Date.now();
	}

	/** The only item's output. */
	get json() {
		expect(this.result.error).toBeUndefined();
		expect(this.result.success).toHaveLength(1);
		return this.result.success[0].json;
	}

	output = (status: string, rest: IDataObject = {}) => ({
		status,
		job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
		segment_id: this.ids[0],
		user_time_zone: 'UTC',
		...rest,
	});

	sample = (index = 0) => this.simulator.segments.get(this.ids[index])?.sample_updated_at;
}

const open: Simulator[] = [];

async function waiting() {
	const simulator = await startSimulator({ refreshSeconds: Infinity });
	open.push(simulator);
	return new Waiting(simulator);
}

const soon = { timeoutSeconds: 1, pollSeconds: 5 };
const polls = { timeoutSeconds: 6, pollSeconds: 5 };

const scenarios = {
	async completes(wait: Waiting) {
		await wait.addSegments(1).completeBeforeRead(2).run(soon);
	},
	async runsOutOfTime(wait: Waiting) {
		wait.addSegments(1);
		const segment = wait.simulator.segments.get(wait.ids[0])!;
		await wait.beforeRead(2, () => (segment.contacts_count = 6)).run(soon);
	},
	async polls(wait: Waiting) {
		await wait.addSegments(1).run({ timeoutSeconds: 11, pollSeconds: 5 });
	},
	async everyReadFails(wait: Waiting) {
		await wait.addSegments(1).fault('GET', { status: 500, times: Infinity }).run(soon);
	},
	async everyConnectionIsKilled(wait: Waiting) {
		wait.addSegments(1).fault('GET', { drop: 'beforeAnswer', times: Infinity });
		await wait.run(soon);
	},
	async everyReadIsBroken(wait: Waiting) {
		await wait.addSegments(1).fault('GET', { drop: 'midBody', times: Infinity }).run(soon);
	},
	async aReadHangs(wait: Waiting) {
		wait.addSegments(1).fault('GET', {});
		await wait.fault('GET', { hang: true }).run(soon);
	},
	async firstReadFails(wait: Waiting) {
		wait.addSegments(1).fault('GET', { status: 500 });
		await wait.completeBeforeRead(2).run(soon);
	},
	async firstReadFailsAndNothingIsNew(wait: Waiting) {
		await wait.addSegments(1).fault('GET', { status: 404 }).run(soon);
	},
	async firstReadHasNoSample(wait: Waiting) {
		wait.addSegments(1, { sample_updated_at: undefined }).completeBeforeRead(2);
		await wait.run(soon);
	},
	async oneReadFails(wait: Waiting) {
		wait.addSegments(1).fault('GET', {}).fault('GET', { drop: 'beforeAnswer' });
		await wait.completeBeforeRead(3).run(polls);
	},
	async noJobId(wait: Waiting) {
		wait.addSegments(1).fault('POST', { apply: 'after', status: 202, body: 'OK' });
		await wait.completeBeforeRead(2).run(soon);
	},
	async manyItems(wait: Waiting) {
		wait.addSegments(3);
		const [done] = wait.simulator.segments.values();
		wait.beforeRead(4, () => (done.sample_updated_at = new Date().toISOString()));
		const items = Array.from({ length: 500 }, (_, n) => ({ id: wait.ids[n % 3] }));
		await wait.run(polls, { items });
	},
	async moreThanAreUnderWay(wait: Waiting) {
		await wait.addSegments(8).run({ timeoutSeconds: 10, pollSeconds: 60 });
	},
	async limitIsReached(wait: Waiting) {
		wait.addSegments(1, { last_refreshed_at: new Date().toISOString() });
		await wait.run({ ...polls, whenLimitReached: 'skip' });
	},
	async isCancelled(wait: Waiting) {
		wait.addSegments(2);
		const { finished, cancel } = await wait.start({ timeoutSeconds: 900, pollSeconds: 5 });
		while (wait.posts().length < 2) await sleep(50);
		await sleep(1000);
		cancel();
		wait.cancelledAt = Date.now();
		await wait.end(finished);
	},
	async anotherItemFails(wait: Waiting) {
		wait.addSegments(1);
		wait.ids.push(MISSING);
		await wait.run({ timeoutSeconds: 900, pollSeconds: 5 });
	},
	async itemsWaitDifferently(wait: Waiting) {
		wait.addSegments(1);
		const items = [1, 1, 2].map((seconds) => ({ id: wait.ids[0], seconds }));
		await wait.run({ timeoutSeconds: '={{ $json.seconds }}', pollSeconds: 5 }, { items });
	},
};

const results = {} as Record<keyof typeof scenarios, Promise<Waiting>>;

beforeAll(async () => {
	for (const [name, scenario] of Object.entries(scenarios)) {
		results[name as keyof typeof scenarios] = (async () => {
			const wait = await waiting();
			await scenario(wait);
			return wait;
		})();
	}
	await Promise.allSettled(Object.values(results));
}, 60_000);

afterAll(async () => {
	await Promise.all(open.map(async (simulator) => await simulator.stop()));
});

it('completes when the sample is newer than before the refresh', async () => {
	const wait = await results.completes;
	expect(wait.json).toEqual(
		wait.output('completed', { contacts_count: 8, sample_updated_at: wait.sample() }),
	);
	expect(wait.simulator.log.map(({ method, path }) => [method, path])).toEqual([
		['GET', `/v3/marketing/segments/2.0/${wait.ids[0]}?contacts_sample=false`],
		['POST', `/v3/marketing/segments/2.0/refresh/${wait.ids[0]}`],
		['GET', `/v3/marketing/segments/2.0/${wait.ids[0]}?contacts_sample=false`],
	]);
});

it('is pending when its time is over, with what was last known', async () => {
	const wait = await results.runsOutOfTime;
	expect(wait.json).toEqual(
		wait.output('pending', { contacts_count: 6, sample_updated_at: wait.sample() }),
	);
	expect(wait.reads()).toBe(2);
	expect(wait.endedAt - wait.posts()[0].at).toBeGreaterThanOrEqual(1000);
});

it('looks as often as it is told to, and once at the end', async () => {
	const wait = await results.polls;
	expect(wait.json.status).toBe('pending');
	const [, ...looks] = wait.simulator.requests('GET').map(({ at }) => at - wait.posts()[0].at);
	expect(looks).toHaveLength(3);
	const [first, second, last] = looks;
	expect(first).toBeGreaterThan(4900);
	expect(second - first).toBeGreaterThan(4900);
	expect(last).toBeGreaterThan(10_900);
});

it.each(['everyReadFails', 'everyConnectionIsKilled', 'everyReadIsBroken'] as const)(
	'%s: still an output with the job ID',
	async (scenario) => {
		const wait = await results[scenario];
		expect(wait.json).toEqual(
			wait.output('pending', { contacts_count: null, sample_updated_at: null }),
		);
		expect(wait.posts()).toHaveLength(1);
		expect(wait.reads()).toBe(2);
	},
);

it('a read without an answer holds the run up for a few seconds at most', async () => {
	const wait = await results.aReadHangs;
	expect(wait.json).toEqual(
		wait.output('pending', { contacts_count: 5, sample_updated_at: wait.sample() }),
	);
	expect(wait.endedAt - wait.posts()[0].at).toBeLessThan(9000);
});

it.each(['firstReadFails', 'firstReadHasNoSample'] as const)(
	'%s: completes when the sample is newer than the refresh',
	async (scenario) => {
		const wait = await results[scenario];
		expect(wait.json).toEqual(
			wait.output('completed', { contacts_count: 8, sample_updated_at: wait.sample() }),
		);
	},
);

it('a sample from before the refresh is not taken for its result', async () => {
	const wait = await results.firstReadFailsAndNothingIsNew;
	expect(wait.json).toEqual(
		wait.output('pending', { contacts_count: 5, sample_updated_at: wait.sample() }),
	);
});

it('a failed read is followed by the next', async () => {
	const wait = await results.oneReadFails;
	expect(wait.reads()).toBe(3);
	expect(wait.json).toMatchObject(wait.output('completed', { contacts_count: 8 }));
});

it('waits without a job ID, too', async () => {
	const wait = await results.noJobId;
	expect(wait.json).toMatchObject({ status: 'completed', job_id: null, contacts_count: 8 });
});

it('500 items and 3 segments: one refresh each, and no read more than one item would make', async () => {
	const wait = await results.manyItems;
	expect(wait.posts()).toHaveLength(3);
	// Before the refresh, after 5 seconds and, of those that are not done, at the end.
	expect(wait.ids.map((id) => wait.reads(id))).toEqual([2, 3, 3]);
	expect(wait.result.success.map(({ pairedItem }) => pairedItem)).toEqual(
		Array.from({ length: 500 }, (_, item) => ({ item })),
	);
	const statuses = jsonOf(wait.result.success).map(({ status }) => status);
	expect(statuses.slice(0, 6)).toEqual(
		[...Array(2)].flatMap(() => ['completed', 'pending', 'pending']),
	);
	expect(new Set(jsonOf(wait.result.success).map(({ job_id }) => job_id)).size).toBe(3);
});

it('takes no place among the requests under way', async () => {
	const wait = await results.moreThanAreUnderWay;
	const [first, ...rest] = wait.posts().map(({ at }) => at);
	expect(rest).toHaveLength(7);
	// Long before the first waits end.
	expect(rest[6] - first).toBeLessThan(8000);
	expect(jsonOf(wait.result.success).map(({ status }) => status)).toEqual(Array(8).fill('pending'));
});

it('does not wait for a refresh that was skipped', async () => {
	const wait = await results.limitIsReached;
	expect(wait.json).toMatchObject({ status: 'skipped', reason: 'segment_hourly' });
	// Before the refresh, and for the verdict.
	expect(wait.reads()).toBe(2);
});

it('ends within a second of a cancellation, and reads no more', async () => {
	const wait = await results.isCancelled;
	expect(wait.result.status).toBe('canceled');
	expect(wait.endedAt - wait.cancelledAt).toBeLessThan(1000);
	expect(wait.reads()).toBe(2);
});

it('ends when another item stops the workflow', async () => {
	const wait = await results.anotherItemFails;
	expect(wait.result.error?.message).toBe(`Segment ${MISSING} does not exist`);
	expect(wait.result.error?.description).toContain('1 of 2 items had taken effect');
	expect(wait.reads()).toBe(2);
});

it('items that wait differently share the refresh, and those alike the reads', async () => {
	const wait = await results.itemsWaitDifferently;
	expect(wait.posts()).toHaveLength(1);
	expect(wait.reads()).toBe(3);
	expect(wait.result.success).toHaveLength(3);
});

it.each([
	[{ timeoutSeconds: 0 }, '"Timeout (Seconds)" must be a whole number of at least 1'],
	[{ timeoutSeconds: '={{ "soon" }}' }, '"Timeout (Seconds)" must be a whole number of at least 1'],
	[{ pollSeconds: 4 }, '"Poll Interval (Seconds)" must be a whole number of at least 5'],
	[{ pollSeconds: 5.5 }, '"Poll Interval (Seconds)" must be a whole number of at least 5'],
	[{ waitForCompletion: '={{ "later" }}' }, '"Wait for Completion" must be true or false'],
])('refuses %j', async (options, message) => {
	const wait = (await waiting()).addSegments(1);
	await wait.run(options, { onError: 'continueRegularOutput' });
	expectFailure(wait.result.success[0], { message });
	expect(wait.simulator.log).toEqual([]);
});

it('does not look at how to wait where it does not wait', async () => {
	const wait = (await waiting()).addSegments(1);
	await wait.run({ waitForCompletion: false, pollSeconds: 1 });
	expect(wait.json).toEqual(wait.output('accepted'));
	expect(wait.reads()).toBe(0);
});
