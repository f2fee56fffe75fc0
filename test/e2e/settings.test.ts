import { randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import { callWebhook, nodes, runManually, wires } from './runs';
import { itemsOf, itemsWorkflow, segmentsNode } from './segmentWorkflow';
import { onEveryN8n } from './simulated';

const ON_ERROR = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;

onEveryN8n((at) => {
	const run = async (operation: string, settings: Partial<INode>, ids: string[]) =>
		await callWebhook(
			at.n8n,
			itemsWorkflow(segmentsNode(operation, at.credential, settings)),
			itemsOf(ids),
		);

	// The editor does not store what is as it was at first.
	test('options count where the operation is not stored', async () => {
		const { id } = at.simulator.addSegment();
		const parameters = {
			operation: undefined,
			options: { whenLimitReached: 'skip' },
		} as unknown as INode['parameters'];
		const statuses = [];
		for (let turn = 0; turn < 2; turn++) {
			const { output } = await run('refresh', { parameters }, [id]);
			statuses.push(output('Segments')[0].json.status);
		}
		expect(statuses).toEqual(['accepted', 'skipped']);
	});

	describe.each(['delete', 'refresh'])('%s', (operation) => {
		const method = operation === 'delete' ? 'DELETE' : 'POST';

		test('"Continue": a failure keeps its place among the results, and its pairing', async () => {
			const [first, third] = at.simulator.addSegments(2).map(({ id }) => id);
			const missing = randomUUID();
			const { output } = await run(operation, { onError: 'continueRegularOutput' }, [
				first,
				missing,
				third,
			]);
			expect(output('Segments').map(({ json }) => Object.keys(json))).toEqual([
				expect.arrayContaining(['segment_id']),
				['error'],
				expect.arrayContaining(['segment_id']),
			]);
			expect(output('Segments')[1].json.error).toMatchObject({
				message: `Segment ${missing} does not exist`,
				http_status: 404,
			});
			expect(output('Succeeded').map(({ json }) => json.from)).toEqual([first, missing, third]);
		});

		test('"Stop Workflow": the failure says how many items had taken effect', async () => {
			const known = at.simulator.addSegment().id;
			const { status, error } = await run(operation, {}, [known, randomUUID()]);
			expect(status).toBe('error');
			expect((error as { description?: string }).description).toContain(
				'1 of 2 items had taken effect when the run was stopped.',
			);
		});

		test.each(ON_ERROR)(
			'"Retry On Fail" under %s sends only what was refused again',
			async (onError) => {
				const ids = at.simulator.addSegments(10).map(({ id }) => id);
				at.simulator.fault({
					match: ({ pathname }) => pathname.endsWith(ids[0]),
					status: 403,
					body: { errors: [{ field: null, message: 'access forbidden' }] },
				});
				const { status, output } = await run(
					operation,
					{ onError, retryOnFail: true, maxTries: 2, waitBetweenTries: 10 },
					ids,
				);
				expect(status).toBe('success');
				expect(output('Succeeded').map(({ json }) => json.from)).toEqual(ids);
				expect(output('Segments').map(({ json }) => json.segment_id)).toEqual(ids);
				const sent = ids.map((id) => at.simulator.requests(method, id).length);
				expect(sent).toEqual([2, ...Array<number>(9).fill(1)]);
			},
		);

		test('"Execute Once" sends the first item only', async () => {
			const ids = at.simulator.addSegments(3).map(({ id }) => id);
			const { output } = await run(operation, { executeOnce: true }, ids);
			expect(output('Succeeded').map(({ json }) => json.from)).toEqual([ids[0]]);
			expect(at.simulator.log.map(({ pathname }) => pathname.split('/').at(-1))).toEqual([ids[0]]);
		});
	});

	describe('"Always Output Data"', () => {
		const findNothing: Partial<INode> = {
			parameters: { returnAll: true, filters: { nameContains: 'no such name' } },
		};

		test('off: a list without a match ends its branch', async () => {
			at.simulator.addSegments(2);
			const { status, data } = await run('getAll', findNothing, ['any']);
			expect(status).toBe('success');
			expect(Object.keys(data.resultData.runData)).not.toContain('Succeeded');
		});

		test('on: a list without a match carries on with an empty item', async () => {
			at.simulator.addSegments(2);
			const { output } = await run('getAll', { ...findNothing, alwaysOutputData: true }, ['any']);
			expect(output('Segments').map(({ json }) => json)).toEqual([{}]);
			expect(output('Succeeded')).toHaveLength(1);
		});
	});

	describe('in the editor', () => {
		const workflow = (id: string) => ({
			name: 'In the editor',
			nodes: nodes(
				{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
				{
					name: 'Items',
					type: 'n8n-nodes-base.set',
					typeVersion: 3.4,
					parameters: { mode: 'raw', jsonOutput: JSON.stringify({ id }) },
				},
				segmentsNode('refresh', at.credential),
				{ name: 'Next', type: 'n8n-nodes-base.noOp' },
			),
			connections: wires({ Start: ['Items'], Items: ['Segments'], Segments: ['Next'] }),
		});

		test('pinned data takes the place of requests', async () => {
			const pinned = { status: 'accepted', job_id: 'pinned' };
			const { status, output } = await runManually(
				at.n8n,
				{
					...workflow(at.simulator.addSegment().id),
					pinData: { Segments: [{ json: pinned, pairedItem: { item: 0 } }] },
				},
				{ trigger: 'Start' },
			);
			expect(status).toBe('success');
			expect(output('Next').map(({ json }) => json)).toEqual([pinned]);
			expect(at.simulator.log).toEqual([]);
		});

		test('"Execute step" runs the node on what came before, and nothing behind it', async () => {
			const { id } = at.simulator.addSegment();
			const before = await runManually(at.n8n, workflow(id), { trigger: 'Start', step: 'Items' });
			expect(at.simulator.log).toEqual([]);

			const { status, output, data } = await runManually(at.n8n, workflow(id), {
				step: 'Segments',
				earlier: before,
			});
			expect(status).toBe('success');
			expect(output('Segments').map(({ json }) => json)).toEqual([
				expect.objectContaining({ status: 'accepted', segment_id: id }),
			]);
			expect(Object.keys(data.resultData.runData)).not.toContain('Next');
			expect(at.simulator.requests('POST')).toHaveLength(1);
		});
	});
});
