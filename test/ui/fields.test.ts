import { createNodes, segmentsNode } from '../../tools/n8n/workflows';
import { eventually } from './eventually';
import { describeInEditor } from './describeInEditor';

describeInEditor((ctx) => {
	beforeAll(async () => {
		await ctx.editor.openWorkflow(
			await ctx.n8n.createWorkflow({
				name: 'Fields',
				nodes: createNodes(segmentsNode('refresh', ctx.credential)),
				connections: {},
			}),
		);
		await ctx.editor.openNode('Segments');
	});

	const expectFields = async (fields: string[]) =>
		await eventually(async () =>
			expect(await ctx.editor.labels()).toEqual(['Credential', 'Operation', ...fields]),
		);

	test.each([
		{
			operation: 'Create Segment',
			fields: ['Name', 'Query DSL', 'Additional Fields'],
			added: ['Parent List'],
		},
		{
			operation: 'Delete Segment',
			fields: ['Segment', 'Options'],
			added: ['Dry Run', 'Ignore If Not Found', 'Max Concurrency', 'Return Definition'],
		},
		{
			operation: 'Get Segment',
			fields: ['Segment', 'Simplify', 'Options'],
			added: ['Include Contacts Sample'],
		},
		{
			operation: 'Get Many Segments',
			fields: ['Return All', 'Limit', 'Filters', 'Simplify'],
			added: ['Name Contains', 'Parent List IDs', 'Segment IDs', 'Without Parent List'],
		},
		{
			operation: 'Refresh Segment',
			fields: ['Segment', 'Time Zone', 'Options'],
			added: ['Wait for Completion', 'When Limit Is Reached'],
		},
		{
			operation: 'Update Segment',
			fields: ['Segment', 'Update Fields'],
			added: ['Name', 'Query DSL'],
		},
	])('$operation shows its own fields and no others', async ({ operation, fields, added }) => {
		await ctx.editor.chooseOperation(operation);
		await expectFields(fields);

		await ctx.editor.addFieldButton.click();
		if (!fields.includes('Additional Fields')) {
			await eventually(async () =>
				expect(await ctx.editor.menuItems.allInnerTexts()).toEqual(added),
			);
			await ctx.editor.addFieldButton.click();
		} else {
			// A collection with a single field has no menu.
			await expectFields(
				fields.flatMap((field) => (field === 'Additional Fields' ? [field, ...added] : [field])),
			);
		}
	});

	test('Limit is hidden if Return All is on', async () => {
		await ctx.editor.chooseOperation('Get Many Segments');
		await expectFields(['Return All', 'Limit', 'Filters', 'Simplify']);
		await ctx.editor.toggle('returnAll');
		await expectFields(['Return All', 'Filters', 'Simplify']);
	});

	test('the wait options are offered only with Wait for Completion', async () => {
		await ctx.editor.chooseOperation('Refresh Segment');
		await ctx.editor.addField('Wait for Completion');
		await expectFields(['Segment', 'Time Zone', 'Options', 'Wait for Completion']);
		await ctx.editor.addFieldButton.click();
		await eventually(async () =>
			expect(await ctx.editor.menuItems.allInnerTexts()).toEqual([
				'Poll Interval (Seconds)',
				'Timeout (Seconds)',
				'When Limit Is Reached',
			]),
		);
	});
});
