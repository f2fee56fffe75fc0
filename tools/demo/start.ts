import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { IDataObject } from 'n8n-workflow';
import { startSimulator } from '../../simulator';
import { DEMO_OPTIONS } from '../../simulator/demoData';
import type { EngineCredential } from '../engine';
import {
	configureExample,
	DEFINITION_COLUMNS,
	EXAMPLES,
	OTHER_REQUIREMENTS,
	readExample,
	type ExampleName,
} from '../examples';
import { freePort } from '../freePort';
import { cacheFolder } from '../n8n/cache';
import type { SavedWorkflow } from '../n8n/client';
import { isInstalled, type InstalledN8n } from '../n8n/install';
import { startInstance, type Instance } from '../n8n/instance';
import { npm } from '../n8n/npm';
import { prepare } from '../n8n/prepare';
import { startQueueInstance } from '../n8n/queue';
import { SEGMENTS_CREDENTIAL } from '../n8n/workflows';
import { printProgress } from '../progress';
import { temporaryFolder } from '../temporaryFolder';

const HELP = `Shows this package at work, with a simulated SendGrid.

  npm start                        runs the node once, then starts n8n until Ctrl+C
  npm start -- --once              ends after the first run (status 1 on failure)
  npm start -- --queue             n8n in queue mode, with two workers, Redis and PostgreSQL
  npm start -- --segment <ID>      with SENDGRID_API_KEY: refreshes this segment

If SENDGRID_API_KEY is set, the workflows use the real SendGrid. Each refresh counts toward the
10 refreshes per account per day, so nothing is refreshed unless you name a segment.
`;

const N8N_VERSION = '2.41.1';

interface Segment {
	id: string;
	name: string;
}

/** The SendGrid that the workflows use. */
interface Target {
	name: string;
	credential: EngineCredential;
	/** The segment of the first run; the examples are set to another one, so that they can refresh it. */
	firstSegment?: Segment;
	exampleSegment?: Segment;
	/** Printed when the editor stays open. */
	hint: string;
	stop: () => Promise<void>;
}

async function chooseTarget(segmentId?: string): Promise<Target> {
	const apiKey = process.env.SENDGRID_API_KEY;
	if (apiKey) {
		const segment = segmentId ? { id: segmentId, name: segmentId } : undefined;
		return {
			name: 'the real SendGrid (SENDGRID_API_KEY is set)',
			credential: { apiKey, baseUrl: 'https://api.sendgrid.com' },
			firstSegment: segment,
			exampleSegment: segment,
			hint: 'The workflows use your SendGrid account. What you run there changes real data.',
			stop: async () => {},
		};
	}
	const simulator = await startSimulator(DEMO_OPTIONS);
	const [exampleSegment, firstSegment] = simulator.segments.values();
	return {
		name: 'a simulated SendGrid on this computer; no account is needed',
		credential: { apiKey: simulator.keys.full, baseUrl: simulator.url },
		firstSegment: simulator.segments.get(segmentId ?? '') ?? firstSegment,
		exampleSegment,
		hint: `The simulated SendGrid has SendGrid's limits: a segment can be refreshed once per hour and twice
per day. To advance its clock by an hour:
  curl -d '{"advanceMs":3600000}' ${simulator.url}/_simulator/clock`,
		stop: simulator.stop,
	};
}

interface Options {
	once?: boolean;
	segment?: string;
	queue?: boolean;
}

/** Says what will happen, and how long it will take. */
async function announce({ once, queue }: Options, { name }: Target): Promise<void> {
	const steps = [["Run the node on n8n's engine", 'a few seconds']];
	if (!once) {
		if (!(await isInstalled(N8N_VERSION))) {
			steps.push([
				`Install n8n ${N8N_VERSION} in ${cacheFolder(`n8n-${N8N_VERSION}`)}`,
				'10 to 20 minutes, only once; 3 GB',
			]);
		}
		steps.push(
			[`Start n8n${queue ? ' in queue mode' : ''} with this package`, 'about a minute'],
			['Print the address of a workflow to try', ''],
		);
	}
	const width = Math.max(...steps.map(([step]) => step.length));
	console.log(`SendGrid Segments for n8n, with ${name}\n`);
	for (const [index, [step, duration]] of steps.entries()) {
		console.log(`  ${index + 1}. ${step.padEnd(width)}   ${duration}`.trimEnd());
	}
	if (!once) console.log('\nCtrl+C stops at any time. "npm start -- --once" ends after step 1.');
	console.log('');
}

const printOutput = (title: string, items: IDataObject[]) =>
	console.log(`\n${title}\n\n${JSON.stringify(items, null, 2).replace(/^/gm, '  ')}\n`);

/** Runs the main job on n8n's engine: a refresh, and what deleting the segment would do. */
async function runFirst({ credential, firstSegment }: Target): Promise<void> {
	await printProgress('Building this package', async () =>
		npm(['run', 'build'], { cwd: join(__dirname, '../..') }),
	);
	const { runOnEngine } = await printProgress(
		"Loading n8n's engine",
		async () => await import('../engine'),
	);
	if (!firstSegment) {
		const items = await runOnEngine({ operation: 'getAll', limit: 5 }, credential);
		printOutput(
			'Get many segments: the first five. To refresh one, name it with --segment.',
			items,
		);
		return;
	}
	const segmentId = { __rl: true, mode: 'id', value: firstSegment.id };
	const refreshed = await runOnEngine({ operation: 'refresh', segmentId }, credential);
	printOutput(`Refresh segment "${firstSegment.name}". SendGrid accepted the job:`, refreshed);
	if (!refreshed[0]?.job_id) throw new Error('The workflow returned no job ID');
	const dryRun = await runOnEngine({ operation: 'delete', segmentId, dryRun: true }, credential);
	printOutput(
		'Delete segment, with Dry Run. "would_delete" is false if a scheduled Single Send uses the segment:',
		dryRun,
	);
}

/** Starts n8n as one process, or in queue mode. */
async function startDemo(
	n8n: InstalledN8n,
	options: { tarball: string; folder: string; queue?: boolean },
): Promise<Instance> {
	const { tarball, queue } = options;
	const folder = join(options.folder, 'n8n');
	const port = await freePort(5678);
	if (!queue) return await startInstance(n8n, { tarball, userFolder: folder, port });
	const { main, stop } = await startQueueInstance(n8n, { tarball, folder, port });
	return { ...main, stop };
}

/** Sets up n8n as a user would: the credential, a data table and the examples. */
async function importExamples(
	{ client }: Instance,
	{ credential, exampleSegment: segment }: Target,
): Promise<Map<ExampleName, SavedWorkflow>> {
	const saved = await client.createCredential('SendGrid Segments', SEGMENTS_CREDENTIAL, {
		...credential,
	});
	const test = await client.testCredential(saved, SEGMENTS_CREDENTIAL, { ...credential });
	if (test.status !== 'OK') throw new Error(`The credential does not work: ${test.message}`);
	const { id: dataTableId } = await client.createDataTable('Segments', DEFINITION_COLUMNS);
	const selection = { credential: saved, segment, dataTableId };
	const workflows = new Map<ExampleName, SavedWorkflow>();
	// n8n lists the newest workflow first.
	for (const name of [...EXAMPLES].reverse()) {
		const example = configureExample(await readExample(name), selection);
		workflows.set(name, await client.createWorkflow(example));
	}
	return workflows;
}

/** What to open, and where to click. */
function printNextSteps(
	{ url, owner }: Instance,
	workflows: Map<ExampleName, SavedWorkflow>,
	hint: string,
): void {
	const [first] = EXAMPLES;
	const address = (name: ExampleName) => `${url}/workflow/${workflows.get(name)!.id}`;
	const list = (names: ExampleName[], note: (name: ExampleName) => string) =>
		names.map((name) => `  ${workflows.get(name)!.name.padEnd(62)} ${note(name)}`).join('\n');
	const runsHere = EXAMPLES.filter((name) => !(name in OTHER_REQUIREMENTS));
	const others = EXAMPLES.filter((name) => name in OTHER_REQUIREMENTS);
	console.log(`
Open    ${address(first)}

  email     ${owner.email}
  password  ${owner.password}

Click Execute workflow. Then double-click "Refresh segment" to see the job ID.

These workflows run here; in each, click Execute workflow:
${list(runsHere, address)}

These need more than this demo has, so look at them only:
${list(others, (name) => `needs ${OTHER_REQUIREMENTS[name]}`)}

${hint}

Stop with Ctrl+C. Everything that you create in this editor will be lost.`);
}

/** @param onCleanup registers a function that is called when the demo ends, also after a failure */
async function runDemo(options: Options, onCleanup: (cleanUp: () => Promise<void>) => void) {
	const target = await chooseTarget(options.segment);
	onCleanup(target.stop);
	await announce(options, target);
	await runFirst(target);
	if (options.once) return;

	const folder = temporaryFolder();
	const {
		tarball,
		installed: [n8n],
	} = await prepare([N8N_VERSION], folder);
	const instance = await printProgress(
		'Starting n8n with the package installed (about a minute)',
		async () => await startDemo(n8n, { tarball, folder, queue: options.queue }),
	);
	onCleanup(instance.stop);
	const workflows = await importExamples(instance, target);
	printNextSteps(instance, workflows, target.hint);
	await instance.exited;
	throw new Error(`n8n exited. Its last output:\n${instance.log()}`);
}

/** The message, and what n8n's errors say besides. */
function describeError(reason: unknown): unknown {
	if (!(reason instanceof Error)) return reason;
	const { description } = reason as { description?: string | null };
	return description ? `${reason.message}\n${description}` : reason.message;
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			once: { type: 'boolean' },
			segment: { type: 'string' },
			queue: { type: 'boolean' },
			help: { type: 'boolean' },
		},
	});
	if (values.help) {
		console.log(HELP);
		return;
	}
	const cleanups: Array<() => Promise<void>> = [];
	const cleanUpAll = async () => {
		for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
	};
	let interrupted = false;
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.once(signal, () => {
			interrupted = true;
			console.log('\nStopping');
			void cleanUpAll().finally(() => process.exit(values.once ? 1 : 0));
		});
	}
	try {
		await runDemo(values, (cleanUp) => cleanups.push(cleanUp));
	} catch (reason) {
		// After Ctrl+C, whatever was running fails. That is expected.
		if (!interrupted) throw reason;
	} finally {
		await cleanUpAll();
	}
}

main().catch((reason: unknown) => {
	console.error(describeError(reason));
	process.exitCode = 1;
});
