import { setTimeout as sleep } from 'node:timers/promises';

// For tests on a real n8n, which nothing but real time brings forward. They wait for what happens,
// with a limit that only a test that fails reaches.

const LIMIT_MS = 60_000;

/** Retries an expectation until it passes. At the limit, it fails with the last failure. */
export async function eventually(expectation: () => Promise<void>): Promise<void> {
	const deadline = Date.now() + LIMIT_MS;
	for (;;) {
		try {
			return await expectation();
		} catch (unmet) {
			if (Date.now() > deadline) throw unmet;
		}
		await sleep(50);
	}
}

/** @param what what is waited for, for the message of a test that waits in vain */
export async function until(
	what: string,
	isMet: () => boolean | Promise<boolean>,
	limitMs = LIMIT_MS,
): Promise<void> {
	const deadline = Date.now() + limitMs;
	while (!(await isMet())) {
		if (Date.now() > deadline) throw new Error(`Waited ${limitMs / 1000} s in vain for ${what}`);
		await sleep(100);
	}
}
