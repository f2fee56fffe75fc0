/*
 * Asks n8n's `/healthz` every 20 ms, from a process of its own. The reply to any message is an array of
 * how long n8n took to respond since the previous message, each as `{ from, to }` in ms since the epoch.
 */

import { setTimeout as sleep } from 'node:timers/promises';

const [url] = process.argv.slice(2);

let waits: Array<{ from: number; to: number }> = [];
let askedAt: number | undefined;

process.on('message', () => {
	process.send!(askedAt === undefined ? waits : [...waits, { from: askedAt, to: Date.now() }]);
	waits = [];
});
process.on('disconnect', () => process.exit());

/** False if the connection was closed, as one is that was idle while n8n did not respond. */
async function hasResponse(): Promise<boolean> {
	try {
		await (await fetch(`${url}/healthz`)).text();
		return true;
	} catch {
		await sleep(20);
		return false;
	}
}

async function ask(): Promise<void> {
	const from = Date.now();
	askedAt = from;
	while (!(await hasResponse()));
	waits.push({ from, to: Date.now() });
	askedAt = undefined;
	setTimeout(() => void ask(), 20);
}

void ask();
