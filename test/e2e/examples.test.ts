import { choose, EXAMPLES, readExample, type ExampleName } from '../../demo/examples';
import type { SavedWorkflow, WorkflowFile } from '../../demo/n8n/client';
import { callWebhook, runManually } from './runs';
import { SEGMENTS_NODE } from './segmentWorkflow';
import { onEveryN8n } from './simulated';

const nodeOf = ({ nodes }: WorkflowFile, name: string) => nodes.find((node) => node.name === name)!;

onEveryN8n((at) => {
	/** An example with a segment of the simulator chosen. */
	const prepared = async (name: ExampleName, segment?: { id: string; name: string }) =>
		choose(await readExample(name), { credential: at.credential, segment });

	/** Runs an example from its trigger; nodes that need another service give what they are pinned to. */
	const run = async (
		workflow: WorkflowFile,
		pinned: Record<string, Array<Record<string, string>>> = {},
	) => {
		const pinData = Object.fromEntries(
			Object.entries(pinned).map(([node, items]) => [node, items.map((json) => ({ json }))]),
		);
		const trigger = workflow.nodes.find(({ type }) => type.endsWith('Trigger'))!.name;
		return await runManually(at.n8n, { ...workflow, pinData }, { trigger });
	};

	let knownTypes: string[];
	beforeAll(async () => {
		knownTypes = (await at.n8n.nodeTypes()).map(({ name }) => name);
	});

	test.each(EXAMPLES)('%s is imported as it is, with nodes that this n8n knows', async (name) => {
		const example = await readExample(name);
		const types = example.nodes.map(({ type }) => type);
		expect(types).toContain(SEGMENTS_NODE);
		expect(knownTypes).toEqual(expect.arrayContaining(types));
		const { id } = await at.n8n.createWorkflow(example);
		const saved = await at.n8n.request<SavedWorkflow & WorkflowFile>('GET', `/workflows/${id}`);
		expect(saved).toMatchObject({ name: example.name, nodes: example.nodes });
	});

	test('webhook → refresh → respond with the job ID', async () => {
		const segment = at.simulator.addSegment();
		const { answer } = await callWebhook(
			at.n8n,
			await prepared('webhook-refresh-respond', segment),
			{},
		);
		expect(answer).toEqual({
			status: 200,
			body: { job_id: expect.stringMatching(/^[0-9a-f-]{36}$/), segment_id: segment.id },
		});
	});

	test('CRM sync → refresh: one request, however many items', async () => {
		const segment = at.simulator.addSegment();
		const { output } = await run(await prepared('crm-sync-refresh', segment));
		const refreshed = output('Refresh a segment').map(({ json }) => json);
		expect(refreshed).toHaveLength(3);
		expect(new Set(refreshed.map(({ job_id }) => job_id)).size).toBe(1);
		expect(at.simulator.requests('POST')).toHaveLength(1);
	});

	test('CRM sync → upsert → refresh and wait → tell Slack the new count', async () => {
		const segment = at.simulator.addSegment({ contacts_count: 10, nextContactsCount: 12 });
		const example = await prepared('crm-sync-upsert-refresh-and-wait-slack', segment);
		nodeOf(example, 'Refresh a segment').parameters.options = {
			waitForCompletion: true,
			pollSeconds: 5,
		};
		const { status, output } = await run(example, {
			'Create or update contacts': [{ job_id: 'upsert' }],
			'Let SendGrid take them in': [{ job_id: 'upsert' }],
			'Tell Slack': [{ ok: 'pinned' }],
		});
		expect(status).toBe('success');
		expect(output('Refresh a segment')[0].json).toMatchObject({
			status: 'completed',
			contacts_count: 12,
		});
	});

	test('nightly refresh: segments at their limit are skipped, with the time of the next', async () => {
		at.simulator.addSegments(8);
		const limited = at.simulator.addSegment({
			name: 'At its limit',
			refreshes_used: 1,
			last_refreshed_at: new Date().toISOString(),
		});
		const { status, output } = await run(await prepared('nightly-refresh-ten-segments'));
		expect(status).toBe('success');
		expect(at.simulator.accountRefreshesUsed).toBe(8);
		expect(output('Skipped ones').map(({ json }) => json.segment_id)).toEqual([limited.id]);
		expect(output('Say when it is possible').map(({ json }) => json)).toEqual([
			{
				message: expect.stringMatching(
					/^At its limit was skipped \(segment_hourly\)\. The next refresh is possible at \d{4}-/,
				),
			},
		]);
	});

	describe('clean up empty segments', () => {
		const prepare = async () => {
			const table = await newDataTable();
			const example = await prepared('clean-up-empty-segments');
			const keep = nodeOf(example, 'Keep the definition');
			keep.parameters.dataTableId = { __rl: true, mode: 'id', value: table };
			return { example, rows: async () => await rowsOf(table) };
		};

		test('deletes nothing as it comes', async () => {
			const { id } = at.simulator.addSegment({ contacts_count: 0 });
			const { example, rows } = await prepare();
			expect((await run(example)).status).toBe('success');
			expect(await rows()).toEqual([expect.objectContaining({ segment_id: id, deleted: false })]);
			expect(at.simulator.requests('DELETE')).toEqual([]);
		});

		test('keeps the definitions of what it deletes, once it may', async () => {
			const list = at.simulator.addList({ name: 'Newsletter' });
			const empty = at.simulator.addSegment({ contacts_count: 0, parent_list_ids: [list.id] });
			const full = at.simulator.addSegment({ contacts_count: 3 });
			const pending = at.simulator.addSegment({
				contacts_count: 0,
				status: { query_validation: 'PENDING' },
			});
			const { example, rows } = await prepare();
			nodeOf(example, 'Delete a segment').parameters.options = { returnDefinition: true };

			expect((await run(example)).status).toBe('success');
			expect([...at.simulator.segments.keys()]).toEqual([full.id, pending.id]);
			expect(await rows()).toEqual([
				expect.objectContaining({
					segment_id: empty.id,
					name: empty.name,
					query_dsl: empty.query_dsl,
					parent_list_id: list.id,
					deleted: true,
				}),
			]);
		});

		const tables = async () => {
			const { id } = await at.n8n.request<{ id: string }>('GET', '/projects/personal');
			return `/projects/${id}/data-tables`;
		};

		const newDataTable = async (): Promise<string> => {
			const texts = ['segment_id', 'name', 'query_dsl', 'parent_list_id'];
			const { id } = await at.n8n.request<{ id: string }>('POST', await tables(), {
				name: `Definitions ${Date.now()}`,
				columns: [
					...texts.map((name) => ({ name, type: 'string' })),
					{ name: 'deleted', type: 'boolean' },
				],
			});
			return id;
		};

		const rowsOf = async (table: string): Promise<unknown[]> => {
			const { data } = await at.n8n.request<{ data: unknown[] }>(
				'GET',
				`${await tables()}/${table}/rows`,
			);
			return data;
		};
	});
});
