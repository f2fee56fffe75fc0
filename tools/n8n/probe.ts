/*
 * Asks n8n's `/healthz` every 20 ms, from a process of its own. The reply to any message is an array of
 * how long n8n took to respond since the previous message, each as `{ from, to }` in ms since the epoch.
 */

const [url] = process.argv.slice(2);

let waits: Array<{ from: number; to: number }> = [];
let askedAt: number | undefined;

process.on('message', () => {
	process.send!(askedAt === undefined ? waits : [...waits, { from: askedAt, to: Date.now() }]);
	waits = [];
});
process.on('disconnect', () => process.exit());

async function ask(): Promise<void> {
	const from = Date.now();
	askedAt = from;
	await fetch(`${url}/healthz`).then(async (response) => response.text());
	waits.push({ from, to: Date.now() });
	askedAt = undefined;
	setTimeout(() => void ask(), 20);
}

void ask();
