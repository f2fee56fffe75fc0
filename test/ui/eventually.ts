import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than n8n takes for anything, also on a machine that is busy with other work. */
const GIVE_UP_MS = 60_000;

/** Retries an expectation until it passes. In the end, it fails with the last failure. */
export async function eventually(expectation: () => Promise<void>): Promise<void> {
	const deadline = Date.now() + GIVE_UP_MS;
	for (;;) {
		try {
			return await expectation();
		} catch (unmet) {
			if (Date.now() > deadline) throw unmet;
		}
		await sleep(50);
	}
}
