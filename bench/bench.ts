import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureN8n } from '../demo/n8n/install';
import { buildAndPack } from '../demo/n8n/package';
import { printProgress } from '../demo/n8n/progress';
import { temporaryFolder } from '../demo/n8n/temporaryFolder';
import { requirementsOf } from '../demo/n8n/versions';
import { httpRequest, thisNode, type Contestant } from './contestants';
import { canMeasureMemory, memoryDuring } from './memory';
import { loadMilliseconds } from './packageCost';
import { perform, setStage, type Measured, type Stage, type Task } from './stage';
import { startServer } from './startServer';
import { compare } from './statistics';
import { head, memoryRow, number, requestsRow, timeRow } from './table';

const HELP = `Compares this node with n8n's HTTP Request node, in one n8n, and prints a table.

  npm run bench                     about half an hour; let nothing else run meanwhile
  npm run bench -- --runs <number>  how often each measurement is repeated: 5 times without it
  npm run bench -- --quick          a tenth of the items, twice: shows that it works, not how fast
`;

const N8N_VERSION = '2.41.1';

/** Lets the two take turns, after a run of each that does not count. */
async function duel(stage: Stage, task: Task, runs: number) {
	const pairs: Array<{ ours: Measured; theirs: Measured }> = [];
	for (let turn = 0; turn <= runs; turn++) {
		const ours = await perform(stage, thisNode, task);
		const theirs = await perform(stage, httpRequest, task);
		if (turn > 0) pairs.push({ ours, theirs });
	}
	return pairs;
}

async function bench(runs: number, thousand: number): Promise<string> {
	const installed = await ensureN8n(N8N_VERSION, printProgress);
	const folder = temporaryFolder();
	const tarball = await printProgress('Building and packing this package', async () =>
		buildAndPack(folder),
	);
	const server = await startServer();
	const start = async (name: string) =>
		await printProgress('Starting n8n', async () =>
			setStage(installed, tarball, join(folder, name), server),
		);
	const rows: string[] = [];

	const stage = await start('times');
	const tenThousand = 10 * thousand;
	const tasks: Task[] = [
		{ operation: 'delete', items: thousand },
		{ operation: 'refresh', items: thousand },
		{ operation: 'delete', items: thousand, latencyMs: 100 },
		{ operation: 'delete', items: thousand, sameSegment: true },
		{ operation: 'delete', items: tenThousand },
	];
	for (const task of tasks) {
		const title = titleOf(task);
		const pairs = await printProgress(title, async () => duel(stage, task, runs));
		const times = pairs.map(({ ours, theirs }) => ({
			ours: ours.milliseconds,
			theirs: theirs.milliseconds,
		}));
		rows.push(timeRow(title, task.items, compare(times)));
		if (task.sameSegment) {
			const [{ ours, theirs }] = pairs;
			rows.push(requestsRow(title, ours.requests, theirs.requests));
		}
	}
	await stage.n8n.stop();

	if (canMeasureMemory) {
		const task: Task = { operation: 'delete', items: tenThousand };
		// An n8n of its own for each, since it does not give back what an earlier run has needed.
		const memoryOf = async (contestant: Contestant, name: string) => {
			const fresh = await start(name);
			const memory = await printProgress(`Memory during ${titleOf(task)}`, async () =>
				memoryDuring(fresh.n8n.pid, async () => perform(fresh, contestant, task)),
			);
			await fresh.n8n.stop();
			return memory;
		};
		const ours = await memoryOf(thisNode, 'memory-ours');
		const theirs = await memoryOf(httpRequest, 'memory-theirs');
		rows.push(memoryRow(titleOf(task), ours, theirs));
	}

	const load = await printProgress('Loading the package', async () =>
		loadMilliseconds(
			installed,
			join(folder, 'times/.n8n/nodes/node_modules/n8n-nodes-sendgrid-segments'),
			2 * runs + 1,
		),
	);
	const { size } = await stat(tarball);
	server.stop();
	return [
		...head,
		...rows,
		'',
		`The package is ${number(size / 1000, 1)} kB packed and loads within ${number(load, 1)} ms.`,
		`n8n ${N8N_VERSION}, Node.js ${requirementsOf(N8N_VERSION).node}, ${availableParallelism()} cores. Medians of ${runs} alternating runs.`,
	].join('\n');
}

function titleOf({ operation, items, latencyMs, sameSegment }: Task): string {
	const what = operation === 'delete' ? 'deletes' : 'refreshes';
	const which = sameSegment ? ' of one segment' : '';
	const when = latencyMs ? `, answered after ${latencyMs} ms` : '';
	return `${number(items)} ${what}${which}${when}`;
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			runs: { type: 'string' },
			quick: { type: 'boolean' },
			help: { type: 'boolean' },
		},
	});
	const runs = Number(values.runs ?? (values.quick ? 2 : 5));
	if (values.help || !Number.isInteger(runs) || runs < 1) {
		console.log(HELP);
		process.exitCode = values.help ? 0 : 1;
		return;
	}
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
	console.log(`\n${await bench(runs, values.quick ? 100 : 1000)}`);
}

main().then(
	() => process.exit(),
	(reason: unknown) => {
		console.error(reason instanceof Error ? reason.message : reason);
		process.exit(1);
	},
);
