import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { printProgress } from '../progress';
import { runCommand } from '../runCommand';
import { startProcess } from '../startProcess';
import { temporaryFolder } from '../temporaryFolder';
import { N8nClient } from './client';
import { newOwner } from './instance';
import { buildAndPack, installPackage } from './package';
import { respondsWithJson } from './server';
import { SEGMENTS_NODE, SEGMENTS_TOOL, TRIGGER_NODE } from './workflows';

const IMAGE = 'docker.n8n.io/n8nio/n8n';
const URL = 'http://localhost:5678';
const CONTAINER = `n8n-sendgrid-segments-${process.pid}`;

/**
 * The arguments of `docker` that start n8n with the community packages of a folder.
 *
 * @param nodesFolder a folder like `.n8n/nodes` in n8n's user folder
 * @param tag of n8n's image: a version, its first parts, `latest` or `next`
 */
const dockerArguments = (nodesFolder: string, tag: string): string[] => [
	...['run', '--rm', '--init', '--name', CONTAINER, '--publish', '127.0.0.1:5678:5678'],
	...['--volume', `${nodesFolder}:/home/node/.n8n/nodes`],
	// n8n 3 loads packages that it has not verified only with this.
	...['--env', 'N8N_UNVERIFIED_PACKAGES_ENABLED=true'],
	...['--env', 'N8N_SECURE_COOKIE=false'],
	...['--env', 'N8N_DIAGNOSTICS_ENABLED=false'],
	`${IMAGE}:${tag}`,
];

/** Why Docker cannot be used here, or undefined. */
async function dockerProblem(): Promise<string | undefined> {
	return await runCommand('docker', ['version', '--format', '{{.Server.Version}}']).then(
		() => undefined,
		(reason: Error & { stderr?: string }) => reason.stderr?.trim() || reason.message,
	);
}

async function missingNodes(): Promise<string[]> {
	const client = await N8nClient.setUpOwner(URL, newOwner());
	const loaded = (await client.nodeTypes()).map(({ name }) => name);
	return [SEGMENTS_NODE, SEGMENTS_TOOL, TRIGGER_NODE].filter((name) => !loaded.includes(name));
}

/**
 * `npm run start:docker [-- <tag> [--check]]`: n8n in Docker with this package, for versions that npm
 * does not have. With `--check` it ends as soon as n8n has loaded the nodes; its exit status says
 * whether it has.
 */
async function main([tag = 'latest', check]: string[]): Promise<void> {
	const problem = await dockerProblem();
	if (problem !== undefined) {
		throw new Error(`Docker is not available here, so n8n ${tag} cannot be started. ${problem}`);
	}
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
	const folder = temporaryFolder();
	const nodesFolder = join(folder, 'nodes');
	await mkdir(nodesFolder, { recursive: true });
	await printProgress('Building and packing this package', async () =>
		installPackage(await buildAndPack(folder), nodesFolder),
	);
	await printProgress(`Getting the image of n8n ${tag} (about 1 GB, only once)`, async () =>
		runCommand('docker', ['pull', '--quiet', `${IMAGE}:${tag}`]),
	);
	// A container goes on without the command that started it.
	process.once('exit', () => spawnSync('docker', ['rm', '--force', CONTAINER]));
	const n8n = await printProgress('Starting n8n', async () =>
		startProcess('docker', dockerArguments(nodesFolder, tag), {
			cwd: folder,
			isReady: async () => await respondsWithJson(`${URL}/rest/settings`),
		}),
	);
	if (check === undefined) {
		console.log(`n8n ${tag} is at ${URL}. Press Ctrl+C to stop it; nothing is kept.`);
		await n8n.exited;
		return;
	}
	const missing = await missingNodes();
	await n8n.stop();
	if (missing.length > 0) throw new Error(`n8n ${tag} has not loaded ${missing.join(', ')}`);
	console.log(`n8n ${tag} has loaded the nodes.`);
}

main(process.argv.slice(2)).catch((reason: Error) => {
	console.error(reason.message);
	process.exitCode = 1;
});
