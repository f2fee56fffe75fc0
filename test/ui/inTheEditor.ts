import type { Browser } from 'playwright-core';
import { onEveryN8n, type Setting } from '../e2e/simulated';
import { launchBrowser } from './browser';
import { Editor } from './editor';

/** What a test works with. */
export interface EditorSetting extends Setting {
	/** In a browser with the owner signed in. */
	editor: Editor;
}

/** Describes tests that share a browser page; each opens in it what it needs. */
export function inTheEditor(tests: (setting: EditorSetting) => void): void {
	onEveryN8n((setting) => {
		const at = setting as EditorSetting;
		let browser: Browser | undefined;
		beforeAll(async () => {
			browser = await launchBrowser();
			const context = await browser.newContext({
				// Fixed, so that pictures come out alike.
				viewport: { width: 1440, height: 780 },
				deviceScaleFactor: 1.5,
				locale: 'en-US',
				timezoneId: 'UTC',
				colorScheme: 'light',
				reducedMotion: 'reduce',
			});
			context.setDefaultTimeout(30_000);
			const { url, session } = at.n8n;
			const [name, ...value] = session.split('=');
			await context.addCookies([{ name, value: value.join('='), url }]);
			at.editor = new Editor(await context.newPage(), url);
		});
		afterAll(async () => {
			await browser?.close();
		});
		tests(at);
	});
}
