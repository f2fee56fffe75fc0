import type { Locator, Page } from 'playwright-core';
import type { SavedWorkflow } from '../../demo/n8n/client';

/** What one of the editor's pages shows, as a person sees it. */
export class Editor {
	constructor(
		readonly page: Page,
		/** Address of n8n, without a slash at its end. */
		private readonly url: string,
	) {}

	async open(path: string): Promise<void> {
		await this.page.goto(`${this.url}${path}`, { waitUntil: 'domcontentloaded' });
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
		await this.marked('ndv-close-button').click();
		await this.nodePanel.waitFor({ state: 'hidden' });
	}

	/** The first visible element that n8n's editor marks so. */
	marked(testId: string): Locator {
		return this.page.getByTestId(testId).filter({ visible: true }).first();
	}

	/** What drop-down menus that are open offer. */
	get menu(): Locator {
		return this.page.getByRole('option').filter({ visible: true });
	}

	/** What the nodes panel offers. */
	get found(): Locator {
		return this.page.getByTestId('item-iterator-item').filter({ visible: true });
	}

	/** The node's panel, with its input and output on both sides. */
	get nodePanel(): Locator {
		return this.marked('ndv');
	}

	get executeButton(): Locator {
		return this.marked('node-execute-button');
	}

	get output(): Locator {
		return this.marked('output-panel');
	}

	/** Names of the parameters shown, in their order. */
	async labels(): Promise<string[]> {
		const texts = await this.page
			.getByTestId('node-parameters')
			.locator('label')
			.filter({ visible: true })
			.allInnerTexts();
		return texts.map((text) => text.split('\n')[0].trim());
	}

	async chooseOperation(name: string): Promise<void> {
		await this.marked('parameter-input-operation').click();
		await this.menu.filter({ has: this.page.getByText(name, { exact: true }) }).click();
	}

	/** The button or menu that adds a field to the collection of the operation. */
	get adder(): Locator {
		return this.marked('collection-parameter-add');
	}

	/** Adds a field to the collection of the operation, by the menu. */
	async add(field: string): Promise<void> {
		await this.adder.click();
		await this.menu.filter({ hasText: field }).click();
	}

	/** Turns a switch on or off. */
	async flip(parameter: string): Promise<void> {
		await this.marked(`parameter-input-${parameter}`).locator('.el-switch').click();
	}

	/** A parameter that is picked from a list: what is picked, and at a click the list. */
	picker(parameter: string): Locator {
		return this.marked(`resource-locator-${parameter}`).getByTestId('rlc-input');
	}

	get listSearch(): Locator {
		return this.marked('rlc-search');
	}

	/** The entries of the list that is open. */
	get listEntries(): Locator {
		return this.page.getByTestId('rlc-item').filter({ visible: true });
	}

	/** Names and values in the output's table, of its only item. */
	async outputRow(): Promise<Record<string, string>> {
		const names = await this.output.locator('th').allInnerTexts();
		const values = await this.output.locator('tbody tr').first().locator('td').allInnerTexts();
		return Object.fromEntries(
			names.map((name, index) => [name.trim(), values[index]?.trim()]).filter(([name]) => name),
		);
	}

	/** The message and the advice of the failure shown in the output. */
	async failure(): Promise<{ message: string; advice: string }> {
		return {
			message: await this.marked('node-error-message').innerText(),
			advice: await this.marked('node-error-description').innerText(),
		};
	}

	/** The message that pops up in the corner. */
	get toast(): Locator {
		return this.page.locator('.el-notification').first();
	}

	async closeToasts(): Promise<void> {
		for (const toast of await this.page.locator('.el-notification').elementHandles()) {
			await (await toast.$('.el-notification__closeBtn'))?.click();
			await toast.waitForElementState('hidden');
		}
	}
}
