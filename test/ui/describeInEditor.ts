import type { Browser, BrowserContextOptions } from 'playwright-core';
import { describeOnEveryN8n, type TestContext } from '../e2e/describeOnEveryN8n';
import { launchBrowser } from './browser';
import { onFailure } from '../failures';
import { Editor } from './editor';

export interface EditorTestContext extends TestContext {
	/** In a browser where the owner is signed in. */
	editor: Editor;
	/** Opens another window of this browser. */
	openWindow: (options: BrowserContextOptions) => Promise<Editor>;
}

/** Runs tests that share a browser page. Each test opens what it needs. */
export function describeInEditor(tests: (ctx: EditorTestContext) => void): void {
	describeOnEveryN8n((testContext) => {
		const ctx = testContext as EditorTestContext;
		let browser: Browser | undefined;
		ctx.openWindow = async (options) => {
			const browserContext = await browser!.newContext({
				// Fixed, so that pictures are reproducible.
				viewport: { width: 1440, height: 780 },
				deviceScaleFactor: 1.5,
				locale: 'en-US',
				timezoneId: 'UTC',
				colorScheme: 'light',
				reducedMotion: 'reduce',
				...options,
			});
			browserContext.setDefaultTimeout(60_000);
			// Otherwise, n8n's tip about pinning covers the first output.
			await browserContext.addInitScript(
				"localStorage.setItem('N8N_PIN_DATA_DISCOVERY_NDV', 'true')",
			);
			const { url, session } = ctx.n8n;
			const [name, ...value] = session.split('=');
			await browserContext.addCookies([{ name, value: value.join('='), url }]);
			const page = await browserContext.newPage();
			const editor = new Editor(page, url);
			// A notification may come late, and lie over what the test is about to click.
			await page.addLocatorHandler(editor.toast, async () => await editor.closeToasts(), {
				noWaitAfter: true,
			});
			return editor;
		};
		beforeAll(async () => {
			browser = await launchBrowser();
			ctx.editor = await ctx.openWindow({});
		});
		onFailure({ 'editor.png': async () => await ctx.editor?.page.screenshot() });
		afterAll(async () => {
			await browser?.close();
		});
		tests(ctx);
	});
}
