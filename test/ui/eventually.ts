import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until an expectation about the page holds; in the end, fails as the expectation does. */
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
