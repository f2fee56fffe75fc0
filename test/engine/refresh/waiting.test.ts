import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { type Simulator, startSimulator } from '../../../simulator';
import { advance, until, untilDone, useClock } from '../../clock';
import { type NodeRun, runNode, startNode } from '../harness';
import { jsonOf, MISSING } from '../helpers';

useClock();

const JOB = '3bfdc2b6-c627-422e-877f-cc7b926a3c46';

const read = (id: string) => `GET /v3/marketing/segments/2.0/${id}?contacts_sample=false`;
const post = (id: string) => `POST /v3/marketing/segments/2.0/refresh/${id}`;

/** A SendGrid whose refreshes complete when the test says so, and segments that are an hour old. */
async function withSegments(
	count: number,
	test: (simulator: Simulator, ids: string[]) => Promise<void>,
) {
	const simulator = await startSimulator({ refreshSeconds: Infinity });
	try {
		const segments = simulator.addSegments(count, () => ({
			sample_updated_at: new Date(Date.now() - 3_600_000).toISOString(),
			contacts_count: 5,
			nextContactsCount: 8,
		}));
		await test(
			simulator,
			segments.map(({ id }) => id),
		);
	} finally {
		await simulator.stop();
	}
}

/** A run of the node that waits, on items with an ID. */
const waitingRun = (
	simulator: Simulator,
	ids: string[],
	{ whenLimitReached = 'fail', waitForCompletion = true, ...options }: IDataObject,
	settings: Partial<NodeRun> = {},
): NodeRun => ({
	parameters: {
		operation: 'refresh',
		segmentId: '={{ $json.id }}',
		timeZone: 'UTC',
		whenLimitReached,
		waitForCompletion,
		options,
	} as INodeParameters,
	items: ids.map((id) => ({ id })),
	credentials: { apiKey: simulator.keys.full, baseUrl: simulator.url },
	...settings,
});

const sent = ({ log }: Simulator) => log.map(({ method, path }) => `${method} ${path}`);

const isAccepted = (simulator: Simulator, count = 1) =>
	simulator.requests('POST').filter(({ status }) => status === 202).length === count;

it('completes when the sample is newer than before the refresh', async () => {
	await withSegments(1, async (simulator, [id]) => {
		const finished = runNode(waitingRun(simulator, [id], { timeoutSeconds: 2 }));
		await until('the refresh', () => isAccepted(simulator));
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
		expect(sent(simulator)).toEqual([read(id), post(id), read(id)]);
	});
});

it('polls, and is pending when its time is over', async () => {
	await withSegments(1, async (simulator, [id]) => {
		const { success } = await runNode(
			waitingRun(simulator, [id], { timeoutSeconds: 6, pollSeconds: 5 }),
		);
		expect(jsonOf(success)).toMatchObject([
			{
				status: 'pending',
				job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
				contacts_count: 5,
				sample_updated_at: simulator.segments.get(id)?.sample_updated_at,
			},
		]);
		const [{ at: sentAt }] = simulator.requests('POST');
		const reads = simulator.requests('GET').map(({ at }) => at - sentAt);
		expect(reads.slice(1)).toEqual([5000, 6000]);
	});
});

it('waits without a job ID and without the read before, too', async () => {
	await withSegments(1, async (simulator, [id]) => {
		simulator.fault({ match: ({ method }) => method === 'GET', status: 500 });
		simulator.fault({ apply: 'after', status: 202, body: {} });
		const finished = runNode(waitingRun(simulator, [id], { timeoutSeconds: 3 }));
		await until('the refresh', () => isAccepted(simulator));
		// SendGrid's times are in whole seconds.
		await advance(1100);
		simulator.completeRefreshes();
		const { success } = await finished;
		expect(jsonOf(success)).toMatchObject([
			{ status: 'completed', job_id: null, segment_name: null, contacts_count: 8 },
		]);
	});
});

it('items that wait differently share the refresh, and those alike the reads', async () => {
	await withSegments(1, async (simulator, [id]) => {
		const { success } = await runNode({
			...waitingRun(simulator, [], { timeoutSeconds: '={{ $json.seconds }}' }),
			items: [1, 1, 2].map((seconds) => ({ id, seconds })),
		});
		expect(jsonOf(success).map(({ status }) => status)).toEqual(Array(3).fill('pending'));
		expect(sent(simulator)).toEqual([read(id), post(id), read(id), read(id)]);
	});
});

it('takes no place among the concurrent requests', async () => {
	await withSegments(8, async (simulator, ids) => {
		const { success } = await runNode(waitingRun(simulator, ids, { timeoutSeconds: 5 }));
		expect(jsonOf(success).map(({ status }) => status)).toEqual(Array(8).fill('pending'));
		// All of them refreshed before the first of the 5 that may run at a time has waited.
		const order = simulator.log.map(({ method }) => method);
		expect(order.lastIndexOf('POST')).toBe(15);
		expect(order).toHaveLength(24);
	});
});

it('does not wait for a refresh that was skipped', async () => {
	await withSegments(1, async (simulator, [id]) => {
		simulator.segments.get(id)!.last_refreshed_at = simulator.clock.now().toISOString();
		Object.assign(simulator.segments.get(id)!, { refreshes_used: 1, max_refreshes: 2 });
		const { success } = await runNode(waitingRun(simulator, [id], { whenLimitReached: 'skip' }));
		expect(jsonOf(success)).toMatchObject([{ status: 'skipped', reason: 'segment_hourly' }]);
		expect(sent(simulator)).toEqual([read(id)]);
	});
});

it('canceled, ends at once, keeps the job ID and reads no more', async () => {
	await withSegments(1, async (simulator, [id]) => {
		simulator.fault({
			match: ({ method }) => method === 'POST',
			status: 202,
			body: { job_id: JOB },
		});
		const { finished, cancel } = await startNode(
			waitingRun(simulator, [id], { timeoutSeconds: 900, pollSeconds: 5 }),
		);
		await until('the refresh', () => isAccepted(simulator));
		const canceledAt = Date.now();
		cancel();
		const { status, success } = await untilDone(finished);

		expect(Date.now()).toBe(canceledAt);
		expect(status).toBe('canceled');
		expect(jsonOf(success)).toMatchObject([
			{ status: 'pending', job_id: JOB, segment_id: id, contacts_count: 5 },
		]);
		await advance(900_000);
		expect(sent(simulator)).toEqual([read(id), post(id)]);
	});
});

it('ends when another item stops the workflow', async () => {
	await withSegments(1, async (simulator, [id]) => {
		simulator.fault({ match: ({ path }) => path.includes(MISSING), latencyMs: 500 });
		const { error } = await runNode(
			waitingRun(simulator, [id, MISSING], { timeoutSeconds: 900, pollSeconds: 5 }),
		);
		expect(error?.message).toBe(`Segment ${MISSING} does not exist`);
		expect(error?.description).toContain('1 of 2 items had been processed');
		expect(sent(simulator).sort()).toEqual([read(id), read(MISSING), post(id)].sort());
	});
});

it('is continued by the next try, with the time left and no second refresh', async () => {
	await withSegments(2, async (simulator, [id, other]) => {
		// Of the other segment, the first refresh is refused when this one's has been accepted.
		simulator.fault({
			match: ({ path }) => path.includes(`refresh/${other}`),
			latencyMs: 600,
			status: 403,
		});
		const finished = runNode(
			waitingRun(
				simulator,
				[id, other],
				{ timeoutSeconds: 4 },
				{ onError: 'stopWorkflow', retryOnFail: true, maxTries: 2, waitBetweenTries: 1500 },
			),
		);
		await until('both refreshes', () => isAccepted(simulator, 2));
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
});
