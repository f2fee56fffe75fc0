import { seedDemo } from '../../simulator/demoData';
import { connect, createNodes, segmentsNode, startNode } from '../../tools/n8n/workflows';
import { describeInEditor } from './describeInEditor';
import { eventually } from '../eventually';

const SEGMENT_ID = '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f02';
const SEGMENT_URL = `https://mc.sendgrid.com/segments/${SEGMENT_ID}`;

describeInEditor((ctx) => {
	beforeAll(async () => {
		await ctx.editor.page.context().route(`${SEGMENT_URL}**`, async (route) => {
			await route.fulfill({ body: "The segment's page" });
		});
	});

	beforeEach(async () => {
		seedDemo(ctx.simulator);
		await ctx.editor.openWorkflow(
			await ctx.n8n.createWorkflow({
				name: 'One segment',
				nodes: createNodes(
					startNode,
					segmentsNode('get', ctx.credential, {
						parameters: { segmentId: { __rl: true, mode: 'list', value: '' } },
					}),
				),
				connections: connect({ Start: ['Segments'] }),
			}),
		);
		await ctx.editor.openNode('Segments');
	});

	const enter = async (mode: string, entered: string) => {
		const { editor } = ctx;
		if (mode === 'From List') return await editor.chooseSegment(entered);
		await editor.chooseMode('segmentId', mode);
		await editor.picker('segmentId').fill(entered);
	};

	test.each([
		{ mode: 'From List', entered: 'Customers in Germany', linked: 'Customers in Germany' },
		{ mode: 'By Name', entered: 'Customers in Germany', linked: undefined },
		{ mode: 'By URL', entered: `${SEGMENT_URL}/edit?tab=contacts`, linked: SEGMENT_URL },
		{ mode: 'By ID', entered: `"${SEGMENT_ID.toUpperCase()}",`, linked: SEGMENT_ID },
	])('$mode: $entered', async ({ mode, entered, linked }) => {
		const { editor, simulator } = ctx;
		await enter(mode, entered);
		await editor.executeButton.click();
		await eventually(async () =>
			expect(await editor.outputRow()).toMatchObject({
				segment_id: SEGMENT_ID,
				segment_name: 'Customers in Germany',
			}),
		);
		expect(simulator.requests('GET', SEGMENT_ID)).toHaveLength(1);
		if (linked === undefined) return;

		if (linked !== entered) await editor.picker('segmentId').fill(linked);
		const [page] = await Promise.all([
			editor.page.waitForEvent('popup'),
			editor.byTestId('rlc-open-resource-link').click(),
		]);
		await page.waitForURL(SEGMENT_URL);
		await page.close();
	});
});
