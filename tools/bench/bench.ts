import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from '../n8n/prepare';
import { requirementsOf } from '../n8n/versions';
import { printProgress } from '../progress';
import { temporaryFolder } from '../temporaryFolder';
import { canMeasureMemory, memoryDuring } from './memory';
import { loadMilliseconds } from './packageCost';
import { deleteThroughRateLimit } from './rateLimit';
import { runTask, setUp, type Measurement, type Setup, type Task } from './runTask';
import { startServer } from './startServer';
import { summarize } from './statistics';
import { httpRequest, httpRequestInBatches, thisNode, type Subject } from './subjects';
import {
	limitedRow,
	memoryRow,
	millisecondsRow,
	number,
	requestsRow,
	tableHead,
	timeRow,
} from './table';

const HELP = `Compares this node with n8n's HTTP Request node on the same n8n, and prints a table.

  npm run bench                     run nothing else meanwhile
  npm run bench -- --runs <number>  repetitions (default: 5)
  npm run bench -- --max-items <n>  leaves out tasks with more items
  npm run bench -- --quick          a tenth of the items, 2 repetitions; smoke test only
`;

const N8N_VERSION = '2.41.1';

/** Runs the task on both nodes in turn. A first run of each is a warm-up and does not count. */
async function compare(setup: Setup, task: Task, runs: number) {
	const pairs: Array<{ ours: Measurement; theirs: Measurement }> = [];
	for (let round = 0; round <= runs; round++) {
		const ours = await runTask(setup, thisNode, task);
		const theirs = await runTask(setup, httpRequest, task);
		if (round > 0) pairs.push({ ours, theirs });
	}
	return pairs;
}

async function bench(runs: number, thousand: number, maxItems: number): Promise<string> {
	const folder = temporaryFolder();
	const {
		tarball,
		installed: [installed],
	} = await prepare([N8N_VERSION], folder);
	const server = await startServer();
	const start = async (name: string) =>
		await printProgress('Starting n8n', async () =>
			setUp(installed, tarball, join(folder, name), server),
		);
	const rows: string[] = [];

	const setup = await start('times');
	const tasks: Task[] = [
		{ operation: 'delete', items: thousand },
		{ operation: 'delete', items: thousand, latencyMs: 100 },
		{ operation: 'refresh', items: thousand },
		{ operation: 'delete', items: thousand, sameSegment: true },
		{ operation: 'delete', items: 5 * thousand },
		{ operation: 'delete', items: 5 * thousand, latencyMs: 100 },
		{ operation: 'delete', items: 20 * thousand },
	];
	for (const task of tasks.filter(({ items }) => items <= maxItems)) {
		const title = titleOf(task);
		const pairs = await printProgress(title, async () => compare(setup, task, runs));
		const summary = (of: (measured: Measurement) => number) =>
			summarize(pairs.map(({ ours, theirs }) => ({ ours: of(ours), theirs: of(theirs) })));
		rows.push(
			timeRow(
				title,
				task.items,
				summary(({ milliseconds }) => milliseconds),
			),
		);
		rows.push(
			millisecondsRow(
				`${title}: longest time without a response of n8n`,
				summary(({ freezeMs }) => freezeMs),
			),
		);
		rows.push(
			millisecondsRow(
				`${title}: first request`,
				summary(({ firstRequestMs }) => firstRequestMs),
			),
		);
		if (task.sameSegment) {
			const [{ ours, theirs }] = pairs;
			rows.push(requestsRow(title, ours.requests, theirs.requests));
		}
	}
	const limited = Math.min(1.5 * thousand, maxItems);
	if (limited > 600) {
		const title = `${number(limited)} deletes, 600 requests allowed per minute`;
		const throughLimit = async (subject: Subject) =>
			await printProgress(title, async () => deleteThroughRateLimit(setup, subject, limited));
		const ours = await throughLimit(thisNode);
		rows.push(limitedRow(title, ours, await throughLimit(httpRequest)));
		rows.push(
			limitedRow(
				`${title}; HTTP Request in batches of 10 per second`,
				ours,
				await throughLimit(httpRequestInBatches),
			),
		);
	}
	setup.probe.stop();
	await setup.n8n.stop();

	if (canMeasureMemory) {
		const task: Task = { operation: 'delete', items: Math.min(10 * thousand, maxItems) };
		// A new n8n for each, because n8n does not return the memory of an earlier run.
		const memoryOf = async (subject: Subject, name: string) => {
			const fresh = await start(name);
			const memory = await printProgress(`Memory during ${titleOf(task)}`, async () =>
				memoryDuring(fresh.n8n.pid, async () => runTask(fresh, subject, task)),
			);
			fresh.probe.stop();
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
		...tableHead,
		...rows,
		'',
		`The package is ${number(size / 1000, 1)} kB packed and loads in ${number(load, 1)} ms.`,
		`n8n ${N8N_VERSION}, Node.js ${requirementsOf(N8N_VERSION).node}, ${availableParallelism()} cores. Medians of ${runs} alternating runs.`,
	].join('\n');
}

function titleOf({ operation, items, latencyMs, sameSegment }: Task): string {
	const requests = operation === 'delete' ? 'deletes' : 'refreshes';
	const target = sameSegment ? ' of one segment' : '';
	const latency = latencyMs ? `, ${latencyMs} ms latency` : '';
	return `${number(items)} ${requests}${target}${latency}`;
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			runs: { type: 'string' },
			quick: { type: 'boolean' },
			'max-items': { type: 'string' },
			help: { type: 'boolean' },
		},
	});
	const runs = Number(values.runs ?? (values.quick ? 2 : 5));
	const maxItems = Number(values['max-items'] ?? 20_000);
	if (values.help || !Number.isInteger(runs) || runs < 1 || !(maxItems > 0)) {
		console.log(HELP);
		process.exitCode = values.help ? 0 : 1;
		return;
	}
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
	console.log(`\n${await bench(runs, values.quick ? 100 : 1000, maxItems)}`);
}

main().then(
	() => process.exit(),
	(reason: unknown) => {
		console.error(reason instanceof Error ? reason.message : reason);
		process.exit(1);
	},
);
