import { choose, readExample } from '../../demo/examples';
import { seedDemo } from '../../simulator/demoData';
import { eventually } from './eventually';
import { inTheEditor } from './inTheEditor';
import { takePicture } from './pictures';

inTheEditor((at) => {
	test('an example workflow, and its node in both themes', async () => {
		const { editor } = at;
		seedDemo(at.simulator);
		const [, { id }] = at.simulator.segments.values();
		const example = choose(await readExample('webhook-refresh-respond'), {
			credential: at.credential,
			segment: { id, name: 'Customers in Germany (872 contacts)' },
		});
		await editor.openWorkflow(await at.n8n.createWorkflow(example));
		await editor.marked('zoom-to-fit').click();
		const { page } = editor;
		await takePicture('workflow', page.getByTestId('canvas-node').or(page.getByTestId('sticky')), {
			margin: 64,
		});

		for (const [theme, file] of [
			['light', 'segments.svg'],
			['dark', 'segments.dark.svg'],
		] as const) {
			await page.emulateMedia({ colorScheme: theme });
			await editor.openNode('Refresh a segment');
			const icon = editor.nodePanel.locator('img').first();
			await eventually(async () =>
				expect(await icon.getAttribute('src')).toMatch(new RegExp(`/${file}$`)),
			);
			await takePicture(`node-${theme}`, editor.nodePanel, { margin: 24, height: 520 });
			await editor.closeNode();
		}
	});
});
