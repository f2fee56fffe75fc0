import { configureExample, readExample } from '../../tools/examples';
import { seedDemo } from '../../simulator/demoData';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';
import { takePicture } from './pictures';

describeInEditor((ctx) => {
	test('an example workflow, and its node in both themes', async () => {
		const { editor } = ctx;
		seedDemo(ctx.simulator);
		const [, { id }] = ctx.simulator.segments.values();
		const example = configureExample(await readExample('webhook-refresh-respond'), {
			credential: ctx.credential,
			segment: { id, name: 'Customers in Germany' },
		});
		await editor.openWorkflow(await ctx.n8n.createWorkflow(example));
		await editor.byTestId('zoom-to-fit').click();
		const { page } = editor;
		await takePicture('workflow', page.getByTestId('canvas-node').or(page.getByTestId('sticky')), {
			margin: 64,
		});

		for (const [theme, file] of [
			['light', 'segments.svg'],
			['dark', 'segments.dark.svg'],
		] as const) {
			await page.emulateMedia({ colorScheme: theme });
			await editor.openNode('Refresh segment');
			const icon = editor.nodePanel.locator('img').first();
			await eventually(async () =>
				expect(await icon.getAttribute('src')).toMatch(new RegExp(`/${file}$`)),
			);
			await editor.closeNode();
		}
	});
});
