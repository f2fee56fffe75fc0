import { join } from 'node:path';
import { seedDemo } from '../../simulator/demoData';
import {
	connect,
	createNodes,
	SEGMENTS_CREDENTIAL,
	SEGMENTS_NODE,
	startNode,
} from '../../tools/n8n/workflows';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';
import { Film } from './film';
import { PICTURES, takePicture } from './pictures';

// Fixed for the pictures.
const JOB_ID = '25f1b7a0-4f3e-4a0c-9f43-8d5e6c1b2a90';

describeInEditor((ctx) => {
	beforeEach(() => {
		seedDemo(ctx.simulator);
		ctx.simulator.fault({
			apply: 'after',
			match: ({ method }) => method === 'POST',
			body: { job_id: JOB_ID },
		});
	});

	/** Opens a new node, as the nodes panel creates it, after a trigger. */
	const openNewNode = async () => {
		await ctx.editor.openWorkflow(
			await ctx.n8n.createWorkflow({
				name: 'My workflow',
				nodes: createNodes(startNode, { name: 'Segments', type: SEGMENTS_NODE }),
				connections: connect({ Start: ['Segments'] }),
			}),
		);
		await ctx.editor.openNode('Segments');
	};

	const deleteCredentials = async () => {
		const credentials = await ctx.n8n.request<Array<{ id: string }>>('GET', '/credentials');
		for (const { id } of credentials) await ctx.n8n.request('DELETE', `/credentials/${id}`);
	};

	const accepted = {
		status: 'accepted',
		segment_name: 'Customers in Germany',
		job_id: JOB_ID,
	};

	test('creates a credential, whose test says what is wrong', async () => {
		const { editor } = ctx;
		const { keys, url } = ctx.simulator;
		await deleteCredentials();
		await openNewNode();
		await editor.page.getByRole('button', { name: 'Connect to SendGrid Segments' }).click();
		const dialog = editor.byTestId('credential-edit-dialog');
		const fillKey = async (key: string) =>
			await editor.byTestId('parameter-input-apiKey').locator('input').fill(key);
		const failsWith = async (words: string | RegExp) => {
			await editor.byTestId('credential-save-button').click();
			// Of each test, the details are folded at first; the words of the one before may still be there.
			const details = dialog.getByText('More details');
			await eventually(async () => {
				if (await details.isVisible()) await details.click();
				expect(await dialog.getByText(words).isVisible()).toBe(true);
			});
		};

		await editor.byTestId('parameter-input-baseUrl').click();
		await eventually(async () =>
			expect(await editor.menuItems.allInnerTexts()).toEqual([
				'Global (api.sendgrid.com)',
				'EU (api.eu.sendgrid.com)',
			]),
		);
		await editor.menuItems.first().click();
		await fillKey(keys.full);
		// Without a connection to the internet.
		await failsWith(/^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED)$/);

		// As many guides give it.
		await editor.enterExpression('baseUrl', `${url}/v3`);
		await fillKey(keys.revoked);
		await failsWith('SendGrid rejected the API key. Check it, or create a new one in SendGrid.');
		await fillKey(keys.noMarketing);
		await failsWith('The API key is valid, but has no access to Marketing.');

		await fillKey(keys.full);
		await editor.byTestId('credential-save-button').click();
		await dialog.waitFor({ state: 'hidden' });
		await editor.byTestId('credential-edit-button').click();
		await dialog.getByText('Connection tested successfully').waitFor();
		await editor.page.getByRole('button', { name: 'Close this dialog' }).click();
		await dialog.waitFor({ state: 'hidden' });
	});

	test('finds the node, chooses a segment, executes the step and sees the job ID', async () => {
		await deleteCredentials();
		await ctx.n8n.createCredential('SendGrid account', SEGMENTS_CREDENTIAL, {
			apiKey: ctx.simulator.keys.full,
			baseUrl: ctx.simulator.url,
		});
		// In the README, the film is smaller than the window.
		const viewport = { width: 1160, height: 640 };
		const editor = await ctx.openWindow({ viewport, deviceScaleFactor: 800 / viewport.width });
		await editor.openNew();
		await editor.byTestId('canvas-add-button').waitFor();
		const film = new Film(editor.page);
		await film.start();
		await film.show(1000);
		const clicks = await editor.countClicks();

		await film.click(editor.byTestId('canvas-add-button'));
		await editor.byTestId('node-creator-search-bar').waitFor();
		await film.show(700);
		await film.type('refresh segment');
		await eventually(async () =>
			expect(await editor.nodeCreatorItems.allInnerTexts()).toEqual([
				// n8n shows the node and its trigger as one, with the description of the trigger.
				expect.stringMatching(/^SendGrid Segments\s/),
			]),
		);
		await film.show(1300);
		await film.click(editor.nodeCreatorItems.first());
		// Below the triggers, n8n keeps the actions folded.
		const actions = editor.nodeCreatorCategories.filter({ hasText: 'Actions' });
		await actions.waitFor();
		await film.show(1300);
		await film.click(actions);
		const action = editor.nodeCreatorItems.filter({ hasText: 'Refresh segment' });
		await action.waitFor();
		await film.show(1000);
		await film.click(action);

		await editor.nodePanel.waitFor();
		await eventually(async () =>
			expect(await editor.timeZone.inputValue()).toMatch(/^Workflow Time Zone/),
		);
		await film.show(2000);
		await film.click(editor.picker('segmentId'));
		await eventually(async () =>
			expect(await editor.listEntries.allInnerTexts()).toEqual([
				'Customers in Germany',
				'No first name',
				'Opened in the last 30 days',
				'Spring campaign (empty)',
			]),
		);
		await film.show(1800);
		await film.click(editor.listEntries.first());
		await film.show(1200);
		await film.click(editor.executeButton);
		await eventually(async () => expect(await editor.outputRow()).toMatchObject(accepted));
		await editor.closeToasts();
		await film.show(6500);

		expect(await clicks()).toBeLessThanOrEqual(8);
		const { ms, bytes } = await film.save(join(PICTURES, 'refresh.gif'));
		expect(ms).toBeGreaterThanOrEqual(20_000);
		expect(ms).toBeLessThanOrEqual(30_000);
		expect(bytes).toBeLessThan(1_500_000);
		await editor.page.context().close();
	});

	test('the panel offers what the node can do, and the segments of the account', async () => {
		const { editor } = ctx;
		const [start] = createNodes(startNode);
		await editor.openWorkflow(
			await ctx.n8n.createWorkflow({ name: 'My workflow', nodes: [start], connections: {} }),
		);
		await editor.byTestId('canvas-handle-plus').click();
		await editor.byTestId('node-creator-search-bar').fill('sendgrid segments');
		await editor.nodeCreatorItems.filter({ hasText: 'SendGrid Segments' }).first().click();
		await eventually(async () =>
			expect((await editor.nodeCreatorItems.allInnerTexts()).slice(0, 12)).toEqual([
				'SEGMENT ACTIONS',
				'Create segment',
				'Create or update segment',
				'Delete segment permanently',
				'Get segment',
				'Get many segments',
				'Refresh segment',
				'Update segment',
				'CONTACT ACTIONS',
				'Check whether a contact is in a segment',
				'Export contacts of a segment to a file',
				'Get many contacts of a segment',
			]),
		);
		await editor.nodeCreatorItems.filter({ hasText: 'Refresh segment' }).click();
		await editor.picker('segmentId').click();
		await editor.listEntries.first().waitFor();
		await takePicture('pick-segment', editor.parametersAndOutput, { width: 420, height: 480 });
		await editor.listEntries.filter({ hasText: 'No first name' }).click();

		await editor.picker('segmentId').click();
		await editor.listSearch.fill('IN GERM');
		await eventually(async () =>
			// The current selection stays on top.
			expect(await editor.listEntries.allInnerTexts()).toEqual([
				'No first name',
				'Customers in Germany',
			]),
		);
		await editor.listEntries.last().click();
		expect(await editor.picker('segmentId').inputValue()).toBe('Customers in Germany');
	});

	test('finds a time zone by what people call it', async () => {
		const { editor } = ctx;
		await openNewNode();
		await editor.timeZone.click();
		for (const [typed, first] of [
			['est', /^America\/New York · Eastern Time, EST\/EDT/],
			['munich', /^Europe\/Berlin · /],
			['calcutta', /^Asia\/Kolkata · /],
			['utc', /^UTC · |^Etc\/UTC · /],
		] as const) {
			await editor.timeZone.fill(typed);
			await eventually(async () =>
				expect((await editor.menuItems.allInnerTexts())[0]).toMatch(first),
			);
		}
	});
});
