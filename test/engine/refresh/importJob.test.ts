import type { IDataObject } from 'n8n-workflow';
import type { ImportRecord } from '../../../simulator';
import { advance, until, untilDone } from '../../clock';
import { startNode } from '../harness';
import {
	CONTINUE,
	credentials,
	expectFailure,
	jsonOf,
	pairsOf,
	readOf,
	refreshOf,
	run,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator({ importSeconds: Infinity });

const parameters = ({ whenLimitReached = 'fail', ...options }: IDataObject = {}) => ({
	operation: 'refresh',
	segmentId: '={{ $json.id }}',
	timeZone: 'UTC',
	whenLimitReached,
	options: { importJobId: '={{ $json.job }}', timeoutSeconds: 1, ...options },
});

/** One item for each segment and job. */
const refresh = async (items: Array<{ id: string; job: unknown }>, options?: IDataObject) =>
	await run(parameters(options), { items: items as IDataObject[], ...CONTINUE });

const importReads = (job = '') => simulator.requests('GET', `/contacts/imports/${job}`);
const posts = () => simulator.requests('POST');

/** Ends all imports once they were looked at; how many refreshes had been sent by then. */
async function endImports({ after }: { after: () => boolean }): Promise<number> {
	await until('the first look at the imports', after);
	await advance(0);
	const sentBefore = posts().length;
	simulator.updateImports();
	return sentBefore;
}

const addImport = (status: ImportRecord['status']) => simulator.addImport({ status }).id;

it('the refresh is sent at once if the import has finished before', async () => {
	const { id } = simulator.addSegment();
	const job = addImport('completed');
	const { success } = await refresh([{ id, job }]);
	expect(jsonOf(success)).toMatchObject([{ status: 'accepted', segment_id: id }]);
	expect(sent()).toEqual([`GET /v3/marketing/contacts/imports/${job}`, readOf(id), refreshOf(id)]);
});

describe('no refresh is spent', () => {
	it('if the import failed', async () => {
		const { id } = simulator.addSegment();
		const job = addImport('failed');
		const { success } = await refresh([{ id, job }], { whenLimitReached: 'skip' });
		expectFailure(success[0], {
			message: `The contact import ${job} failed`,
			import_status: 'failed',
		});
		expect(sent()).toEqual([`GET /v3/marketing/contacts/imports/${job}`]);
	});

	it('by a run that another item stops', async () => {
		const ids = simulator.addSegments(2).map(({ id }) => id);
		const [failed, pending] = [addImport('failed'), addImport('pending')];
		const { error } = await run(parameters({ timeoutSeconds: 900 }), {
			items: [
				{ id: ids[0], job: pending },
				{ id: ids[1], job: failed },
			],
		});
		expect(error?.message).toBe(`The contact import ${failed} failed`);
		expect(error?.description).toContain('None of 2 items had been processed');
		expect(posts()).toEqual([]);
	});
});

it('items that name one job share its reads', async () => {
	const ids = simulator.addSegments(5).map(({ id }) => id);
	const [job, other] = [addImport('pending'), addImport('completed')];
	const items = Array.from({ length: 50 }, (_, index) => ({ id: ids[index % 5], job }));
	items.push({ id: simulator.addSegment().id, job: other });
	const finished = refresh(items, { timeoutSeconds: 2 });
	await until('the first look', () => importReads(job).length > 0);
	simulator.updateImports();
	const { success } = await finished;

	expect(jsonOf(success).map(({ status }) => status)).toEqual(Array(51).fill('accepted'));
	expect(pairsOf(success)).toEqual(items.map((_, item) => ({ item })));
	expect(importReads(job)).toHaveLength(2);
	expect(importReads(other)).toHaveLength(1);
	expect(posts()).toHaveLength(6);
});

it('items that name the same import wait for it as long as each says', async () => {
	const [a, b] = simulator.addSegments(2).map(({ id }) => id);
	const job = addImport('pending');
	const items = [
		{ id: a, job, seconds: 5 },
		{ id: b, job, seconds: 600 },
	];
	const finished = refresh(items, { timeoutSeconds: '={{ $json.seconds }}' });
	await advance(60_000);
	simulator.updateImports();
	const { success } = await untilDone(finished);
	expect(jsonOf(success).map(({ status }) => status)).toEqual([undefined, 'accepted']);
});

describe('items that name one segment and different jobs share a refresh', () => {
	it('under "Continue", too, where the last of many items is the one that waits', async () => {
		const { id } = simulator.addSegment();
		const [done, pending] = [addImport('completed'), addImport('pending')];
		const jobs = [...Array<string>(299).fill(done), pending];
		const finished = refresh(
			jobs.map((job) => ({ id, job })),
			{ timeoutSeconds: 3 },
		);
		expect(await endImports({ after: () => importReads(pending).length > 0 })).toBe(0);
		const { success } = await finished;
		expect(jsonOf(success).map(({ status }) => status)).toEqual(Array(300).fill('accepted'));
		expect(posts()).toHaveLength(1);
	});

	it.each(['stopWorkflow', 'continueRegularOutput'] as const)(
		'with the time zone of the first, though its import ends last: %s',
		async (onError) => {
			const { id } = simulator.addSegment();
			const items = [
				{ id, zone: 'Asia/Tokyo', job: addImport('pending') },
				{ id, zone: 'UTC', job: addImport('completed') },
				{ id, zone: 'UTC', job: addImport('completed') },
			];
			const finished = run(
				{ ...parameters({ timeoutSeconds: 2 }), timeZone: '={{ $json.zone }}' },
				{ items, onError },
			);
			await until('the first look', () => importReads(items[0].job).length > 0);
			simulator.updateImports();
			const { success } = await finished;
			expect(posts().map(({ body }) => body)).toEqual([{ user_time_zone: 'Asia/Tokyo' }]);
			expect(success).toHaveLength(3);
		},
	);

	it.each([
		['first', (failed: string, done: string) => [failed, done]],
		['last', (failed: string, done: string) => [done, failed]],
	])('if one failed, only its item fails: %s', async (_which, order) => {
		const { id } = simulator.addSegment();
		const [failed, done] = [addImport('failed'), addImport('completed')];
		const jobs = order(failed, done);
		const { success } = await refresh(jobs.map((job) => ({ id, job })));
		expectFailure(success[jobs.indexOf(failed)], {
			message: `The contact import ${failed} failed`,
			import_status: 'failed',
		});
		expect(success[jobs.indexOf(done)].json).toMatchObject({ status: 'accepted' });
		expect(posts()).toHaveLength(1);
	});

	it('under "Stop Workflow" a failed one keeps the refresh from being sent', async () => {
		const { id } = simulator.addSegment();
		const [done, failed] = [addImport('completed'), addImport('failed')];
		const { error } = await run(parameters(), {
			items: [
				{ id, job: done },
				{ id, job: failed },
			],
		});
		expect(error?.message).toBe(`The contact import ${failed} failed`);
		expect(posts()).toEqual([]);
	});
});

it('under "Continue" with pauses between batches: not sent before the last import has ended', async () => {
	const { id } = simulator.addSegment();
	const jobs = [addImport('completed'), addImport('completed'), addImport('pending')];
	const finished = run(parameters({ timeoutSeconds: 900 }), {
		items: jobs.map((job) => ({ id, job })),
		...CONTINUE,
		requestOptions: { batching: { batch: { batchSize: 1, batchInterval: 5000 } } },
	});
	expect(await endImports({ after: () => importReads(jobs[2]).length > 0 })).toBe(0);
	const { success } = await finished;
	expect(jsonOf(success).map(({ status }) => status)).toEqual(Array(3).fill('accepted'));
	expect(posts()).toHaveLength(1);
});

describe('an import that ends only after the refresh of another item, with Retry On Fail', () => {
	/** The first item's import is late in the first try, and has ended in the second. */
	async function runTwice(betweenTries: () => void) {
		const { id } = simulator.addSegment();
		const [late, done] = [addImport('pending'), addImport('completed')];
		const finished = run(parameters({ timeoutSeconds: 1, whenLimitReached: 'fail' }), {
			items: [late, done].map((job) => ({ id, job })),
			...CONTINUE,
			retryOnFail: true,
			maxTries: 2,
			waitBetweenTries: 5000,
		});
		await until('the refresh of the second item', () => posts().length === 1);
		await advance(1000);
		simulator.updateImports();
		betweenTries();
		return (await finished).success;
	}

	it('is not answered with that refresh: its item fails with the limit of the hour', async () => {
		const success = await runTwice(() => {});
		expect(posts()).toHaveLength(1);
		expect(success[0].json.error).toMatchObject({ reason: 'segment_hourly', job_id: null });
		expect(success[1].json).toMatchObject({ status: 'accepted' });
	});

	it('gets a refresh of its own, if that is possible', async () => {
		const success = await runTwice(() => simulator.clock.advance(3_600_000));
		expect(posts()).toHaveLength(2);
		const [first, second] = jsonOf(success);
		expect([first.status, second.status]).toEqual(['accepted', 'accepted']);
		expect(first.job_id).not.toBe(second.job_id);
	});
});

it('a refresh that may have started: a later try does not look at its import again', async () => {
	const { id } = simulator.addSegment();
	const job = addImport('completed');
	simulator.fault({
		drop: 'beforeAnswer',
		apply: 'after',
		match: ({ method }) => method === 'POST',
	});
	const { success } = await run(parameters(), {
		items: [{ id, job }],
		...CONTINUE,
		retryOnFail: true,
		maxTries: 3,
		waitBetweenTries: 1000,
	});
	expect(success[0].json.error).toMatchObject({ message: 'SendGrid could not be reached' });
	expect(posts()).toHaveLength(1);
	expect(importReads()).toHaveLength(1);
});

it('waiting takes no place among the concurrent requests', async () => {
	const waiting = Array.from({ length: 7 }, () => ({
		id: simulator.addSegment().id,
		job: addImport('pending') as unknown,
	}));
	const { id } = simulator.addSegment();
	const done = { id, job: addImport('completed') };
	const { success } = await refresh([...waiting, done], { timeoutSeconds: 2 });

	expect(success).toHaveLength(8);
	const [{ at: sentAt, pathname }] = posts();
	expect(pathname).toContain(id);
	expect(posts()).toHaveLength(1);
	// Before any of the waits had its last look.
	const lastLooks = waiting.map(({ job }) => importReads(String(job)).at(-1)!.at);
	expect(sentAt).toBeLessThan(Math.min(...lastLooks));
});

it('of many imports, at most five are looked at at the same time', async () => {
	const { id } = simulator.addSegment();
	const items = Array.from({ length: 100 }, () => ({ id, job: addImport('completed') }));
	simulator.setLatency(50);
	const { success } = await refresh(items);
	expect(jsonOf(success).map(({ status }) => status)).toEqual(Array(100).fill('accepted'));
	expect(importReads()).toHaveLength(100);
	expect(simulator.maxInFlight).toBeLessThanOrEqual(5);
});

it('ends at once when it is canceled, and sends nothing more', async () => {
	const { id } = simulator.addSegment();
	const { finished, cancel } = await startNode({
		parameters: parameters({ timeoutSeconds: 900, pollSeconds: 5 }) as never,
		items: [{ id, job: addImport('pending') }],
		credentials: credentials(),
		...CONTINUE,
	});
	await until('the first look', () => importReads().length > 0);
	await advance(0);
	const canceledAt = Date.now();
	cancel();
	const { status, success } = await untilDone(finished);
	expect(Date.now()).toBe(canceledAt);
	expect(status).toBe('canceled');
	expectFailure(success[0], { message: 'The execution was canceled' });
	expect(simulator.log).toHaveLength(1);
});

it('refuses a poll interval that is too short', async () => {
	const { id } = simulator.addSegment();
	const { success } = await refresh([{ id, job: addImport('completed') }], { pollSeconds: 4 });
	expectFailure(success[0], {
		message: "'Poll Interval (Seconds)' must be a whole number of at least 5",
	});
	expect(simulator.log).toEqual([]);
});
