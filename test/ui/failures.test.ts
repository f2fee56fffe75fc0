import { createNodes, segmentsNode, startNode } from '../../tools/n8n/workflows';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';
import { takePicture } from './pictures';

const LIMITED_ID = '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f02';

describeInEditor((ctx) => {
	const byId = (value: string) => ({ segmentId: { __rl: true, mode: 'id', value } });
	const fromList = (value: string, cachedResultName: string) => ({
		__rl: true,
		mode: 'list',
		value,
		cachedResultName,
	});

	beforeAll(async () => {
		const named = (name: string, operation: string, parameters: object, by = ctx.credential) => ({
			...segmentsNode(operation, by, { parameters: { ...parameters } }),
			name,
		});
		const credentialWith = async (apiKey: string) =>
			await ctx.n8n.createCredential('Restricted', 'sendGridSegmentsApi', {
				apiKey,
				baseUrl: ctx.simulator.url,
			});
		const { keys } = ctx.simulator;
		const noMarketing = await credentialWith(keys.noMarketing);
		const failing = [
			named('Bad ID', 'delete', byId('no-segment')),
			named('Refresh segment', 'refresh', {
				segmentId: fromList(LIMITED_ID, 'Customers in Germany'),
				timeZone: 'Europe/Berlin',
			}),
			named('No access', 'refresh', { segmentId: fromList('', '') }, noMarketing),
		];
		await ctx.editor.openWorkflow(
			await ctx.n8n.createWorkflow({
				name: 'Failures',
				nodes: createNodes(startNode, ...failing),
				connections: {
					Start: { main: [failing.map(({ name }) => ({ node: name, type: 'main', index: 0 }))] },
				},
			}),
		);
	});
	afterEach(async () => {
		await ctx.editor.closeNode();
	});

	test('an invalid ID is rejected before the run', async () => {
		await ctx.editor.openNode('Bad ID');
		await ctx.editor.executeButton.click();
		await eventually(async () =>
			expect(await ctx.editor.toast.innerText()).toMatch(
				/cannot start[^]*Not a segment ID. Use By URL or By Name/,
			),
		);
		expect(ctx.simulator.log).toEqual([]);
	});

	test('a limit says when the next refresh is possible', async () => {
		ctx.simulator.clock.set('2027-03-01T09:00:00Z');
		ctx.simulator.addSegment({
			id: LIMITED_ID,
			name: 'Customers in Germany',
			contacts_count: 872,
			refreshes_used: 2,
			last_refreshed_at: '2027-03-01T07:00:00Z',
			lastTimeZone: 'Europe/Berlin',
		});
		await ctx.editor.openNode('Refresh segment');
		await ctx.editor.executeButton.click();
		await eventually(async () =>
			expect(await ctx.editor.failure()).toEqual({
				message: '"Customers in Germany" has reached its limit of 2 refreshes per day',
				description:
					'Next refresh possible: Mar 2, 2027, 00:00 (Europe/Berlin), in 14 hours. To skip it instead of failing, set \'When Limit Is Reached\' to "Skip".',
			}),
		);
		await ctx.editor.closeToasts();
		await takePicture('limit-reached', ctx.editor.parametersAndOutput, { height: 480 });
	});

	test('a picker shows why it is empty', async () => {
		const { editor } = ctx;
		await editor.openNode('No access');
		await editor.picker('segmentId').click();
		await editor.page.getByText('The API key has no access to Marketing segments').waitFor();
		await editor.page.getByText('add the scope "Marketing" to the key').waitFor();
	});
});
