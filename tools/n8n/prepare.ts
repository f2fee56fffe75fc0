import { join } from 'node:path';
import { printProgress } from '../progress';
import { ensureN8n, type InstalledN8n } from './install';
import { withLock } from './lock';
import { buildAndPack } from './package';
import type { N8nVersion } from './versions';

const root = join(__dirname, '../..');

/** What an n8n with this package is started from. */
export interface Prepared {
	/** This package's tarball. */
	tarball: string;
	installed: InstalledN8n[];
}

/** Installs n8n versions where they are missing, and packs this package into the folder. */
export async function prepare(versions: N8nVersion[], folder: string): Promise<Prepared> {
	const installed: InstalledN8n[] = [];
	for (const version of versions) installed.push(await ensureN8n(version, printProgress));
	// Suites that run side by side build into the same folder.
	const tarball = await withLock(root, printProgress, async () =>
		printProgress('Building and packing this package', async () => buildAndPack(folder)),
	);
	return { tarball, installed };
}
