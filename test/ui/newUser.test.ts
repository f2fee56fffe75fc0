import type { INodeCredentials } from 'n8n-workflow';
import { seedDemo } from '../../simulator/demoData';
import { connect, createNodes, SEGMENTS_NODE, startNode } from '../../tools/n8n/workflows';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';
import { takePicture } from './pictures';

describeInEditor((ctx) => {
	/** Opens a new node, as the nodes panel creates it, after a trigger. */
	const openNewNode = async (credentials?: INodeCredentials) => {
		await ctx.editor.openWorkflow(
			await ctx.n8n.createWorkflow({
				name: 'My workflow',
				nodes: createNodes(startNode, { name: 'Segments', type: SEGMENTS_NODE, credentials }),
				connections: connect({ Start: ['Segments'] }),
			}),
		);
		await ctx.editor.openNode('Segments');
	};

	beforeEach(() => {
		seedDemo(ctx.simulator);
	});

	test('finds the node and its actions', async () => {
		const { editor } = ctx;
		const [start] = createNodes(startNode);
		const workflow = await ctx.n8n.createWorkflow({
			name: 'My workflow',
			nodes: [start],
			connections: {},
		});
		await editor.openWorkflow(workflow);
		await editor.byTestId('canvas-handle-plus').click();
		await editor.byTestId('node-creator-search-bar').fill('refresh segment');
		await eventually(async () =>
			expect(await editor.nodeCreatorItems.allInnerTexts()).toEqual([
				// n8n shows the node and its trigger as one, with the description of the trigger.
				expect.stringMatching(/^SendGrid Segments\s/),
			]),
		);
		await takePicture('find-node', editor.byTestId('node-creator'), { height: 240 });

		await editor.nodeCreatorItems.click();
		await eventually(async () =>
			expect((await editor.nodeCreatorItems.allInnerTexts()).slice(0, 7)).toEqual([
				'Create segment',
				'Create or update segment',
				'Delete segment permanently',
				'Get segment',
				'Get many segments',
				'Refresh segment',
				'Update segment',
			]),
		);

		await editor.nodeCreatorItems.filter({ hasText: 'Refresh segment' }).click();
		await editor.executeButton.waitFor();
		expect(await editor.byTestId('parameter-input-operation').locator('input').inputValue()).toBe(
			'Refresh',
		);
	});

	test('finds the node by its task', async () => {
		const { editor } = ctx;
		await editor.openWorkflow(
			await ctx.n8n.createWorkflow({ name: 'My workflow', nodes: [], connections: {} }),
		);
		await editor.byTestId('canvas-add-button').click();
		for (const search of [
			'refresh segment',
			'refresh a segment',
			'delete segment',
			'create segment',
			'email segment',
			'newsletter',
			'contact list',
			'audience',
			'send grid',
			'sendgrid',
			'segment refreshed',
			'segment deleted',
			'sendgrid trigger',
		]) {
			await editor.byTestId('node-creator-search-bar').fill(search);
			await eventually(async () =>
				expect([search, ...(await editor.nodeCreatorItems.allInnerTexts())]).toContainEqual(
					expect.stringMatching(/^SendGrid Segments\s+Refresh and manage SendGrid segments/),
				),
			);
		}
	});

	test('refreshes a segment from an empty editor in 8 clicks', async () => {
		const { editor, n8n, simulator } = ctx;
		await n8n.createCredential('SendGrid Segments', 'sendGridSegmentsApi', {
			apiKey: simulator.keys.full,
			baseUrl: simulator.url,
		});
		await editor.openWorkflow(
			await n8n.createWorkflow({ name: 'My workflow', nodes: [], connections: {} }),
		);
		const clicks = await editor.countClicks();
		await editor.addFirstNode('refresh segment', 'Refresh segment');
		await editor.chooseSegment('Customers in Germany');
		await editor.executeButton.click();
		await eventually(async () =>
			expect(await editor.outputRow()).toMatchObject({
				status: 'accepted',
				segment_name: 'Customers in Germany',
			}),
		);
		expect(await clicks()).toBeLessThanOrEqual(8);
	});

	test('creates a credential, whose test says what is wrong', async () => {
		const { editor } = ctx;
		const { keys, url } = ctx.simulator;
		const credentials = await ctx.n8n.request<Array<{ id: string }>>('GET', '/credentials');
		for (const { id } of credentials) await ctx.n8n.request('DELETE', `/credentials/${id}`);
		await openNewNode();
		await editor.page.getByRole('button', { name: 'Connect to SendGrid Segments' }).click();
		const dialog = editor.byTestId('credential-edit-dialog');
		const fill = async (field: string, value: string) =>
			await editor.byTestId(`parameter-input-${field}`).locator('input').fill(value);
		const save = async () => await editor.byTestId('credential-save-button').click();

		await fill('apiKey', keys.full);
		await takePicture('credential', editor.byTestId('editCredential-modal'));

		const failsWith = async (words: string) => {
			await dialog.getByText('Couldn’t connect with these settings').waitFor();
			// Once open, they stay open.
			const details = dialog.getByText('More details');
			if (await details.isVisible()) await details.click();
			await dialog.getByText(words, { exact: true }).waitFor();
		};
		await fill('baseUrl', url);
		await fill('apiKey', keys.revoked);
		await save();
		await failsWith('SendGrid rejected the API key. Check it, or create a new one in SendGrid.');

		await fill('apiKey', keys.noMarketing);
		await save();
		await failsWith(
			'The API key is valid, but has no access to Marketing. In SendGrid, give it "Full Access", or "Restricted Access" with "Marketing".',
		);

		await fill('apiKey', keys.full);
		await fill('baseUrl', 'http://127.0.0.1:1');
		await save();
		await failsWith('ECONNREFUSED');

		// As many guides give it.
		await fill('baseUrl', `${url}/v3`);
		await save();
		await dialog.waitFor({ state: 'hidden' });
		await editor.byTestId('credential-edit-button').click();
		await dialog.getByText('Connection tested successfully').waitFor();
		await editor.page.getByRole('button', { name: 'Close this dialog' }).click();
		await dialog.waitFor({ state: 'hidden' });
	});

	test('selects a segment and a time zone, runs the step and sees the job ID', async () => {
		const { editor, n8n, simulator } = ctx;
		const credential = await n8n.createCredential('SendGrid Segments', 'sendGridSegmentsApi', {
			apiKey: simulator.keys.full,
			baseUrl: simulator.url,
		});
		await openNewNode({ sendGridSegmentsApi: credential });

		await editor.picker('segmentId').click();
		await eventually(async () =>
			expect(await editor.listEntries.allInnerTexts()).toEqual([
				'Customers in Germany',
				'No first name',
				'Opened in the last 30 days',
				'Spring campaign (empty)',
			]),
		);
		await takePicture('pick-segment', editor.parametersAndOutput, { width: 420, height: 480 });
		await editor.listEntries.filter({ hasText: 'No first name' }).click();
		expect(await editor.picker('segmentId').inputValue()).toBe('No first name');

		await editor.picker('segmentId').click();
		await editor.listSearch.fill('IN GERM');
		const found = 'Customers in Germany';
		await eventually(async () =>
			// The current selection stays on top.
			expect(await editor.listEntries.allInnerTexts()).toEqual(['No first name', found]),
		);
		await editor.listEntries.last().click();
		expect(await editor.picker('segmentId').inputValue()).toBe(found);

		const timeZone = editor.byTestId('parameter-input-timeZone').locator('input');
		await eventually(async () =>
			expect(await timeZone.inputValue()).toMatch(/^Workflow Time Zone/),
		);
		await timeZone.click();
		await timeZone.fill('berlin');
		await eventually(async () =>
			expect(await editor.menuItems.allInnerTexts()).toEqual([
				expect.stringMatching(/^Europe\/Berlin \(UTC\+0[12]:00\)$/),
			]),
		);
		await editor.menuItems.click();
		expect(await timeZone.inputValue()).toMatch(/^Europe\/Berlin/);

		// Fixed for the picture.
		const job_id = '25f1b7a0-4f3e-4a0c-9f43-8d5e6c1b2a90';
		simulator.fault({
			apply: 'after',
			match: ({ method }) => method === 'POST',
			body: { job_id },
		});
		simulator.resetLog();
		await editor.executeButton.click();
		await eventually(async () =>
			expect(await editor.outputRow()).toEqual({
				status: 'accepted',
				segment_name: 'Customers in Germany',
				job_id,
				segment_id: '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f02',
				user_time_zone: 'Europe/Berlin',
				refreshes_left: 'null',
			}),
		);
		const sent = simulator.log.filter(({ method }) => method === 'POST');
		expect(sent.map(({ path, body }) => ({ path, body }))).toEqual([
			{
				path: '/v3/marketing/segments/2.0/refresh/7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f02',
				body: { user_time_zone: 'Europe/Berlin' },
			},
		]);
		await editor.closeToasts();
		await takePicture('result', editor.parametersAndOutput, { height: 480 });
	});
});
