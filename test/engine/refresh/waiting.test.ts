import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { advance, until, untilDone } from '../../clock';
import { type NodeRun, runNode, startNode } from '../harness';
import {
	credentials,
	jsonOf,
	MISSING,
	readOf,
	refreshOf,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator({ refreshSeconds: Infinity });

const JOB = '3bfdc2b6-c627-422e-877f-cc7b926a3c46';

/** Segments that are an hour old; their refreshes complete when the test says so. */
const addSegments = (count: number) =>
	simulator
		.addSegments(count, () => ({
			sample_updated_at: new Date(Date.now() - 3_600_000).toISOString(),
			contacts_count: 5,
			nextContactsCount: 8,
		}))
		.map(({ id }) => id);

/** A run of the node that waits, on items with an ID. */
const waitingRun = (
	ids: string[],
	{ whenLimitReached = 'fail', ...options }: IDataObject,
	settings: Partial<NodeRun> = {},
): NodeRun => ({
	parameters: {
		operation: 'refresh',
		segmentId: '={{ $json.id }}',
		timeZone: 'UTC',
		whenLimitReached,
		waitForCompletion: true,
		options,
	} as INodeParameters,
	items: ids.map((id) => ({ id })),
	credentials: credentials(),
	...settings,
});

const isAccepted = (count = 1) =>
	simulator.requests('POST').filter(({ status }) => status === 202).length === count;

it('completes when the sample is newer than before the refresh', async () => {
	const [id] = addSegments(1);
	const finished = runNode(waitingRun([id], { timeoutSeconds: 2 }));
	await until('the refresh', () => isAccepted());
	simulator.completeRefreshes();
	const { success } = await finished;
	expect(success).toEqual([
		{
			json: {
				status: 'completed',
				job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
				segment_id: id,
				segment_name: simulator.segments.get(id)?.name,
				user_time_zone: 'UTC',
				contacts_count: 8,
				sample_updated_at: simulator.segments.get(id)?.sample_updated_at,
				refreshes_left: 1,
			},
			pairedItem: { item: 0 },
		},
	]);
	expect(sent()).toEqual([readOf(id), refreshOf(id), readOf(id)]);
});

it('items that wait differently share the refresh, and those alike the reads', async () => {
	const [id] = addSegments(1);
	const { success } = await runNode({
		...waitingRun([], { timeoutSeconds: '={{ $json.seconds }}' }),
		items: [1, 1, 2].map((seconds) => ({ id, seconds })),
	});
	expect(jsonOf(success).map(({ status }) => status)).toEqual(Array(3).fill('pending'));
	expect(sent()).toEqual([readOf(id), refreshOf(id), readOf(id), readOf(id)]);
});

it('takes no place among the concurrent requests', async () => {
	const ids = addSegments(8);
	const { success } = await runNode(waitingRun(ids, { timeoutSeconds: 5 }));
	expect(jsonOf(success).map(({ status }) => status)).toEqual(Array(8).fill('pending'));
	// All of them refreshed before the first of the 5 that may run at a time has waited.
	const order = simulator.log.map(({ method }) => method);
	expect(order.lastIndexOf('POST')).toBe(15);
	expect(order).toHaveLength(24);
});

it('does not wait for a refresh that was skipped', async () => {
	const { id } = simulator.addSegment({ last_refreshed_at: simulator.clock.now().toISOString() });
	const { success } = await runNode(waitingRun([id], { whenLimitReached: 'skip' }));
	expect(jsonOf(success)).toMatchObject([{ status: 'skipped', reason: 'segment_hourly' }]);
	expect(sent()).toEqual([readOf(id)]);
});

it('canceled, ends at once, keeps the job ID and reads no more', async () => {
	const [id] = addSegments(1);
	simulator.fault({ match: ({ method }) => method === 'POST', status: 202, body: { job_id: JOB } });
	const { finished, cancel } = await startNode(
		waitingRun([id], { timeoutSeconds: 900, pollSeconds: 5 }),
	);
	await until('the refresh', () => isAccepted());
	const canceledAt = Date.now();
	cancel();
	const { status, success } = await untilDone(finished);

	expect(Date.now()).toBe(canceledAt);
	expect(status).toBe('canceled');
	expect(jsonOf(success)).toMatchObject([
		{ status: 'pending', job_id: JOB, segment_id: id, contacts_count: 5 },
	]);
	await advance(900_000);
	expect(sent()).toEqual([readOf(id), refreshOf(id)]);
});

it('ends when another item stops the workflow', async () => {
	const [id] = addSegments(1);
	simulator.fault({ match: ({ path }) => path.includes(MISSING), latencyMs: 500 });
	const { error } = await runNode(
		waitingRun([id, MISSING], { timeoutSeconds: 900, pollSeconds: 5 }),
	);
	expect(error?.message).toBe(`Segment ${MISSING} does not exist`);
	expect(error?.description).toContain('1 of 2 items had been processed');
	expect(sent().sort()).toEqual([readOf(id), readOf(MISSING), refreshOf(id)].sort());
});

it('is continued by the next try, with the time left and no second refresh', async () => {
	const [id, other] = addSegments(2);
	// Of the other segment, the first refresh is refused when this one's has been accepted.
	simulator.fault({
		match: ({ path }) => path.includes(`refresh/${other}`),
		latencyMs: 600,
		status: 403,
	});
	const finished = runNode(
		waitingRun(
			[id, other],
			{ timeoutSeconds: 4 },
			{ onError: 'stopWorkflow', retryOnFail: true, maxTries: 2, waitBetweenTries: 1500 },
		),
	);
	await until('both refreshes', () => isAccepted(2));
	simulator.completeRefreshes();
	const { success, error } = await finished;

	expect(error).toBeUndefined();
	expect(jsonOf(success)).toMatchObject([
		{ status: 'completed', segment_id: id, contacts_count: 8 },
		{ status: 'completed', segment_id: other, contacts_count: 8 },
	]);
	const [accepted, ...again] = simulator.requests('POST', id);
	expect(again).toEqual([]);
	const reads = simulator.requests('GET', id);
	expect(reads).toHaveLength(2);
	// 4 seconds from the refresh, not from the second try, which begins 2 seconds later.
	expect(reads[1].at - accepted.at).toBe(4000);
});
