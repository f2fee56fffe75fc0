import { connect, createNodes, segmentsNode, startNode } from '../../tools/n8n/workflows';
import type { SavedWorkflow } from '../../tools/n8n/client';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';

describeInEditor((ctx) => {
	let workflow: SavedWorkflow;

	beforeAll(async () => {
		workflow = await ctx.n8n.createWorkflow({
			name: 'Fields',
			nodes: createNodes(startNode, segmentsNode('refresh', ctx.credential), {
				name: 'After',
				type: 'n8n-nodes-base.noOp',
			}),
			connections: connect({ Start: ['Segments'], Segments: ['After'] }),
		});
		await ctx.editor.openWorkflow(workflow);
	});

	beforeEach(async () => {
		if (!(await ctx.editor.nodePanel.isVisible())) await ctx.editor.openNode('Segments');
	});

	/** The menu of the last collection. */
	const expectOptions = async (options: string[]) => {
		await ctx.editor.addFieldButton.click();
		await eventually(async () =>
			expect(await ctx.editor.menuItems.allInnerTexts()).toEqual(options),
		);
		await ctx.editor.addFieldButton.click();
	};

	test("the operation stands under the node's name", async () => {
		await ctx.editor.closeNode();
		const node = ctx.editor.page.locator('[data-test-id="canvas-node"][data-node-name="Segments"]');
		await eventually(async () => expect(await node.innerText()).toMatch(/^Segments\s+Refresh$/));
	});

	test('the next node offers the output before the first run', async () => {
		const { editor } = ctx;
		await editor.closeNode();
		await editor.openNode('After');
		const offered = editor.byTestId('ndv-input-panel').getByTestId('run-data-schema-item');
		await eventually(async () =>
			expect((await offered.allInnerTexts()).slice(0, 3)).toEqual([
				'status',
				'segment_name',
				'contacts_count',
			]),
		);
		await editor.closeNode();
	});

	test('Timeout and Poll Interval are offered if something is waited for', async () => {
		const { editor } = ctx;
		await editor.toggle('waitForCompletion');
		await expectOptions(['Import Job ID', 'Poll Interval (Seconds)', 'Timeout (Seconds)']);
		await editor.toggle('waitForCompletion');
		await expectOptions(['Import Job ID']);
	});

	test('a query is sent as it is entered', async () => {
		const { editor, simulator } = ctx;
		const query = `SELECT contact_id, updated_at FROM contact_data WHERE city <> 'O''Fallon'\n\tAND plan = '{"a": {"b": 1}}' -- "`;
		await editor.chooseOperation('Create');
		await editor.byTestId('parameter-input-name').locator('input').fill('New');
		await editor.byTestId('parameter-input-queryDsl').locator('textarea').fill(query);
		await editor.executeButton.click();
		await eventually(async () =>
			expect(await editor.outputRow()).toMatchObject({
				segment_name: 'New',
				contacts_count: 'null',
			}),
		);
		expect(simulator.log.map(({ body }) => body)).toEqual([{ name: 'New', query_dsl: query }]);
	});
});
