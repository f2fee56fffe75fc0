import { join } from 'node:path';
import type { InstalledN8n } from '../n8n/install';
import { plainEnvironment } from '../n8n/npm';
import { runCommand } from '../runCommand';
import { median } from './statistics';

/** Loads the files that n8n loads. As in n8n, the modules that they import from n8n are loaded before. */
const SCRIPT = `
require('n8n-workflow');
require('luxon');
const [folder] = process.argv.slice(1);
const { n8n } = require(folder + '/package.json');
const start = performance.now();
for (const file of [...n8n.credentials, ...n8n.nodes]) require(folder + '/' + file);
console.log(performance.now() - start);
`;

/** Milliseconds that n8n needs at startup to load an installed package: the median of several runs. */
export async function loadMilliseconds(
	{ folder, nodejs }: InstalledN8n,
	packageFolder: string,
	runs: number,
): Promise<number> {
	// n8n's modules are resolved this way for community packages, too.
	const env = { ...plainEnvironment(), NODE_PATH: join(folder, 'node_modules') };
	const times: number[] = [];
	for (let i = 0; i < runs; i++) {
		const output = await runCommand(join(nodejs.bin, 'node'), ['-e', SCRIPT, packageFolder], {
			cwd: folder,
			env,
		});
		times.push(Number(output));
	}
	return median(times);
}
