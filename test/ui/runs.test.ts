import { connect, createNodes, segmentsNode, startNode } from '../../tools/n8n/workflows';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';

const SEGMENT_ID = '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f02';

describeInEditor((ctx) => {
	beforeAll(async () => {
		const noOp = 'n8n-nodes-base.noOp';
		await ctx.editor.openWorkflow(
			await ctx.n8n.createWorkflow({
				name: 'Steps',
				nodes: createNodes(
					startNode,
					{ name: 'Before', type: noOp },
					segmentsNode('refresh', ctx.credential, {
						parameters: { segmentId: { __rl: true, mode: 'id', value: SEGMENT_ID } },
					}),
					{ name: 'After', type: noOp },
				),
				connections: connect({ Start: ['Before'], Before: ['Segments'], Segments: ['After'] }),
			}),
		);
	});
	afterEach(async () => {
		await ctx.editor.closeNode();
	});

	test('the next node offers the fields before the first run', async () => {
		await ctx.editor.openNode('After');
		const offered = ctx.editor.byTestId('ndv-input-panel').getByTestId('run-data-schema-item');
		await eventually(async () =>
			expect(await offered.allInnerTexts()).toEqual([
				'status',
				'segment_name',
				'contacts_count',
				'job_id',
				'segment_id',
				'user_time_zone',
				'sample_updated_at',
				'refreshes_left',
				'reason',
				'next_refresh_at',
			]),
		);
		expect(ctx.simulator.log).toEqual([]);
	});

	test('a step runs the nodes before it, and a pinned node is not run again', async () => {
		const { editor, simulator } = ctx;
		simulator.addSegment({ id: SEGMENT_ID });
		const refreshes = () => simulator.log.filter(({ method }) => method === 'POST');
		await editor.openNode('Segments');
		await editor.executeButton.click();
		await eventually(async () =>
			expect(await editor.outputRow()).toMatchObject({
				status: 'accepted',
				job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
				segment_id: SEGMENT_ID,
			}),
		);
		const { job_id } = await editor.outputRow();
		expect(refreshes()).toHaveLength(1);

		await editor.byTestId('ndv-pin-data').click();
		await editor.byTestId('ndv-pinned-data-callout').waitFor();
		await editor.closeNode();

		await editor.byTestId('execute-workflow-button').click();
		await editor.openNode('After');
		await eventually(async () =>
			expect(await editor.outputRow()).toMatchObject({ status: 'accepted', job_id }),
		);
		expect(refreshes()).toHaveLength(1);
	});
});
