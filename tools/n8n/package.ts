import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../runCommand';
import { npm } from './npm';

const root = join(__dirname, '../..');

/** Builds this package and packs it for publishing. Returns the path of the tarball. */
export async function buildAndPack(folder: string): Promise<string> {
	await npm(['run', 'build'], { cwd: root });
	const output = await npm(['pack', '--json', '--pack-destination', folder], { cwd: root });
	const [{ filename }] = JSON.parse(output) as [{ filename: string }];
	return join(folder, filename);
}

/** What n8n stores about an installed community package. */
export interface InstalledPackage {
	name: string;
	version: string;
}

/**
 * Installs a tarball of this package into n8n's folder for community packages, as n8n itself does:
 * unpacked, without dev, peer and optional dependencies, and listed in that folder's package.json.
 *
 * @param nodesFolder `.n8n/nodes` in n8n's user folder
 */
export async function installPackage(
	tarball: string,
	nodesFolder: string,
): Promise<InstalledPackage> {
	const { name } = await readJson(join(root, 'package.json'));
	const folder = join(nodesFolder, 'node_modules', name);
	await mkdir(folder, { recursive: true });
	await runCommand('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);

	const manifest = join(folder, 'package.json');
	const content = await readJson(manifest);
	for (const kind of ['devDependencies', 'peerDependencies', 'optionalDependencies'] as const) {
		delete content[kind];
	}
	await writeJson(manifest, content);
	await npm(
		[
			'install',
			'--audit=false',
			'--fund=false',
			'--bin-links=false',
			'--install-strategy=shallow',
			'--ignore-scripts=true',
			'--package-lock=false',
		],
		{ cwd: folder },
	);
	await writeJson(join(nodesFolder, 'package.json'), {
		name: 'installed-nodes',
		private: true,
		dependencies: { [name]: content.version },
	});
	return { name, version: content.version };
}

interface Manifest {
	name: string;
	version: string;
	devDependencies?: unknown;
	peerDependencies?: unknown;
	optionalDependencies?: unknown;
}

const readJson = async (path: string): Promise<Manifest> =>
	JSON.parse(await readFile(path, 'utf8'));

const writeJson = async (path: string, content: unknown): Promise<void> => {
	await writeFile(path, JSON.stringify(content, null, 2));
};
