import type { INodeParameters } from 'n8n-workflow';
import { seedDemo } from '../../simulator/demoData';
import { connect, createNodes, segmentsNode, startNode } from '../../tools/n8n/workflows';
import { eventually } from './eventually';
import { describeInEditor } from './describeInEditor';

const SEGMENT_ID = '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f02';

describeInEditor((ctx) => {
	beforeEach(() => {
		seedDemo(ctx.simulator);
	});

	/** Opens a node behind one that returns so many items. */
	const openNode = async (
		operation: string,
		options: INodeParameters,
		itemCount = 1,
		id = SEGMENT_ID,
	) => {
		const segmentId = { __rl: true, mode: 'id', value: id };
		await ctx.editor.openWorkflow(
			await ctx.n8n.createWorkflow({
				name: 'Hints',
				nodes: createNodes(
					startNode,
					{
						name: 'Items',
						type: 'n8n-nodes-base.debugHelper',
						parameters: {
							category: 'randomData',
							randomDataType: 'user',
							randomDataCount: itemCount,
						},
					},
					segmentsNode(operation, ctx.credential, { parameters: { segmentId, options } }),
				),
				connections: connect({ Start: ['Items'], Items: ['Segments'] }),
			}),
		);
		await ctx.editor.openNode('Segments');
	};

	const permanent = () => ctx.editor.nodePanel.getByText('Deleting a segment is permanent.');
	const outputText = async () => await ctx.editor.output.innerText();

	test('Delete says that it is permanent, unless it is a dry run, which says so afterwards', async () => {
		const { editor, simulator } = ctx;
		await openNode('delete', {});
		await permanent().waitFor();
		await editor.addField('Dry Run');
		await permanent().waitFor({ state: 'hidden' });

		await editor.executeButton.click();
		await eventually(async () =>
			expect(await outputText()).toContain('Dry run: nothing was deleted.'),
		);
		await eventually(async () =>
			expect(await editor.outputRow()).toMatchObject({ deleted: 'false', dry_run: 'true' }),
		);
		expect(simulator.segments.has(SEGMENT_ID)).toBe(true);
	});

	test('a skipped refresh says so, and when a refresh is possible', async () => {
		const { editor, simulator } = ctx;
		simulator.segments.get(SEGMENT_ID)!.last_refreshed_at = new Date().toISOString();
		await openNode('refresh', { whenLimitReached: 'skip' });
		await editor.executeButton.click();
		await eventually(async () =>
			expect(await outputText()).toContain(
				'Nothing was refreshed for items with the status "skipped"',
			),
		);
		await eventually(async () =>
			expect(Object.keys(await editor.outputRow()).slice(0, 3)).toEqual([
				'status',
				'reason',
				'next_refresh_at',
			]),
		);
	});

	test('more refreshes than a day allows are announced before the run, unless they are skipped', async () => {
		const { editor, simulator } = ctx;
		// From pinned items alone, n8n does not count them.
		await openNode('refresh', {}, 11, '={{ $json.uid }}');
		await editor.byTestId('execute-previous-node').click();
		const hint = editor.output.getByText('SendGrid allows 10 refreshes per account per day.');
		await hint.waitFor();
		await editor.addField('When Limit Is Reached');
		await hint.waitFor({ state: 'hidden' });
		expect(simulator.log).toEqual([]);
	});
});
