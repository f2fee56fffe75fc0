import type { Locator, Page } from 'playwright-core';
import type { SavedCredential, SavedWorkflow } from '../../tools/n8n/client';
import { eventually } from '../eventually';

/** A page of the editor, as a user sees it. */
export class Editor {
	constructor(
		readonly page: Page,
		/** Address of n8n, without a trailing slash. */
		private readonly url: string,
	) {}

	async open(path: string): Promise<void> {
		await this.page.goto(`${this.url}${path}`, { waitUntil: 'domcontentloaded' });
	}

	/** Opens an empty workflow that is not saved yet. */
	async openNew(): Promise<void> {
		await this.open('/workflow/new');
	}

	async openWorkflow({ id }: SavedWorkflow): Promise<void> {
		await this.open(`/workflow/${id}`);
	}

	/** Opens the panel of a node of the workflow. */
	async openNode(name: string): Promise<void> {
		await this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`).dblclick();
		await this.nodePanel.waitFor();
	}

	async closeNode(): Promise<void> {
		if (!(await this.nodePanel.isVisible())) return;
		await this.byTestId('ndv-close-button').click();
		await this.nodePanel.waitFor({ state: 'hidden' });
	}

	/** The first visible element with this test ID of n8n's editor. */
	byTestId(testId: string): Locator {
		return this.page.getByTestId(testId).filter({ visible: true }).first();
	}

	/** The options of the open drop-down menu. */
	get menuItems(): Locator {
		return this.page.getByRole('option').filter({ visible: true });
	}

	/** The items of the nodes panel. */
	get nodeCreatorItems(): Locator {
		return this.page.getByTestId('item-iterator-item').filter({ visible: true });
	}

	/** The headings of its list, such as Actions. */
	get nodeCreatorCategories(): Locator {
		return this.page.getByTestId('node-creator-category-item').filter({ visible: true });
	}

	/** Adds the first node to an empty workflow: searches for it and chooses one of its actions. */
	async addFirstNode(search: string, action: string): Promise<void> {
		await this.byTestId('canvas-add-button').click();
		// The cursor is in the search field.
		await this.byTestId('node-creator-search-bar').waitFor();
		await this.page.keyboard.type(search);
		await this.nodeCreatorItems.filter({ hasText: 'SendGrid Segments' }).click();
		const item = this.nodeCreatorItems.filter({ hasText: action });
		const category = this.nodeCreatorCategories;
		await category.first().waitFor();
		// Below the triggers, n8n keeps the actions folded.
		if (!(await item.isVisible())) await category.filter({ hasText: 'Actions' }).click();
		await item.click();
		await this.nodePanel.waitFor();
	}

	/** Counts the presses of the mouse from now on. */
	async countClicks(): Promise<() => Promise<number>> {
		// As text, since the types of a browser are not those of Node.js.
		await this.page.evaluate(
			'window.clicks = 0; document.addEventListener("mousedown", () => window.clicks++, true)',
		);
		return async () => await this.page.evaluate<number>('window.clicks');
	}

	/** The open node's panel, with its input and output. */
	get nodePanel(): Locator {
		return this.byTestId('ndv');
	}

	/** The open node's parameters and its output, without the input. */
	get parametersAndOutput(): Locator {
		return this.executeButton.or(this.page.getByTestId('node-parameters')).or(this.output);
	}

	get executeButton(): Locator {
		return this.byTestId('node-execute-button');
	}

	get output(): Locator {
		return this.byTestId('output-panel');
	}

	/** Names of the visible parameters, in order. */
	async labels(): Promise<string[]> {
		const texts = await this.page
			.getByTestId('node-parameters')
			.locator('label')
			.filter({ visible: true })
			.allInnerTexts();
		return texts.map((text) => text.split('\n')[0].trim());
	}

	async chooseOperation(name: string): Promise<void> {
		await this.choose('operation', name);
	}

	/** Chooses an entry of a drop-down. */
	async choose(parameter: string, name: string): Promise<void> {
		await this.byTestId(`parameter-input-${parameter}`).click();
		await this.menuItems.filter({ has: this.page.getByText(name, { exact: true }) }).click();
	}

	/** The credential of the open node. */
	get credential(): Locator {
		return this.byTestId('node-credentials-select');
	}

	/** Changes the credential, and waits until n8n has looked for the segment with the new one. */
	async changeCredential({ id }: SavedCredential): Promise<void> {
		await this.credential.click();
		const choice = this.byTestId(`node-credentials-select-item-${id}`);
		const [response] = await Promise.all([
			this.page.waitForResponse(/\/dynamic-node-parameters\/resource-locator-results$/),
			choice.click(),
		]);
		await response.finished();
	}

	/** The button or menu that adds a field to the collection of the operation. */
	get addFieldButton(): Locator {
		return this.byTestId('collection-parameter-add');
	}

	/** Turns a switch on or off. */
	async toggle(parameter: string): Promise<void> {
		await this.byTestId(`parameter-input-${parameter}`).locator('.el-switch').click();
	}

	/** The input of a resource locator. It shows the selection; a click opens the list. */
	picker(parameter: string): Locator {
		return this.byTestId(`resource-locator-${parameter}`).getByTestId('rlc-input');
	}

	/** Chooses how a resource locator is filled in, for example "By URL". */
	async chooseMode(parameter: string, mode: string): Promise<void> {
		await this.byTestId(`resource-locator-${parameter}`).getByTestId('rlc-mode-selector').click();
		await this.menuItems.filter({ hasText: mode }).click();
	}

	get listSearch(): Locator {
		return this.byTestId('rlc-search');
	}

	/** The entries of the open list. */
	get listEntries(): Locator {
		return this.page.getByTestId('rlc-item').filter({ visible: true });
	}

	async chooseSegment(name: string): Promise<void> {
		await this.picker('segmentId').click();
		await this.listEntries.filter({ hasText: name }).click();
	}

	/** Opens a drop-down when n8n has loaded its options; until then, a click does nothing. */
	async openDropDown(parameter: string): Promise<void> {
		const dropDown = this.byTestId(`parameter-input-${parameter}`);
		await dropDown.locator('input:enabled').first().waitFor();
		await dropDown.click();
	}

	/** The input of the drop-down "Time Zone". */
	get timeZone(): Locator {
		return this.byTestId('parameter-input-timeZone').locator('input');
	}

	/** Types into the drop-down "Time Zone", whose options n8n filters a moment later. */
	async searchTimeZone(text: string): Promise<void> {
		await this.timeZone.click();
		await this.timeZone.fill(text);
	}

	/** Turns a field of the open credential into an expression, and enters its text. */
	async enterExpression(field: string, text: string): Promise<void> {
		const row = this.byTestId(field);
		await row.hover();
		await row.getByTestId('radio-button-expression').click();
		await row.getByTestId('inline-expression-editor-input').getByRole('textbox').fill(text);
		// The editor takes it over a moment later, and then shows its value.
		await row
			.locator('[data-test-id^="parameter-expression-preview-"]')
			.filter({ hasText: text })
			.waitFor();
	}

	/** Names and values of the only item in the output table. */
	async outputRow(): Promise<Record<string, string>> {
		const names = await this.output.locator('th').allInnerTexts();
		const values = await this.output.locator('tbody tr').first().locator('td').allInnerTexts();
		return Object.fromEntries(
			names.map((name, index) => [name.trim(), values[index]?.trim()]).filter(([name]) => name),
		);
	}

	/** The message and description of the failure in the output. */
	async failure(): Promise<{ message: string; description: string }> {
		return {
			message: await this.byTestId('node-error-message').innerText(),
			description: await this.byTestId('node-error-description').innerText(),
		};
	}

	/** The notification in the corner. */
	get toast(): Locator {
		return this.page.locator('.el-notification').first();
	}

	/**
	 * Clicks in the page itself, as one notification may cover another and each closes by itself;
	 * and again, as one may come late or not yet listen.
	 */
	async closeToasts(): Promise<void> {
		const toasts = this.page.locator('.el-notification');
		await eventually(async () => {
			await toasts
				.locator('.el-notification__closeBtn')
				.evaluateAll((buttons: { click(): void }[]) => buttons.forEach((button) => button.click()));
			expect(await toasts.count()).toBe(0);
		});
	}
}
