import { createNodes, segmentsNode } from '../../tools/n8n/workflows';
import { eventually } from '../eventually';
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
			expect(await ctx.editor.labels()).toEqual(['Credential', 'Resource', 'Operation', ...fields]),
		);

	test.each([
		{
			operation: 'Create',
			fields: ['Name', 'SQL Query', 'Additional Fields', 'Simplify', 'Options'],
		},
		{
			operation: 'Create or Update',
			fields: ['Name', 'SQL Query', 'Additional Fields', 'Simplify', 'Options'],
		},
		{
			operation: 'Delete',
			fields: ['Segment', 'Options'],
			added: [
				'Dry Run',
				'If Scheduled',
				'Ignore If Not Found',
				'Max Concurrency',
				'Return Definition',
			],
		},
		{
			operation: 'Get',
			fields: ['Segment', 'Simplify', 'Options'],
			added: ['Include Contacts Sample'],
		},
		{
			operation: 'Get Many',
			fields: ['Return All', 'Limit', 'Filters', 'Simplify'],
			added: ['Name Contains', 'Parent List Names or IDs', 'Segment IDs', 'Without Parent List'],
		},
		{
			operation: 'Refresh',
			fields: ['Segment', 'Time Zone Name or ID', 'Options'],
			added: [
				'Import Job ID',
				'Poll Interval (Seconds)',
				'Timeout (Seconds)',
				'Wait for Completion',
				'When Limit Is Reached',
			],
		},
		{
			operation: 'Update',
			fields: ['Segment', 'Update Fields', 'Simplify', 'Options'],
			added: ['Name', 'SQL Query'],
		},
	])('$operation shows its own fields and no others', async ({ operation, fields, added }) => {
		await ctx.editor.chooseOperation(operation);
		await expectFields(fields);

		// n8n shows no menu for a collection with a single field.
		if (!added) return;
		await ctx.editor.addFieldButton.click();
		await eventually(async () => expect(await ctx.editor.menuItems.allInnerTexts()).toEqual(added));
	});

	test('Limit is hidden if Return All is on', async () => {
		await ctx.editor.chooseOperation('Get Many');
		await expectFields(['Return All', 'Limit', 'Filters', 'Simplify']);
		await ctx.editor.toggle('returnAll');
		await expectFields(['Return All', 'Filters', 'Simplify']);
	});

	test('Return Definition is not offered with Dry Run, which returns it anyway', async () => {
		await ctx.editor.chooseOperation('Delete');
		await ctx.editor.addField('Dry Run');
		await expectFields(['Segment', 'Options', 'Dry Run']);
		await ctx.editor.addFieldButton.click();
		await eventually(async () =>
			expect(await ctx.editor.menuItems.allInnerTexts()).toEqual([
				'If Scheduled',
				'Ignore If Not Found',
				'Max Concurrency',
			]),
		);
	});
});
