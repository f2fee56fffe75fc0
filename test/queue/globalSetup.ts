import { ensureN8n, type InstalledN8n } from '../../tools/n8n/install';
import { buildAndPack } from '../../tools/n8n/package';
import { isN8nVersion, N8N_VERSIONS } from '../../tools/n8n/versions';
import { printProgress } from '../../tools/progress';
import { temporaryFolder } from '../../tools/temporaryFolder';
import { publishPrepared } from './prepared';

/** Packs this package and installs every n8n version. Each test file starts its own n8n. */
export default async function prepare(): Promise<void> {
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
	const folder = temporaryFolder();
	const tarball = await printProgress('\nBuilding and packing this package', async () =>
		buildAndPack(folder),
	);
	const installed: InstalledN8n[] = [];
	for (const version of Object.keys(N8N_VERSIONS).filter(isN8nVersion)) {
		installed.push(await ensureN8n(version, printProgress));
	}
	publishPrepared({ tarball, installed });
}
