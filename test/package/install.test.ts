import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { npm } from '../../tools/n8n/npm';
import manifest from '../../package.json';
import { N8N_VERSIONS } from '../../tools/n8n/versions';
import { pack } from '../../tools/release/packed';
import { deleteTemporaryFolders, temporaryFolder } from '../../tools/temporaryFolder';

afterAll(deleteTemporaryFolders);

/** The cache folder of tools/n8n/cache.ts on Linux, the only system that Node.js is downloaded for. */
const cacheFolder = join(
	process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
	'n8n-nodes-sendgrid-segments',
);

/** This Node.js, and the others that the tests with a whole n8n have downloaded. */
const nodejs = [...new Set(Object.values(N8N_VERSIONS).map(({ node }) => node))]
	.filter((version) => version !== process.versions.node)
	.map((version) => ({
		version,
		bin: join(cacheFolder, `node-${version}/node_modules/node-linux-${process.arch}/bin`),
	}))
	.filter(({ bin }) => existsSync(join(bin, 'node')));

let tarball: string;

beforeAll(async () => {
	({ tarball } = await pack(temporaryFolder()));
});

/** Installs without the registry, so that the need for any other package ends the installation. */
async function install(folder: string, nodeBin?: string): Promise<void> {
	const options = ['--offline', '--cache', temporaryFolder(), '--no-audit', '--no-fund'];
	await npm(['install', tarball, ...options], { cwd: folder, nodeBin });
}

async function expectOnePackage(folder: string): Promise<void> {
	const installed = await readdir(join(folder, 'node_modules'));
	expect(installed.filter((name) => !name.startsWith('.'))).toEqual([manifest.name]);
	const inPackage = await readdir(join(folder, 'node_modules', manifest.name));
	expect(inPackage).toContain('dist');
	expect(inPackage).not.toContain('node_modules');
}

it('brings one package into an empty folder', async () => {
	const folder = temporaryFolder();
	await install(folder);
	await expectOnePackage(folder);
});

it.each([{ version: `${process.versions.node}, which runs this test`, bin: undefined }, ...nodejs])(
	"brings one package into n8n's folder for community packages, on Node.js $version",
	async ({ bin }) => {
		const folder = join(temporaryFolder(), '.n8n/nodes');
		await mkdir(folder, { recursive: true });
		const ledger = { name: 'installed-nodes', private: true, dependencies: {} };
		await writeFile(join(folder, 'package.json'), JSON.stringify(ledger));
		await install(folder, bin);
		await expectOnePackage(folder);
	},
);
