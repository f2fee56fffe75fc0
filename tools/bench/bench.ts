import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startInstance } from '../n8n/instance';
import { prepare } from '../n8n/prepare';
import { requirementsOf } from '../n8n/versions';
import { printProgress } from '../progress';
import { temporaryFolder } from '../temporaryFolder';
import { measureChecks } from './checks';
import { measureContacts } from './contacts';
import type { Context, Group } from './context';
import { loadMilliseconds } from './packageCost';
import { measureSegments } from './segments';
import { number, tableHead } from './table';

const HELP = `Compares this node with n8n's HTTP Request node, and for contacts with the chain of nodes that people
build without it, on the same n8n. Prints a table.

  npm run bench                     run nothing else meanwhile
  npm run bench -- --only <group>   segments, contacts or checks
  npm run bench -- --runs <number>  repetitions (default: 5)
  npm run bench -- --quick          a tenth of the items and contacts, 2 repetitions; smoke test only
`;

const N8N_VERSION = '2.41.1';

const ENVIRONMENT = {
	// With HTTP Request and many items, n8n cannot ping its database in time, and would consider the
	// connection lost.
	DB_PING_INTERVAL_SECONDS: '86400',
	N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem',
};

const GROUPS: Record<string, Group> = {
	segments: measureSegments,
	contacts: measureContacts,
	checks: measureChecks,
};

async function bench(groups: Group[], runs: number, isQuick: boolean): Promise<string> {
	const folder = temporaryFolder();
	const {
		tarball,
		installed: [installed],
	} = await prepare([N8N_VERSION], folder);
	let lastFolder = '';
	const context: Context = {
		runs,
		scaled: (count) => (isQuick ? count / 10 : count),
		startN8n: async (name) => {
			lastFolder = join(folder, name);
			return await printProgress('Starting n8n', async () =>
				startInstance(installed, { tarball, userFolder: lastFolder, env: ENVIRONMENT }),
			);
		},
	};
	const rows: string[] = [];
	for (const measure of groups) rows.push(...(await measure(context)));

	const load = await printProgress('Loading the package', async () =>
		loadMilliseconds(
			installed,
			join(lastFolder, '.n8n/nodes/node_modules/n8n-nodes-sendgrid-segments'),
			2 * runs + 1,
		),
	);
	const { size } = await stat(tarball);
	return [
		...tableHead,
		...rows,
		'',
		`The package is ${number(size / 1000, 1)} kB packed and loads in ${number(load, 1)} ms.`,
		`n8n ${N8N_VERSION}, Node.js ${requirementsOf(N8N_VERSION).node}, ${availableParallelism()} cores. Medians of ${runs} alternating runs; files and the rate limit once.`,
	].join('\n');
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			runs: { type: 'string' },
			quick: { type: 'boolean', default: false },
			only: { type: 'string' },
			help: { type: 'boolean' },
		},
	});
	const runs = Number(values.runs ?? (values.quick ? 2 : 5));
	const names = values.only === undefined ? Object.keys(GROUPS) : [values.only];
	const groups = names.filter((name) => Object.hasOwn(GROUPS, name)).map((name) => GROUPS[name]);
	if (values.help || !Number.isInteger(runs) || runs < 1 || groups.length === 0) {
		console.log(HELP);
		process.exitCode = values.help ? 0 : 1;
		return;
	}
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
	console.log(`\n${await bench(groups, runs, values.quick)}`);
}

main().then(
	() => process.exit(),
	(reason: unknown) => {
		console.error(reason instanceof Error ? reason.message : reason);
		process.exit(1);
	},
);
