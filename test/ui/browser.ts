import { existsSync } from 'node:fs';
import { chromium, selectors, type Browser } from 'playwright-core';

const CHROMIUMS = [
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
	'/opt/google/chrome/chrome',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The attribute that n8n's editor uses for test IDs. */
selectors.setTestIdAttribute('data-test-id');

/** Starts headless Chromium with a temporary user data folder. */
export async function launchBrowser(): Promise<Browser> {
	const executablePath = CHROMIUMS.find(existsSync);
	if (!executablePath) {
		throw new Error(
			`Chromium was not found at ${CHROMIUMS.join(', ')}. On Debian: apt-get install chromium`,
		);
	}
	return await chromium.launch({
		executablePath,
		args: [
			'--headless',
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
			// Content from other hosts is never loaded, so it neither delays tests nor appears in pictures.
			'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost',
		],
	});
}
