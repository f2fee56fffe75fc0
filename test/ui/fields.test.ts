import { nodes } from '../e2e/runs';
import { segmentsNode } from '../e2e/segmentWorkflow';
import { eventually } from './eventually';
import { inTheEditor } from './inTheEditor';

inTheEditor((at) => {
	beforeAll(async () => {
		await at.editor.openWorkflow(
			await at.n8n.createWorkflow({
				name: 'Fields',
				nodes: nodes(segmentsNode('refresh', at.credential)),
				connections: {},
			}),
		);
		await at.editor.openNode('Segments');
	});

	const seesFields = async (fields: string[]) =>
		await eventually(async () =>
			expect(await at.editor.labels()).toEqual(['Credential', 'Operation', ...fields]),
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
		await at.editor.chooseOperation(operation);
		await seesFields(fields);

		await at.editor.adder.click();
		if (!fields.includes('Additional Fields')) {
			await eventually(async () => expect(await at.editor.menu.allInnerTexts()).toEqual(added));
			await at.editor.adder.click();
		} else {
			// A collection with a single field needs no menu.
			await seesFields(
				fields.flatMap((field) => (field === 'Additional Fields' ? [field, ...added] : [field])),
			);
		}
	});

	test('Limit goes when all are returned', async () => {
		await at.editor.chooseOperation('Get Many Segments');
		await seesFields(['Return All', 'Limit', 'Filters', 'Simplify']);
		await at.editor.flip('returnAll');
		await seesFields(['Return All', 'Filters', 'Simplify']);
	});

	test('how to wait is asked only of those who wait', async () => {
		await at.editor.chooseOperation('Refresh Segment');
		await at.editor.add('Wait for Completion');
		await seesFields(['Segment', 'Time Zone', 'Options', 'Wait for Completion']);
		await at.editor.adder.click();
		await eventually(async () =>
			expect(await at.editor.menu.allInnerTexts()).toEqual([
				'Poll Interval (Seconds)',
				'Timeout (Seconds)',
				'When Limit Is Reached',
			]),
		);
	});
});
