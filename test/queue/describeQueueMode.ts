import { setTimeout as sleep } from 'node:timers/promises';
import { executionIds, finishedExecutions, postToWebhook } from '../../tools/n8n/executions';
import { startQueueInstance, type QueueInstance } from '../../tools/n8n/queue';
import type { N8nVersion } from '../../tools/n8n/versions';
import {
	connect,
	createNodes,
	EVERY_SECOND,
	itemsBody,
	itemsWorkflow,
	segmentsNode,
	TRIGGER_NODE,
} from '../../tools/n8n/workflows';
import { deleteTemporaryFolders, temporaryFolder } from '../../tools/temporaryFolder';
import {
	startCreates,
	startDeletes,
	startRefreshes,
	startRun,
	startWait,
	type Run,
} from './lostRuns';
import { prepared } from './prepared';
import {
	activateWorkflow,
	onlyExecution,
	startAccount,
	stopAccounts,
	until,
	workersOf,
	type Account,
	type NodeSettings,
} from './queueMode';

const SEGMENTS_PATH = '/v3/marketing/segments/2.0';

/** n8n's default is 30. */
const GRACEFUL_SHUTDOWN_SECONDS = 15;

interface Behavior {
	/** What n8n does about an execution whose worker is gone. */
	lostRuns: 'fail' | 'run again';
}

/** Tests an n8n version with a main process, two workers, Redis and PostgreSQL. */
export function describeQueueMode(version: N8nVersion, { lostRuns }: Behavior): void {
	describe(`n8n ${version} in queue mode`, () => {
		let queue: QueueInstance;
		const n8n = () => queue.main.client;
		const polls = () =>
			killed.wait.simulator.log.filter(({ pathname }) => pathname === SEGMENTS_PATH);

		let finishedInTime: Run;
		let cutOff: Run;
		let killed: Awaited<ReturnType<typeof startRunsToKill>>;
		let trigger: Awaited<ReturnType<typeof activateTrigger>>;
		/** IDs or names that had been refreshed, created or deleted when the worker was gone. */
		const changedBefore = new Map<Run, string[]>();

		const changedBy = ({ simulator }: Account) =>
			simulator.log
				.filter(({ method, pathname }) => method !== 'GET' && !pathname.endsWith('/search'))
				.map(({ pathname, body }) => {
					const { name } = (body ?? {}) as { name?: string };
					return name ?? pathname.split('/').at(-1)!;
				});

		const settle = async (...runs: Run[]) => {
			for (const run of runs) {
				await until(() => run.simulator.inFlight === 0);
				run.simulator.clearFaults();
				changedBefore.set(run, changedBy(run));
			}
		};

		const startRunsToKill = async () => ({
			deletes: await startDeletes(n8n(), {}),
			deletesIgnoringNotFound: await startDeletes(n8n(), { ignoreNotFound: true }),
			wait: await startWait(n8n(), {}),
			waitOrSkip: await startWait(n8n(), { whenLimitReached: 'skip' }),
			refreshes: await startRefreshes(n8n(), {}),
			refreshesOrSkips: await startRefreshes(n8n(), { whenLimitReached: 'skip' }),
			creates: await startCreates(n8n(), 'create'),
			upserts: await startCreates(n8n(), 'upsert'),
		});

		const activateTrigger = async (credential: Account['credential']) => {
			const saved = await n8n().createWorkflow({
				name: 'Trigger',
				nodes: createNodes(
					{
						name: 'Trigger',
						type: TRIGGER_NODE,
						parameters: { pollTimes: EVERY_SECOND, events: ['refreshed'] },
						credentials: { sendGridSegmentsApi: credential },
					},
					{ name: 'After', type: 'n8n-nodes-base.noOp' },
				),
				connections: connect({ Trigger: ['After'] }),
			});
			await n8n().activate(saved);
			return saved;
		};

		const newWorkflow = async (settings: NodeSettings) =>
			await activateWorkflow(n8n(), await startAccount(n8n()), settings);

		// n8n takes minutes to notice that a worker is gone. So workers go first, and the tests of what n8n
		// does about it come last. The runs on such a worker are there because it is the only one.
		beforeAll(async () => {
			const { tarball, installed } = prepared();
			queue = await startQueueInstance(
				installed.find((each) => each.version === version)!,
				{
					tarball,
					folder: temporaryFolder(),
					workerCount: 1,
					env: { N8N_GRACEFUL_SHUTDOWN_TIMEOUT: `${GRACEFUL_SHUTDOWN_SECONDS}` },
				},
			);

			cutOff = await startWait(n8n(), { whenLimitReached: 'skip' });
			finishedInTime = await startRun(n8n(), { operation: 'delete' }, (simulator) => {
				simulator.setLatency(2000);
				return simulator.addSegments(60).map(({ id }) => id);
			});
			await until(() => finishedInTime.simulator.requests('DELETE').length > 0);
			await Promise.all([queue.workers[0].stop(120_000), queue.startWorker()]);
			await settle(cutOff);

			killed = await startRunsToKill();
			trigger = await activateTrigger(killed.wait.credential);
			queue.workers[1].kill('SIGKILL');
			await queue.workers[1].exited;
			await settle(...Object.values(killed));
			await Promise.all([queue.startWorker(), queue.startWorker()]);
		}, 600_000);

		afterAll(async () => {
			try {
				await queue?.stop();
			} finally {
				await stopAccounts();
				deleteTemporaryFolders();
			}
		}, 120_000);

		test('a worker that is stopped finishes what ends in time, and cuts off the rest', async () => {
			const { simulator, response, items, saved } = finishedInTime;
			expect((await response).status).toBe(200);
			const { status, output } = await onlyExecution(n8n(), saved);
			expect(status).toBe('success');
			expect(output('Segments').map(({ json }) => json)).toEqual(
				items.map((id) => ({ deleted: true, segment_id: id })),
			);
			expect(simulator.requests('DELETE')).toHaveLength(items.length);
			expect(queue.workers[0].log()).toContain(
				`process exited after ${GRACEFUL_SHUTDOWN_SECONDS}s`,
			);
		});

		test('a burst of webhooks is shared between the workers, and every item gets its result', async () => {
			const { simulator, saved, call } = await newWorkflow({
				operation: 'delete',
				onError: 'continueRegularOutput',
			});
			const ids = simulator.addSegments(40 * 25).map(({ id }) => id);
			const calls = Array.from({ length: 40 }, (_, index) =>
				ids.slice(index * 25, index * 25 + 25),
			);
			const missing = new Set(calls.map(([first]) => first));
			for (const id of missing) simulator.segments.delete(id);

			const responses = await Promise.all(calls.map(call));
			const expected = (id: string) =>
				missing.has(id)
					? { error: expect.objectContaining({ segment_id: id, http_status: 404 }) }
					: { deleted: true, segment_id: id };
			expect(responses.map(({ body }) => body)).toEqual(
				calls.map((items) => items.map((id, n) => ({ ...expected(id), from: id, n }))),
			);
			expect(simulator.requests('DELETE')).toHaveLength(ids.length);
			const startedBy = (await executionIds(n8n(), saved)).map((id) => workersOf(queue, id));
			expect(startedBy.map((workers) => workers.length)).toEqual(Array(40).fill(1));
			expect(new Set(startedBy.flat()).size).toBe(2);
		});

		test('two workers that refresh a segment at the same moment refresh it once', async () => {
			let isRace = false;
			// Which worker takes a job, and when, is for chance.
			for (let round = 0; round < 15 && !isRace; round++) {
				const { simulator, saved, call } = await newWorkflow({
					operation: 'refresh',
					parameters: { options: { whenLimitReached: 'skip' } },
				});
				const { id } = simulator.addSegment();
				// Each of them reads the segment before the other one's refresh.
				simulator.fault({
					match: ({ method }) => method === 'GET',
					times: 2,
					apply: 'after',
					latencyMs: 3000,
				});
				const responses = await Promise.all([call([id]), call([id])]);
				const outputs = responses.flatMap(({ body }) => body as Array<{ status: string }>);
				expect(outputs.map(({ status }) => status).sort()).toEqual(['accepted', 'skipped']);
				const statuses = simulator.requests('POST').map(({ status }) => status);
				expect(statuses.filter((status) => status === 202)).toHaveLength(1);
				const executions = await executionIds(n8n(), saved);
				const workers = new Set(executions.flatMap((execution) => workersOf(queue, execution)));
				isRace = workers.size === 2 && statuses.length === 2;
			}
			expect(isRace).toBe(true);
		});

		test('the trigger is polled once, not once per process', async () => {
			const before = polls().length;
			await until(() => polls().length >= before + 12);
			const [first, ...others] = polls().slice(before);
			// Once a second; three processes would take 4 seconds.
			expect(others.at(-1)!.at - first.at).toBeGreaterThan(8000);
		});

		test('the trigger reports, once, the refresh that a killed worker had waited for', async () => {
			const { simulator, items } = killed.wait;
			simulator.completeRefreshes();
			await until(async () => (await executionIds(n8n(), trigger)).length > 0);
			const before = polls().length;
			await until(() => polls().length > before + 3);
			const { status, output } = await onlyExecution(n8n(), trigger);
			expect(status).toBe('success');
			expect(output('After').map(({ json }) => json)).toMatchObject([
				{ event: 'refreshed', segment_id: items[0] },
			]);
			await n8n().request('POST', `/workflows/${trigger.id}/deactivate`, {});
		});

		test('20,000 items on one worker are run once, to the end', async () => {
			const { simulator, credential } = await startAccount(n8n());
			const workflow = itemsWorkflow(segmentsNode('delete', credential));
			workflow.nodes[0].parameters.responseMode = 'onReceived';
			const saved = await n8n().createWorkflow(workflow);
			await n8n().activate(saved);
			const ids = simulator.addSegments(20_000).map(({ id }) => id);
			const { status } = await postToWebhook(n8n(), workflow, itemsBody(ids));
			expect(status).toBe(200);
			const execution = await onlyExecution(n8n(), saved);
			expect(execution.status).toBe('success');
			expect(execution.output('Segments')).toEqual(
				ids.map((id, item) => ({
					json: { deleted: true, segment_id: id },
					pairedItem: { item },
				})),
			);
			expect(simulator.requests('DELETE')).toHaveLength(ids.length);
			const [executionId] = await executionIds(n8n(), saved);
			expect(workersOf(queue, executionId)).toHaveLength(1);
		}, 480_000);

		if (lostRuns === 'fail') {
			test('a run whose worker was killed ends as failed, and nothing more is changed', async () => {
				for (const run of Object.values(killed)) {
					const { status, error, data } = await onlyExecution(n8n(), run.saved);
					expect(status).toBe('error');
					expect(error?.message).toContain(
						'This execution failed to be processed too many times and will no longer retry.',
					);
					expect(data.resultData.runData).toEqual({});
					expect(await run.response).toEqual({
						status: 500,
						body: { message: 'Error in workflow' },
					});
					expect(workersOf(queue, run.executionId)).toEqual([queue.workers[1]]);
					expect(changedBy(run)).toEqual(changedBefore.get(run));
				}
			}, 300_000);
		} else {
			test('a run whose worker was killed is run again from the start by another worker', async () => {
				for (const run of Object.values(killed)) {
					await onlyExecution(n8n(), run.saved);
					const [first, second, ...others] = workersOf(queue, run.executionId);
					expect(first).toBe(queue.workers[1]);
					expect(queue.workers.slice(2)).toContain(second);
					expect(others).toEqual([]);
				}
				const { response, items } = killed.deletesIgnoringNotFound;
				const { status, body } = await response;
				expect(status).toBe(200);
				expect(body).toHaveLength(items.length);
			}, 300_000);
		}

		describe(
			lostRuns === 'fail'
				? 'if the caller runs it once more'
				: 'in the second run, which n8n starts by itself',
			() => {
				/** What the second run does, and the items whose change had taken effect before. */
				const secondRun = async (run: Run) => {
					await finishedExecutions(n8n(), run.saved);
					if (lostRuns === 'fail') await run.call(run.items);
					const [execution] = await finishedExecutions(n8n(), run.saved);
					const json = (node: string) => execution.output(node).map((item) => item.json);
					const changed = new Set<unknown>(changedBefore.get(run));
					return {
						...execution,
						before: run.items.filter((item) => changed.has(item)),
						after: run.items.filter((item) => !changed.has(item)),
						succeeded: json('Succeeded'),
						failed: json('Failed'),
					};
				};

				test('Delete fails for what was deleted in the first one', async () => {
					const { simulator } = killed.deletes;
					const { before, after, succeeded, failed } = await secondRun(killed.deletes);
					expect(before.length).toBeGreaterThan(300);
					expect(after.length).toBeGreaterThan(300);
					expect(failed).toEqual(
						before.map((id) =>
							expect.objectContaining({
								from: id,
								error: expect.objectContaining({ segment_id: id, http_status: 404 }),
							}),
						),
					);
					expect(succeeded.map(({ from }) => from)).toEqual(after);
					expect(simulator.segments.size).toBe(0);
				}, 300_000);

				test('Delete with "Ignore If Not Found" succeeds for all', async () => {
					const { items, simulator } = killed.deletesIgnoringNotFound;
					const { after, succeeded, failed } = await secondRun(killed.deletesIgnoringNotFound);
					expect(failed).toEqual([]);
					expect(succeeded.map(({ from, deleted }) => [from, deleted])).toEqual(
						items.map((id) => [id, after.includes(id)]),
					);
					expect(simulator.segments.size).toBe(0);
				}, 300_000);

				test('Refresh with "Wait for Completion" fails, since it was refreshed within the hour', async () => {
					const { status, error } = await secondRun(killed.wait);
					expect(status).toBe('error');
					expect(error?.message).toContain('was refreshed less than an hour ago');
					expect(killed.wait.simulator.requests('POST')).toHaveLength(1);
				}, 300_000);

				test.each(['killed', 'stopped'])(
					'the same with "Skip" continues without the new count (worker %s)',
					async (how) => {
						const run = how === 'killed' ? killed.waitOrSkip : cutOff;
						const { status, succeeded } = await secondRun(run);
						expect(status).toBe('success');
						expect(succeeded).toEqual([
							expect.objectContaining({ status: 'skipped', reason: 'segment_hourly' }),
						]);
						expect(run.simulator.requests('POST')).toHaveLength(1);
					},
					300_000,
				);

				test('Refresh fails for what was refreshed in the first one, and refreshes the rest', async () => {
					const { items, simulator } = killed.refreshes;
					const { before, after, succeeded, failed } = await secondRun(killed.refreshes);
					expect(before.length).toBeGreaterThan(3);
					expect(after.length).toBeGreaterThan(0);
					expect(failed).toEqual(
						before.map((id) =>
							expect.objectContaining({
								from: id,
								error: expect.objectContaining({ reason: 'segment_hourly' }),
							}),
						),
					);
					expect(succeeded.map(({ from, status }) => [from, status])).toEqual(
						after.map((id) => [id, 'accepted']),
					);
					for (const id of items) expect(simulator.requests('POST', String(id))).toHaveLength(1);
				}, 300_000);

				test('Refresh with "Skip" succeeds for all, and refreshes each once', async () => {
					const { items, simulator } = killed.refreshesOrSkips;
					const { after, succeeded, failed } = await secondRun(killed.refreshesOrSkips);
					expect(after.length).toBeGreaterThan(0);
					expect(failed).toEqual([]);
					expect(succeeded.map(({ from, status }) => [from, status])).toEqual(
						items.map((id) => [id, after.includes(id) ? 'accepted' : 'skipped']),
					);
					for (const id of items) expect(simulator.requests('POST', String(id))).toHaveLength(1);
				}, 300_000);

				test('Create fails for what was created in the first one', async () => {
					const { items, simulator } = killed.creates;
					const { before, after, succeeded, failed } = await secondRun(killed.creates);
					expect(before.length).toBeGreaterThan(30);
					expect(after.length).toBeGreaterThan(0);
					expect(failed.map(({ from }) => from)).toEqual(before);
					expect(succeeded.map(({ from }) => from)).toEqual(after);
					expect([...simulator.segments.values()].map(({ name }) => name).sort()).toEqual(items);
				}, 300_000);

				test('Create or Update succeeds for all, and creates each once', async () => {
					const { items, simulator } = killed.upserts;
					const { before, after, succeeded, failed } = await secondRun(killed.upserts);
					expect(before.length).toBeGreaterThan(30);
					expect(after.length).toBeGreaterThan(0);
					expect(failed).toEqual([]);
					expect(succeeded.map(({ from, created }) => [from, created])).toEqual(
						items.map((name) => [name, after.includes(name)]),
					);
					expect([...simulator.segments.values()].map(({ name }) => name).sort()).toEqual(items);
				}, 300_000);
			},
		);

		test('five seconds without Redis lose no run and repeat none', async () => {
			const goingOn = await startWait(n8n(), {});
			const startedMeanwhile = await newWorkflow({ operation: 'delete' });
			const { id } = startedMeanwhile.simulator.addSegment();
			const endingMeanwhile = await startRun(n8n(), { operation: 'delete' }, (simulator) => {
				simulator.setLatency(2000);
				return [simulator.addSegment().id];
			});
			await until(() => endingMeanwhile.simulator.requests('DELETE').length > 0);

			await queue.redis.stop();
			const response = startedMeanwhile.call([id]);
			await sleep(5000);
			await queue.redis.start();
			goingOn.simulator.completeRefreshes();

			expect((await response).body).toEqual([{ deleted: true, segment_id: id, from: id, n: 0 }]);
			expect((await goingOn.response).body).toMatchObject([{ status: 'completed' }]);
			expect(goingOn.simulator.requests('POST')).toHaveLength(1);
			// Its caller may have got no response: n8n sends that by Redis.
			const { status, output } = await onlyExecution(n8n(), endingMeanwhile.saved);
			expect(status).toBe('success');
			expect(output('Segments').map(({ json }) => json)).toEqual([
				{ deleted: true, segment_id: endingMeanwhile.items[0] },
			]);
			for (const { simulator } of [startedMeanwhile, endingMeanwhile]) {
				expect(simulator.requests('DELETE')).toHaveLength(1);
			}
		});

		test('without Redis for more than ten seconds, all processes of n8n exit', async () => {
			await queue.redis.stop();
			for (const { exited, log } of [queue.main, ...queue.workers.slice(-2)]) {
				await exited;
				expect(log()).toContain('Unable to connect to Redis after trying to connect for 10s');
			}
		});
	});
}
