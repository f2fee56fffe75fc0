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

/** What n8n's editor marks its elements with. */
selectors.setTestIdAttribute('data-test-id');

/** Starts Chromium, headless, with a user data directory of its own that is gone at its end. */
export async function launchBrowser(): Promise<Browser> {
	const executablePath = CHROMIUMS.find(existsSync);
	if (!executablePath) {
		throw new Error(
			`Chromium is at none of ${CHROMIUMS.join(', ')}. On Debian: apt-get install chromium`,
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
			// What the editor loads from elsewhere is neither waited for nor seen in a picture.
			'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost',
		],
	});
}
