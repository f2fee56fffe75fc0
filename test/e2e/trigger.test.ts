import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { startSimulator, type Simulator } from '../../simulator';
import type { IDataObject } from 'n8n-workflow';
import type {
	N8nClient,
	SavedCredential,
	SavedWorkflow,
	WorkflowFile,
} from '../../tools/n8n/client';
import { executionIds, waitForExecution } from '../../tools/n8n/executions';
import { startInstance, type Instance } from '../../tools/n8n/instance';
import { logFile, startN8n, type RunningN8n } from '../../tools/n8n/server';
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
import { servers, type Server } from './servers';

const TRIGGER = 'SendGrid Segments Trigger';

/** Polls that n8n 2 can keep in its database, with their state, instead of in memory. Off by default. */
const DURABLE = {
	N8N_SCHEDULER_ENABLED: 'true',
	N8N_SCHEDULER_POLL_TRIGGERS_ENABLED: 'true',
	N8N_POLLER_DURABLE_CURSORS_ENABLED: 'true',
	N8N_SCHEDULER_EXECUTOR_INTERVAL: '1',
	N8N_SCHEDULER_MATERIALIZATION_INTERVAL: '1',
};

/** What the tests do with one n8n, which stays the same through its restarts. */
class Triggers {
	simulator!: Simulator;
	private credential!: SavedCredential;

	constructor(readonly n8n: () => N8nClient) {
		onFailure({ 'requests.jsonl': () => requestLines(this.simulator?.log) });
		beforeAll(async () => {
			this.simulator = await startSimulator({ refreshSeconds: Infinity });
			this.credential = await this.createCredential(this.simulator.keys.full);
		});
		afterAll(async () => await this.simulator.stop());
		beforeEach(() => this.simulator.reset());
	}

	async createCredential(apiKey: string): Promise<SavedCredential> {
		return await this.n8n().createCredential('SendGrid Segments', SEGMENTS_CREDENTIAL, {
			apiKey,
			baseUrl: this.simulator.url,
		});
	}

	workflow(parameters: object, credential = this.credential): WorkflowFile {
		return {
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
		};
	}

	async activate(parameters: object): Promise<SavedWorkflow> {
		const saved = await this.n8n().createWorkflow(this.workflow(parameters));
		await this.n8n().activate(saved);
		return saved;
	}

	async deactivate({ id }: SavedWorkflow): Promise<void> {
		await this.n8n().request('POST', `/workflows/${id}/deactivate`, {});
	}

	async untilPolled(times: number): Promise<void> {
		const polls = () => this.simulator.requests('GET', '/v3/marketing/segments/2.0').length;
		const before = polls();
		await until(`${times} polls`, () => polls() >= before + times);
	}

	/** The items of all executions that the trigger has started, oldest first, once there are so many. */
	async executionsOf(workflow: SavedWorkflow, count: number): Promise<IDataObject[][]> {
		await until(
			`${count} executions`,
			async () => (await executionIds(this.n8n(), workflow)).length >= count,
		);
		await this.untilPolled(2);
		const executions = [];
		for (const id of await executionIds(this.n8n(), workflow)) {
			const { output } = await waitForExecution(this.n8n(), id);
			executions.unshift(output('After').map(({ json }) => json));
		}
		return executions;
	}

	async refresh(id: string, contactsCount: number): Promise<void> {
		const { simulator } = this;
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
	}
}

/** A refresh starts one execution, and its item says all about it. */
function testRefresh(triggers: Triggers): void {
	test('a refresh starts one execution', async () => {
		const [segment] = triggers.simulator.addSegments(2);
		const workflow = await triggers.activate({});
		// Durable polls do not keep what the poll of the activation has found.
		await triggers.untilPolled(2);
		await triggers.refresh(segment.id, 12);
		expect(await triggers.executionsOf(workflow, 1)).toEqual([
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
		await triggers.deactivate(workflow);
	});
}

describe.each(servers())('n8n $version', ({ client, logFile: log }) => {
	onFailure({ 'n8n.log': async () => await readFile(log) });
	const triggers = new Triggers(() => client);
	testRefresh(triggers);

	test('activation with a wrong key says so', async () => {
		const wrong = await triggers.createCredential('SG.wrong');
		const workflow = await client.createWorkflow(triggers.workflow({}, wrong));
		const said = await client.activate(workflow).then(
			async () =>
				JSON.stringify(await client.request('GET', `/workflows/${workflow.id}/publication-status`)),
			(reason: Error) => reason.message,
		);
		expect(said).toContain('SendGrid rejected the API key');
	});
});

/** Begins to start the servers that tests have for themselves, while others are being tested. */
const startOwn: Array<() => void> = [];
beforeAll(() => startOwn.forEach((start) => start()));

/** An n8n of its own, which the tests stop and start. */
function describeOwnN8n(
	title: string,
	{ installed, tarball }: Pick<Server, 'installed' | 'tarball'>,
	env: Record<string, string>,
	tests: (triggers: Triggers, stop: () => Promise<void>, start: () => Promise<void>) => void,
): void {
	describe(`n8n ${installed.version} ${title}`, () => {
		const userFolder = join(temporaryFolder(), installed.version);
		let starting: Promise<Instance>;
		let instance: Instance;
		let running: RunningN8n;
		startOwn.push(() => {
			starting = startInstance(installed, { tarball, userFolder, env });
			// Whose tests have not begun yet.
			starting.catch(() => {});
		});
		onFailure({ 'n8n.log': async () => await readFile(logFile(userFolder)) });
		beforeAll(async () => {
			running = instance = await starting;
		});
		afterAll(async () => await running.stop());
		const start = async () => {
			const port = Number(new URL(instance.url).port);
			running = await startN8n(installed, { userFolder, port, env });
		};
		tests(new Triggers(() => instance.client), async () => await running.stop(), start);
	});
}

for (const server of servers()) {
	describeOwnN8n('that is restarted', server, {}, (triggers, stop, start) => {
		test('nothing is reported twice, and what happens while n8n is down is not lost', async () => {
			const [a, b, c] = triggers.simulator.addSegments(3);
			const workflow = await triggers.activate({ events: ['refreshed', 'deleted'] });
			await triggers.refresh(a.id, 12);
			await triggers.executionsOf(workflow, 1);

			await stop();
			await triggers.refresh(b.id, 30);
			triggers.simulator.segments.delete(c.id);
			await start();
			const [first, whileDown, ...others] = await triggers.executionsOf(workflow, 2);
			expect(first).toMatchObject([{ event: 'refreshed', segment_id: a.id }]);
			expect(whileDown).toMatchObject([
				{ event: 'refreshed', segment_id: b.id, contacts_count: 30, change: 28 },
				{ event: 'deleted', segment_id: c.id, segment_name: c.name, previous_count: 2 },
			]);
			expect(others).toEqual([]);
		});
	});
	if (!server.version.startsWith('1.')) {
		describeOwnN8n('with durable polls', server, DURABLE, testRefresh);
	}
}
