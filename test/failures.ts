import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggedRequest } from '../simulator';

declare global {
	/** Called by the environment of the tests with the full name of a test that failed. */
	var failureRecorders: Array<(test: string) => Promise<void>> | undefined;
}

const FOLDER = join(__dirname, '../test-results');

/** The content of a file, or nothing if there is nothing to show. */
type Evidence = () => Promise<string | Buffer | undefined> | string | Buffer | undefined;

/**
 * Has each test of the file that fails leave files in a folder of its own in `test-results/`.
 *
 * @param evidence by name of the file
 * @param block only for the tests of the block with this name
 */
export function onFailure(evidence: Record<string, Evidence>, block = ''): void {
	globalThis.failureRecorders ??= [];
	globalThis.failureRecorders.push(async (test) => {
		if (!test.startsWith(block)) return;
		const folder = join(FOLDER, test.replace(/[^\w.-]+/g, '-').slice(0, 150));
		await mkdir(folder, { recursive: true });
		for (const [file, collect] of Object.entries(evidence)) {
			try {
				const content = await collect();
				if (content !== undefined) await writeFile(join(folder, file), content);
			} catch (reason) {
				await writeFile(join(folder, `${file}.missing.txt`), String(reason));
			}
		}
	});
}

/** The requests that a simulator received, as lines of JSON without their keys. */
export const requestLines = (log: LoggedRequest[] = []): string | undefined =>
	log
		.map(({ method, path, body, status }) => JSON.stringify({ method, path, body, status }))
		.join('\n') || undefined;
