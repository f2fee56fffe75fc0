import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator, type Simulator } from '../../simulator';
import { executionIds, finishedExecutions, postToWebhook } from '../../tools/n8n/executions';
import { startQueueInstance, type QueueInstance } from '../../tools/n8n/queue';
import { logFile } from '../../tools/n8n/server';
import type { N8nVersion } from '../../tools/n8n/versions';
import {
	extractFromFileNode,
	itemsBody,
	itemsWorkflow,
	pairedItemsWorkflow,
	SEGMENTS_CREDENTIAL,
	segmentsNode,
} from '../../tools/n8n/workflows';
import { deleteTemporaryFolders, temporaryFolder } from '../../tools/temporaryFolder';
import type { INode } from 'n8n-workflow';
import type { SavedCredential, WorkflowFile } from '../../tools/n8n/client';
import { onFailure, requestLines } from '../failures';
import { prepared } from './prepared';

const RUNS = 40;

/** Tests an n8n version with a main process, two workers, Redis and PostgreSQL. */
export function describeQueueMode(version: N8nVersion): void {
	describe(`n8n ${version} in queue mode`, () => {
		const folder = temporaryFolder();
		let queue: QueueInstance;
		let simulator: Simulator;
		let credential: SavedCredential;
		for (const name of ['main', 'worker-1', 'worker-2']) {
			onFailure({ [`${name}.log`]: async () => await readFile(logFile(join(folder, name))) });
		}
		onFailure({ 'requests.jsonl': () => requestLines(simulator?.log) });

		beforeAll(async () => {
			const { tarball, installed } = prepared();
			const n8n = installed.find((each) => each.version === version)!;
			queue = await startQueueInstance(n8n, { tarball, folder });
			simulator = await startSimulator({
				refreshSeconds: Infinity,
				rateLimit: { limit: 1_000_000 },
			});
			credential = await queue.main.client.createCredential('SendGrid', SEGMENTS_CREDENTIAL, {
				apiKey: simulator.keys.full,
				baseUrl: simulator.url,
			});
		}, 600_000);

		afterAll(async () => {
			try {
				await queue?.stop();
			} finally {
				await simulator?.stop();
				deleteTemporaryFolders();
			}
		}, 120_000);

		beforeEach(() => simulator.reset());

		/** Starts an execution for each list of IDs, all at once, and waits until all have finished. */
		const runOnWorkers = async (workflow: WorkflowFile, calls: string[][]) => {
			const { client } = queue.main;
			// The response of a run in queue mode takes another way, on which n8n 1 may lose it.
			workflow.nodes[0].parameters.responseMode = 'onReceived';
			const saved = await client.createWorkflow(workflow);
			await client.activate(saved);
			await Promise.all(
				calls.map(async (ids) => await postToWebhook(client, workflow, itemsBody(ids))),
			);
			const executions = await finishedExecutions(client, saved);
			const startedBy = (await executionIds(client, saved)).map((id) =>
				queue.workers.filter(({ log }) => log().includes(`Worker started execution ${id} (`)),
			);
			expect(startedBy.map((workers) => workers.length)).toEqual(calls.map(() => 1));
			return { executions, workers: new Set(startedBy.flat()) };
		};

		/** Runs an operation on both workers. Returns the items that each of the runs ended with. */
		const runAll = async (operation: string, settings: Partial<INode>, calls: string[][]) => {
			const workflow = pairedItemsWorkflow(segmentsNode(operation, credential, settings));
			const { executions, workers } = await runOnWorkers(workflow, calls);
			expect(workers).toEqual(new Set(queue.workers));
			const outputs = executions.map(({ output }) => output('Succeeded').map(({ json }) => json));
			return calls.map(([first]) => outputs.find(([{ from }]) => from === first)!);
		};

		test(`${RUNS} runs on two workers: every item gets its own result`, async () => {
			const ids = simulator.addSegments(RUNS * 25).map(({ id }) => id);
			const calls = Array.from({ length: RUNS }, (_, n) => ids.slice(n * 25, n * 25 + 25));
			const missing = new Set(calls.map(([first]) => first));
			for (const id of missing) simulator.segments.delete(id);

			const outputs = await runAll('delete', { onError: 'continueRegularOutput' }, calls);
			const expected = (id: string) =>
				missing.has(id)
					? { error: expect.objectContaining({ segment_id: id, http_status: 404 }) }
					: { deleted: true, segment_id: id };
			expect(outputs).toMatchObject(
				calls.map((items) => items.map((id, n) => ({ ...expected(id), from: id, n }))),
			);
			expect(simulator.requests('DELETE')).toHaveLength(ids.length - missing.size);
		});

		test(`${RUNS} runs that refresh one segment refresh it once`, async () => {
			const { id } = simulator.addSegment();
			const parameters = {
				segmentId: { __rl: true, mode: 'id', value: id },
				whenLimitReached: 'skip',
			};
			const calls = Array.from({ length: RUNS }, (_, n) => [`run ${n}`]);
			const outputs = (await runAll('refresh', { parameters }, calls)).flat();
			expect(outputs.filter(({ status }) => status === 'accepted')).toHaveLength(1);
			expect(outputs.filter(({ status }) => status === 'skipped')).toHaveLength(RUNS - 1);
			expect(simulator.requests('POST').filter(({ status }) => status === 202)).toHaveLength(1);
			expect(simulator.accountRefreshesUsed).toBe(1);
		});

		test('a file of contacts is written and read on a worker', async () => {
			const { id } = simulator.addSegment({ contacts_count: 3 });
			const node = segmentsNode('export', credential, {
				parameters: { resource: 'contact', options: { pollSeconds: 2 } },
			});
			const { executions } = await runOnWorkers(itemsWorkflow(node, extractFromFileNode('csv')), [
				[id],
			]);
			const [{ output }] = executions;
			const { data } = output('Segments')[0].binary!;
			// By default, n8n 2 keeps files in the database, and n8n 1 among the execution's items.
			expect(data.id?.split(':')[0]).toBe(version.startsWith('1.') ? undefined : 'database');
			expect(output('Extract from File').map(({ json }) => json.EMAIL)).toEqual(
				[1, 2, 3].map((n) => `contact-${n}@example.com`),
			);
		});
	});
}
