import { executionIds } from '../../tools/n8n/executions';
import { startQueueInstance, type QueueInstance } from '../../tools/n8n/queue';
import type { N8nVersion } from '../../tools/n8n/versions';
import { connect, createNodes, EVERY_SECOND, TRIGGER_NODE } from '../../tools/n8n/workflows';
import { deleteTemporaryFolders, temporaryFolder } from '../../tools/temporaryFolder';
import { until } from '../eventually';
import { onFailure, requestLines } from '../failures';
import { prepared } from './prepared';
import {
	accounts,
	activateWorkflow,
	startAccount,
	stopAccounts,
	workersOf,
	type NodeSettings,
} from './queueMode';

/** Tests an n8n version with a main process, two workers, Redis and PostgreSQL. */
export function describeQueueMode(version: N8nVersion): void {
	describe(`n8n ${version} in queue mode`, () => {
		let queue: QueueInstance;
		const n8n = () => queue.main.client;
		const newWorkflow = async (settings: NodeSettings) =>
			await activateWorkflow(n8n(), await startAccount(n8n()), settings);

		/** The workers that ran the executions of the workflow, one for each. */
		const workersThatRan = async (workflow: { id: string }) =>
			(await executionIds(n8n(), workflow)).map((id) => {
				const workers = workersOf(queue, id);
				expect(workers).toHaveLength(1);
				return workers[0];
			});

		beforeAll(async () => {
			const { tarball, installed } = prepared();
			const n8nOfVersion = installed.find((each) => each.version === version)!;
			queue = await startQueueInstance(n8nOfVersion, { tarball, folder: temporaryFolder() });
		}, 600_000);

		onFailure({
			'main.log': () => queue?.main.log(),
			'worker-1.log': () => queue?.workers[0]?.log(),
			'worker-2.log': () => queue?.workers[1]?.log(),
			'requests.jsonl': () => requestLines(accounts.at(-1)?.simulator.log),
		});

		afterAll(async () => {
			try {
				await queue?.stop();
			} finally {
				await stopAccounts();
				deleteTemporaryFolders();
			}
		}, 120_000);

		test('a burst of webhooks is shared between the workers, and every item gets its result', async () => {
			const { simulator, saved, call } = await newWorkflow({
				operation: 'delete',
				onError: 'continueRegularOutput',
			});
			const ids = simulator.addSegments(200).map(({ id }) => id);
			const calls = Array.from({ length: 40 }, (_, index) => ids.slice(index * 5, index * 5 + 5));
			const missing = new Set(calls.map(([first]) => first));
			for (const id of missing) simulator.segments.delete(id);

			const responses = await Promise.all(calls.map(call));
			const expected = (id: string) =>
				missing.has(id)
					? { error: { segment_id: id, http_status: 404 } }
					: { deleted: true, segment_id: id };
			expect(responses.map(({ body }) => body)).toMatchObject(
				calls.map((items) => items.map((id, n) => ({ ...expected(id), from: id, n }))),
			);
			expect(simulator.segments.size).toBe(0);
			const workers = await workersThatRan(saved);
			expect(workers).toHaveLength(40);
			expect(new Set(workers).size).toBe(2);
		});

		test('forty runs on two workers that refresh one segment refresh it once', async () => {
			const { simulator, saved, call } = await newWorkflow({
				operation: 'refresh',
				parameters: { whenLimitReached: 'skip' },
			});
			const { id } = simulator.addSegment();
			const responses = await Promise.all(Array.from({ length: 40 }, async () => await call([id])));
			const statuses = responses.flatMap(({ body }) =>
				(body as Array<{ status: string }>).map(({ status }) => status),
			);
			expect(statuses.sort()).toEqual(['accepted', ...Array<string>(39).fill('skipped')]);
			const accepted = simulator.requests('POST').filter(({ status }) => status === 202);
			expect(accepted).toHaveLength(1);
			expect(new Set(await workersThatRan(saved)).size).toBe(2);
		});

		test('the trigger is polled once, not once per process', async () => {
			const { simulator, credential } = await startAccount(n8n());
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
			const polls = () => simulator.requests('GET', '/v3/marketing/segments/2.0');
			await until('12 polls', () => polls().length >= 12);
			const times = polls().map(({ at }) => at);
			// Once a second; three processes would poll three times a second.
			const seconds = (times.at(-1)! - times[0]) / 1000;
			expect((times.length - 1) / seconds).toBeLessThan(2);
			await n8n().request('POST', `/workflows/${saved.id}/deactivate`, {});
		});
	});
}
