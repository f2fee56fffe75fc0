import { printProgress } from '../progress';
import { ensureN8n, type InstalledN8n } from './install';
import { buildAndPack } from './package';
import type { N8nVersion } from './versions';

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
	const tarball = await printProgress('Building and packing this package', async () =>
		buildAndPack(folder),
	);
	return { tarball, installed };
}
