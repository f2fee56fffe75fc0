import { seedDemo } from '../../simulator/demoData';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';
import { takePicture } from './pictures';

describeInEditor((ctx) => {
	test('finds the trigger, sets it up and fetches a test event', async () => {
		const { editor, n8n, simulator } = ctx;
		seedDemo(simulator);
		await editor.openWorkflow(
			await n8n.createWorkflow({ name: 'My workflow', nodes: [], connections: {} }),
		);
		await editor.addFirstNode('segment refreshed', 'On segment refreshed');

		await eventually(async () =>
			expect(await editor.labels()).toEqual([
				'Credential',
				'Poll Times',
				'Mode',
				'Trigger On',
				'Segment Names or IDs',
			]),
		);
		expect(await editor.byTestId('parameter-input-events').innerText()).toBe('Segment Refreshed');

		await editor.openDropDown('segments');
		await eventually(async () =>
			expect(await editor.menuItems.allInnerTexts()).toEqual([
				expect.stringMatching(/^Customers in Germany\s+872 contacts/),
				expect.stringMatching(/^No first name\s+318 contacts/),
				expect.stringMatching(/^Opened in the last 30 days\s+4,213 contacts/),
				expect.stringMatching(/^Spring campaign \(empty\)\s+0 contacts/),
			]),
		);
		await editor.menuItems.filter({ hasText: 'Customers in Germany' }).click();
		// Closes the menu.
		await editor.byTestId('parameter-input-segments').click();

		const [, customers] = simulator.segments.values();
		await editor.executeButton.click();
		await eventually(async () =>
			expect(await editor.outputRow()).toMatchObject({
				event: 'refreshed',
				segment_id: customers.id,
				segment_name: 'Customers in Germany',
				contacts_count: '872',
				status: 'VALID',
			}),
		);
		await editor.closeToasts();
		await takePicture('trigger', editor.parametersAndOutput, { height: 480 });
	});
});
