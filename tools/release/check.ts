import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npm } from '../n8n/npm';
import { runCommand } from '../runCommand';
import { temporaryFolder } from '../temporaryFolder';
import { report, type Manifest } from './findings';
import { pack, root, scan } from './packed';

const read = async (path: string): Promise<string> => await readFile(join(root, path), 'utf8');

/** Texts for users and maintainers, in which the repository's address may stand. */
async function readTexts(): Promise<Record<string, string>> {
	const output = await runCommand('git', ['ls-files', '*.md', '.github', 'package.json'], {
		cwd: root,
	});
	const entries = output.split('\n').map(async (path) => [path, await read(path)] as const);
	return Object.fromEntries(await Promise.all(entries));
}

/** `npm run release:check [-- <tag>]`: says what is missing, and exits with 1 if it can see anything. */
async function main(tag?: string): Promise<void> {
	await npm(['run', 'build'], { cwd: root });
	const folder = temporaryFolder();
	const { tarball, paths } = await pack(folder);
	const lock = JSON.parse(await read('package-lock.json')) as { version: string };
	const { ready, text } = report({
		manifest: JSON.parse(await read('package.json')) as Manifest,
		lockedVersion: lock.version,
		changelog: await read('CHANGELOG.md'),
		texts: await readTexts(),
		packedPaths: paths,
		scanner: await scan(tarball, folder),
		tag,
	});
	console.log(text);
	process.exitCode = ready ? 0 : 1;
}

void main(process.argv[2]);
