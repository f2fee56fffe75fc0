import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

/** A new, empty folder that is deleted when this process exits. */
export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'n8n-sendgrid-segments-'));
	if (folders.size === 0) process.once('exit', deleteTemporaryFolders);
	folders.add(folder);
	return folder;
}

/** Deletes all temporary folders, for a process that may be given no time to do so when it exits. */
export function deleteTemporaryFolders(): void {
	process.off('exit', deleteTemporaryFolders);
	for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
	folders.clear();
}
