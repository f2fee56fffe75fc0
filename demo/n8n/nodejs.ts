import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache';
import { npm } from './npm';
import type { Progress } from './progress';
import { run } from './run';

/** A Node.js to run n8n with. */
export interface Nodejs {
	/** Folder of its `node`. */
	bin: string;
	/** Folder with its `include/`; without it, node-gyp looks for the headers itself. */
	headers?: string;
}

/**
 * The given version of Node.js, from the cache or freshly installed into it. npm's packages of
 * Node.js for other systems than Linux come late or never; there the person's own Node.js serves,
 * provided that it has the same major version.
 */
export async function ensureNodejs(version: string, progress: Progress): Promise<Nodejs> {
	if (process.platform !== 'linux') return ownNodejs(version);

	const folder = cacheFolder(`node-${version}`);
	// The package `node` would fetch this one in an install script, which may be switched off.
	const name = `node-linux-${process.arch}`;
	const headers = join(folder, 'node_modules', name);
	const bin = join(headers, 'bin');
	if (await runs(bin, version)) return { bin, headers };

	await mkdir(folder, { recursive: true });
	await writeFile(
		join(folder, 'package.json'),
		JSON.stringify({ private: true, dependencies: { [name]: version } }, null, 2),
	);
	await progress(`Installing Node.js ${version} to run n8n with`, async () => {
		await npm(['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
	});
	if (await runs(bin, version)) return { bin, headers };
	throw new Error(`Node.js ${version} was installed into ${folder}, but does not run there`);
}

function ownNodejs(version: string): Nodejs {
	const [major] = version.split('.');
	if (process.versions.node.startsWith(`${major}.`)) return { bin: dirname(process.execPath) };
	throw new Error(`This n8n runs on Node.js ${major}. Install it, and start this command with it.`);
}

async function runs(bin: string, version: string): Promise<boolean> {
	return await run(join(bin, 'node'), ['--version']).then(
		(answer) => answer === `v${version}`,
		() => false,
	);
}
