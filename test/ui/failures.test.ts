import { createNodes, segmentsNode, startNode } from '../../tools/n8n/workflows';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';
import { takePicture } from './pictures';

const MISSING_ID = '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f0f';
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
		const freePlan = await credentialWith(keys.freePlan);
		const failing = [
			named('Bad ID', 'delete', byId('no-segment')),
			named('Bad expression', 'delete', byId("={{ 'no-segment' }}")),
			named('Missing', 'delete', byId(MISSING_ID)),
			named('Refresh segment', 'refresh', {
				segmentId: fromList(LIMITED_ID, 'Customers in Germany'),
				timeZone: 'Europe/Berlin',
			}),
			named('No access', 'refresh', { segmentId: fromList('', '') }, noMarketing),
			named('Free plan', 'refresh', byId(LIMITED_ID), freePlan),
			named('City', 'refresh', { ...byId(LIMITED_ID), timeZone: "={{ 'Berlin' }}" }),
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
				/cannot start[^]*Not a segment ID. Paste the segment’s URL with By URL/,
			),
		);
		expect(ctx.simulator.log).toEqual([]);
	});

	test('an invalid ID from an expression is rejected before any request', async () => {
		await ctx.editor.openNode('Bad expression');
		await ctx.editor.executeButton.click();
		await eventually(async () =>
			expect(await ctx.editor.failure()).toEqual({
				message: "'Segment' is not a valid ID",
				description:
					'The value is "no-segment", which looks like a name. Choose the segment with From List, or paste its URL from SendGrid.',
			}),
		);
		expect(ctx.simulator.log).toEqual([]);
	});

	test('a segment that does not exist is named', async () => {
		await ctx.editor.openNode('Missing');
		await ctx.editor.executeButton.click();
		await eventually(async () =>
			expect(await ctx.editor.failure()).toEqual({
				message: `Segment ${MISSING_ID} does not exist`,
				description: 'It may have been deleted. Choose the segment from the list.',
			}),
		);
		await ctx.editor.output.getByText('From SendGrid Segments').click();
		await ctx.editor.output.getByText('404', { exact: true }).waitFor();
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
					'Next refresh possible: 2 Mar 2027, 00:00 (Europe/Berlin), in 14 hours. To skip it instead of failing, set \'When Limit Is Reached\' to "Skip".',
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

	test('a city suggests its time zone, before any request', async () => {
		await ctx.editor.openNode('City');
		await ctx.editor.executeButton.click();
		await eventually(async () =>
			expect(await ctx.editor.failure()).toEqual({
				message: '\'Time Zone Name or ID\' "Berlin" is not a known time zone',
				description: 'Use Europe/Berlin.',
			}),
		);
		expect(ctx.simulator.log).toEqual([]);
	});

	test('a free plan says which plans can refresh', async () => {
		ctx.simulator.addSegment({ id: LIMITED_ID });
		await ctx.editor.openNode('Free plan');
		await ctx.editor.executeButton.click();
		await eventually(async () =>
			expect(await ctx.editor.failure()).toEqual({
				message: 'Manual refresh is not available to this API key or plan',
				description: expect.stringContaining('Marketing Campaigns Basic or Advanced plan'),
			}),
		);
	});
});
