import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Progress } from '../progress';
import { runCommand } from '../runCommand';
import { cacheFolder } from './cache';
import { npm } from './npm';

/** A Node.js that runs n8n. */
export interface Nodejs {
	/** Folder with its `node`. */
	bin: string;
	/** Folder with its `include/`. Default: node-gyp finds the headers itself. */
	headers?: string;
}

/**
 * Returns the given version of Node.js from the cache, and installs it there first if needed. npm's
 * packages of Node.js for systems other than Linux come late or never; there the user's own Node.js
 * is used, which must have the same major version.
 */
export async function ensureNodejs(version: string, progress: Progress): Promise<Nodejs> {
	if (process.platform !== 'linux') return currentNodejs(version);

	const folder = cacheFolder(`node-${version}`);
	// The package `node` downloads this one in an install script, which may be disabled.
	const name = `node-linux-${process.arch}`;
	const headers = join(folder, 'node_modules', name);
	const bin = join(headers, 'bin');
	if (await runs(bin, version)) return { bin, headers };

	await mkdir(folder, { recursive: true });
	await writeFile(
		join(folder, 'package.json'),
		JSON.stringify({ private: true, dependencies: { [name]: version } }, null, 2),
	);
	await progress(
		`Installing Node.js ${version} to run n8n (only once; under a minute)`,
		async () => {
			await npm(['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
		},
	);
	if (await runs(bin, version)) return { bin, headers };
	throw new Error(`Node.js ${version} was installed in ${folder} but does not run`);
}

function currentNodejs(version: string): Nodejs {
	const [major] = version.split('.');
	if (process.versions.node.startsWith(`${major}.`)) return { bin: dirname(process.execPath) };
	throw new Error(
		`This n8n version needs Node.js ${major}. Install it and run this command with it.`,
	);
}

async function runs(bin: string, version: string): Promise<boolean> {
	return await runCommand(join(bin, 'node'), ['--version']).then(
		(output) => output === `v${version}`,
		() => false,
	);
}
