/*
 * Asks n8n's `/healthz` every 20 ms, from a process of its own. The reply to any message is the longest
 * time in ms that n8n took to respond since the previous message.
 */

const [url] = process.argv.slice(2);

let longest = 0;
let askedAt = performance.now();

process.on('message', () => {
	process.send!(Math.max(longest, performance.now() - askedAt));
	longest = 0;
});
process.on('disconnect', () => process.exit());

async function ask(): Promise<void> {
	askedAt = performance.now();
	await fetch(`${url}/healthz`).then(async (response) => response.text());
	longest = Math.max(longest, performance.now() - askedAt);
	setTimeout(() => void ask(), 20);
}

void ask();
