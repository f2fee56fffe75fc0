import { join } from 'node:path';
import type { InstalledN8n } from '../demo/n8n/install';
import { plainEnvironment } from '../demo/n8n/npm';
import { run } from '../demo/n8n/run';
import { median } from './statistics';

/** Loads the files that n8n loads, with what they import from n8n already there, as it is in n8n. */
const SCRIPT = `
require('n8n-workflow');
require('luxon');
const [folder] = process.argv.slice(1);
const { n8n } = require(folder + '/package.json');
const start = performance.now();
for (const file of [...n8n.credentials, ...n8n.nodes]) require(folder + '/' + file);
console.log(performance.now() - start);
`;

/**
 * Milliseconds that loading an installed package takes n8n at its start: the median over several
 * new processes.
 */
export async function loadMilliseconds(
	{ folder, nodejs }: InstalledN8n,
	packageFolder: string,
	runs: number,
): Promise<number> {
	// A package in n8n's folder for community packages finds n8n's own modules in this way, too.
	const env = { ...plainEnvironment(), NODE_PATH: join(folder, 'node_modules') };
	const times: number[] = [];
	for (let i = 0; i < runs; i++) {
		const answer = await run(join(nodejs.bin, 'node'), ['-e', SCRIPT, packageFolder], {
			cwd: folder,
			env,
		});
		times.push(Number(answer));
	}
	return median(times);
}
