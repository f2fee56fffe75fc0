import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../progress';
import { runCommand } from '../runCommand';
import { cacheFolder } from './cache';
import { withLock } from './lock';
import { ensureNodejs, type Nodejs } from './nodejs';
import { npm, plainEnvironment } from './npm';
import { n8nScript, requirementsOf, type N8nVersion } from './versions';

/** An installed n8n that can be started. */
export interface InstalledN8n {
	version: N8nVersion;
	folder: string;
	nodejs: Nodejs;
}

const exists = async (path: string): Promise<boolean> =>
	await access(path).then(
		() => true,
		() => false,
	);

/** Written last, so a folder that has it is complete. */
const STAMP = '.ready';

/** Whether `ensureN8n` has nothing to install. */
export const isInstalled = async (version: N8nVersion): Promise<boolean> =>
	await exists(join(cacheFolder(`n8n-${version}`), STAMP));

/**
 * Returns the given n8n version from the user's cache folder, and installs it there first if needed:
 * 10 to 20 minutes and about 3 GB. Processes that ask for the same version at the same time share one
 * installation. An interrupted installation is resumed.
 */
export async function ensureN8n(version: N8nVersion, progress: Progress): Promise<InstalledN8n> {
	const folder = cacheFolder(`n8n-${version}`);
	await mkdir(folder, { recursive: true });
	return await withLock(folder, progress, async () => {
		const nodejs = await ensureNodejs(requirementsOf(version).node, progress);
		const n8n = { version, folder, nodejs };
		const stamp = join(folder, STAMP);
		if (!(await exists(stamp))) {
			await install(n8n, progress);
			await writeFile(stamp, '');
		}
		return n8n;
	});
}

async function install({ version, folder, nodejs }: InstalledN8n, progress: Progress) {
	const options = { cwd: folder, nodeBin: nodejs.bin };
	const modules = join(folder, 'node_modules');
	// npm writes this file last. Without it, packages may be incomplete, and npm would not notice.
	if (!(await exists(join(modules, '.package-lock.json')))) {
		await rm(modules, { recursive: true, force: true });
	}
	const { overrides } = requirementsOf(version);
	await writeFile(
		join(folder, 'package.json'),
		JSON.stringify({ private: true, dependencies: { n8n: version }, overrides }, null, 2),
	);
	await progress(`Installing n8n ${version} (only once; 5 to 10 minutes, 3 GB)`, async () => {
		// The install script of one dependency downloads source code; n8n runs without it.
		await npm(['install', '--ignore-scripts', '--no-audit', '--no-fund'], options);
	});
	if (!(await loadsSqlite(folder, nodejs))) {
		const title =
			"Installing n8n's database driver (only once; up to 10 minutes if it is compiled)";
		await progress(title, async () => {
			const env = nodejs.headers ? { npm_config_nodedir: nodejs.headers } : {};
			await npm(['rebuild', 'sqlite3', '--ignore-scripts=false'], { ...options, env });
		});
	}
	await progress(`Checking n8n ${version}`, async () => {
		const reported = await runCommand(join(nodejs.bin, 'node'), [n8nScript(folder), '--version'], {
			env: plainEnvironment(),
		});
		if (reported !== version) throw new Error(`n8n in ${folder} reports version ${reported}`);
	});
}

async function loadsSqlite(folder: string, { bin }: Nodejs): Promise<boolean> {
	return await runCommand(join(bin, 'node'), ['-e', 'require("sqlite3")'], { cwd: folder }).then(
		() => true,
		() => false,
	);
}
