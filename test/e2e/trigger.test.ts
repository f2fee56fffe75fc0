import { join } from 'node:path';
import { startSimulator, type Simulator } from '../../simulator';
import { freePort } from '../../tools/freePort';
import type { SavedCredential, SavedWorkflow, WorkflowFile } from '../../tools/n8n/client';
import { executionIds, runManually, waitForExecution } from '../../tools/n8n/executions';
import { startInstance, type Instance } from '../../tools/n8n/instance';
import { startN8n, type RunningN8n } from '../../tools/n8n/server';
import {
	connect,
	createNodes,
	EVERY_SECOND,
	SEGMENTS_CREDENTIAL,
	TRIGGER_NODE,
} from '../../tools/n8n/workflows';
import { temporaryFolder } from '../../tools/temporaryFolder';
import { until } from '../eventually';
import { onFailure, requestLines } from '../failures';
import { servers } from './servers';

const TRIGGER = 'SendGrid Segments Trigger';

const triggerWorkflow = (credential: SavedCredential, parameters: object): WorkflowFile => ({
	name: 'Trigger',
	nodes: createNodes(
		{
			name: TRIGGER,
			type: TRIGGER_NODE,
			parameters: { pollTimes: EVERY_SECOND, events: ['refreshed'], ...parameters },
			credentials: { [SEGMENTS_CREDENTIAL]: credential },
		},
		{ name: 'After', type: 'n8n-nodes-base.noOp' },
	),
	connections: connect({ [TRIGGER]: ['After'] }),
});

/** Polls that n8n 2 keeps in its database, with their state, instead of in memory. Off by default. */
const DURABLE = {
	N8N_SCHEDULER_ENABLED: 'true',
	N8N_SCHEDULER_POLL_TRIGGERS_ENABLED: 'true',
	N8N_POLLER_DURABLE_CURSORS_ENABLED: 'true',
	N8N_SCHEDULER_EXECUTOR_INTERVAL: '1',
	N8N_SCHEDULER_MATERIALIZATION_INTERVAL: '1',
};

const settings = servers().flatMap((server) => [
	{ ...server, scheduler: '', env: {} },
	...(server.version.startsWith('1.')
		? []
		: [{ ...server, scheduler: ' with durable polls', env: DURABLE }]),
]);

// Each n8n is started a second time, since these tests stop and start it.
describe.each(settings)(
	'n8n $version$scheduler',
	({ version, scheduler, installed, tarball, env }) => {
		const userFolder = join(temporaryFolder(), installed.version);
		let instance: Instance;
		let running: RunningN8n;
		let simulator: Simulator;
		let credential: SavedCredential;
		let start: () => Promise<RunningN8n>;

		beforeAll(async () => {
			simulator = await startSimulator({ refreshSeconds: Infinity });
			const port = await freePort();
			instance = await startInstance(installed, { tarball, userFolder, port, env });
			running = instance;
			start = async () => await startN8n(installed, { userFolder, port, env });
			credential = await createCredential(simulator.keys.full);
		}, 180_000);

		onFailure(
			{
				'n8n.log': () => running?.log(),
				'requests.jsonl': () => requestLines(simulator?.log),
			},
			`n8n ${version}${scheduler} `,
		);

		afterAll(async () => {
			await running.stop();
			await simulator.stop();
		});

		beforeEach(() => simulator.reset());

		const createCredential = async (apiKey: string) =>
			await instance.client.createCredential('SendGrid Segments', SEGMENTS_CREDENTIAL, {
				apiKey,
				baseUrl: simulator.url,
			});

		const activate = async (parameters: object, using = credential) => {
			const saved = await instance.client.createWorkflow(triggerWorkflow(using, parameters));
			await instance.client.activate(saved);
			return saved;
		};

		const deactivate = async ({ id }: SavedWorkflow) =>
			await instance.client.request('POST', `/workflows/${id}/deactivate`, {});

		const polls = () => simulator.requests('GET', '/v3/marketing/segments/2.0').length;

		const untilPolled = async (times: number) => {
			const before = polls();
			await until(`${times} polls`, () => polls() >= before + times);
		};

		/** The items of all executions that the trigger has started so far, oldest first. */
		const itemsOf = async (workflow: SavedWorkflow) => {
			const executions = [];
			for (const id of await executionIds(instance.client, workflow)) {
				const { status, output } = await waitForExecution(instance.client, id);
				if (status === 'success') executions.unshift(output('After').map(({ json }) => json));
			}
			return executions;
		};

		/** The same, once there are so many. */
		const executionsOf = async (workflow: SavedWorkflow, count: number) => {
			await until(`${count} executions`, async () => (await itemsOf(workflow)).length >= count);
			await untilPolled(2);
			return await itemsOf(workflow);
		};

		const refresh = async (id: string, contactsCount: number) => {
			simulator.segments.get(id)!.nextContactsCount = contactsCount;
			const { status } = await fetch(`${simulator.url}/v3/marketing/segments/2.0/refresh/${id}`, {
				method: 'POST',
				headers: {
					authorization: `Bearer ${simulator.keys.full}`,
					'content-type': 'application/json',
				},
				body: JSON.stringify({ user_time_zone: 'UTC' }),
			});
			expect(status).toBe(202);
			simulator.completeRefreshes();
		};

		test('a refresh starts one execution', async () => {
			const [segment] = simulator.addSegments(2);
			const workflow = await activate({});
			// Durable polls do not keep what the poll of the activation has found.
			await untilPolled(2);
			await refresh(segment.id, 12);
			expect(await executionsOf(workflow, 1)).toEqual([
				[
					{
						event: 'refreshed',
						segment_id: segment.id,
						segment_name: segment.name,
						contacts_count: 12,
						previous_count: 2,
						change: 10,
						sample_updated_at: segment.sample_updated_at,
						status: 'VALID',
						error_message: null,
						occurred_at: segment.sample_updated_at,
					},
				],
			]);
			await deactivate(workflow);
		}, 60_000);

		// After a start, n8n runs durable polls of several schedules at once, with the same state; after
		// one that failed, it pauses them for up to half an hour.
		if (env !== DURABLE) {
			test('a restart repeats nothing, and what happens while n8n is down is not lost', async () => {
				const [a, b, c] = simulator.addSegments(3);
				const workflow = await activate({ events: ['refreshed', 'deleted'] });
				await refresh(a.id, 12);
				await executionsOf(workflow, 1);

				await running.stop();
				running = await start();
				await untilPolled(3);
				expect(await itemsOf(workflow)).toHaveLength(1);

				await running.stop();
				await refresh(b.id, 30);
				simulator.segments.delete(c.id);
				running = await start();
				const [first, whileDown, ...others] = await executionsOf(workflow, 2);
				expect(first).toMatchObject([{ event: 'refreshed', segment_id: a.id }]);
				expect(whileDown).toMatchObject([
					{ event: 'refreshed', segment_id: b.id, contacts_count: 30, change: 28 },
					{ event: 'deleted', segment_id: c.id, segment_name: c.name, previous_count: 2 },
				]);
				expect(others).toEqual([]);
				await deactivate(workflow);
			}, 240_000);

			test('what happens while polls fail is not lost', async () => {
				const [a, b] = simulator.addSegments(2);
				const workflow = await activate({ events: ['deleted'] });
				simulator.segments.delete(a.id);
				await executionsOf(workflow, 1);

				simulator.fault({ status: 400, times: Infinity });
				await untilPolled(2);
				simulator.segments.delete(b.id);
				await untilPolled(1);
				simulator.clearFaults();
				const [first, whileFailing, ...others] = await executionsOf(workflow, 2);
				expect(first).toMatchObject([{ event: 'deleted', segment_id: a.id }]);
				expect(whileFailing).toMatchObject([{ event: 'deleted', segment_id: b.id }]);
				expect(others).toEqual([]);
				await deactivate(workflow);
			}, 60_000);
		}

		test('ten polls without a change are ten requests and no execution', async () => {
			simulator.addSegments(3);
			const workflow = await activate({});
			await untilPolled(10);
			await deactivate(workflow);
			const requests = simulator.log.length;
			expect(polls()).toBe(requests);
			expect(requests).toBeGreaterThanOrEqual(11);
			expect(await executionIds(instance.client, workflow)).toEqual([]);
		}, 60_000);

		test('a segment that breaks is reported, a small change of the count is not', async () => {
			const segment = simulator.addSegment({ contacts_count: 100 });
			const workflow = await activate({
				events: ['countChanged', 'invalid'],
				segments: [segment.id],
				options: { minChange: 10 },
			});
			await refresh(segment.id, 109);
			await untilPolled(2);
			segment.status = { query_validation: 'INVALID', error_message: 'no such field' };
			expect(await executionsOf(workflow, 1)).toEqual([
				[
					expect.objectContaining({
						event: 'invalid',
						status: 'INVALID',
						error_message: 'no such field',
					}),
				],
			]);
			await deactivate(workflow);
		}, 60_000);

		test('activation with a wrong key says so', async () => {
			const wrong = await createCredential('SG.wrong');
			const workflow = await instance.client.createWorkflow(triggerWorkflow(wrong, {}));
			const said = await instance.client.activate(workflow).then(
				async () =>
					JSON.stringify(
						await instance.client.request('GET', `/workflows/${workflow.id}/publication-status`),
					),
				(reason: Error) => reason.message,
			);
			expect(said).toContain('SendGrid rejected the API key');
		});

		test('Fetch Test Event shows a real segment and changes no state', async () => {
			const segment = simulator.addSegment({ name: 'Berlin' });
			const workflow = triggerWorkflow(credential, { events: ['countChanged'] });
			const { output } = await runManually(instance.client, workflow, { trigger: TRIGGER });
			expect(output(TRIGGER).map(({ json }) => json)).toMatchObject([
				{ event: 'countChanged', segment_id: segment.id, segment_name: 'Berlin' },
			]);
		});
	},
);
