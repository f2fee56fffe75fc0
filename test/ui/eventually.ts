import { setTimeout as sleep } from 'node:timers/promises';

/** Retries an expectation until it passes. After 20 seconds, it fails with the last failure. */
export async function eventually(expectation: () => Promise<void>): Promise<void> {
	const deadline = Date.now() + 20_000;
	for (;;) {
		try {
			return await expectation();
		} catch (unmet) {
			if (Date.now() > deadline) throw unmet;
		}
		await sleep(50);
	}
}
