import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seedDemo } from '../../simulator/demoData';
import { startSimulator } from '../../simulator';
import { configureExample, EXAMPLES, readExample } from '../examples';
import { freePort } from '../freePort';
import type { InstalledN8n } from '../n8n/install';
import { startInstance, type Instance } from '../n8n/instance';
import { prepare } from '../n8n/prepare';
import { startQueueInstance } from '../n8n/queue';
import { SEGMENTS_CREDENTIAL } from '../n8n/workflows';
import { printProgress } from '../progress';
import { temporaryFolder } from '../temporaryFolder';

const HELP = `Starts n8n with this package and a simulated SendGrid.

  npm start                        keeps the editor open until Ctrl+C
  npm start -- --once              exits after one workflow run (status 1 on failure)
  npm start -- --queue             in queue mode, with two workers, Redis and PostgreSQL
  npm start -- --segment <ID>      with SENDGRID_API_KEY: refreshes this segment

If SENDGRID_API_KEY is set, the workflows use the real SendGrid. Each refresh counts toward the
10 refreshes per account per day, so nothing is refreshed unless you name a segment.
`;

/** The SendGrid that the workflows use, and the segment that the examples refresh. */
interface Target {
	credential: { apiKey: string; baseUrl: string };
	segment?: { id: string; name: string };
	/** Printed when the editor stays open. */
	hint: string;
	stop: () => Promise<void>;
}

async function chooseTarget(segmentId?: string): Promise<Target> {
	const apiKey = process.env.SENDGRID_API_KEY;
	if (apiKey) {
		return {
			credential: { apiKey, baseUrl: 'https://api.sendgrid.com' },
			segment: segmentId ? { id: segmentId, name: segmentId } : undefined,
			hint: 'Its credential is for your SendGrid account: workflows that you run there change real data.',
			stop: async () => {},
		};
	}
	const simulator = await startSimulator({ seed: seedDemo });
	const [segment] = simulator.segments.values();
	return {
		credential: { apiKey: simulator.keys.full, baseUrl: simulator.url },
		segment: simulator.segments.get(segmentId ?? '') ?? segment,
		hint: `Its credential is for a simulated SendGrid with SendGrid's limits, for example one refresh per
segment per hour. To advance its clock by an hour:
  curl -d '{"advanceMs":3600000}' ${simulator.url}/_simulator/clock`,
		stop: simulator.stop,
	};
}

/** Sets up n8n as a user would, and runs the first example if there is a segment to refresh. */
async function runExample(
	{ url, client }: Instance,
	{ credential, segment }: Target,
): Promise<void> {
	const saved = await client.createCredential('SendGrid Segments', SEGMENTS_CREDENTIAL, credential);
	const test = await client.testCredential(saved, SEGMENTS_CREDENTIAL, credential);
	if (test.status !== 'OK') throw new Error(`The credential does not work: ${test.message}`);

	const [example, ...others] = EXAMPLES;
	for (const name of others) {
		await client.createWorkflow(
			configureExample(await readExample(name), { credential: saved, segment }),
		);
	}
	const workflow = await client.createWorkflow(
		configureExample(await readExample(example), { credential: saved, segment }),
	);
	if (!segment) {
		console.log('Nothing was refreshed, because no segment was named.');
		return;
	}
	await client.activate(workflow);
	const webhook = `${url}/webhook/refresh-segment`;
	const response = await fetch(webhook, { method: 'POST' });
	const body = await response.text();
	console.log(
		`\nPOST ${webhook} (refreshes "${segment.name}") responded ${response.status}:\n${body}\n`,
	);
	const { job_id } = JSON.parse(body) as { job_id?: string };
	if (!response.ok || !job_id) throw new Error('The workflow returned no job ID');
}

interface Options {
	once?: boolean;
	segment?: string;
	queue?: boolean;
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

/** @param onCleanup registers a function that is called when the demo ends, also after a failure */
async function runDemo(
	{ once, segment, queue }: Options,
	onCleanup: (cleanUp: () => Promise<void>) => void,
) {
	const folder = temporaryFolder();
	const {
		tarball,
		installed: [n8n],
	} = await prepare(['2.41.1'], folder);
	const target = await chooseTarget(segment);
	onCleanup(target.stop);
	const instance = await printProgress('Starting n8n with the package installed', async () =>
		startDemo(n8n, { tarball, folder, queue }),
	);
	onCleanup(instance.stop);
	await runExample(instance, target);
	if (once) return;

	console.log(`The editor is open at ${instance.url}
  email     ${instance.owner.email}
  password  ${instance.owner.password}

${target.hint}

Stop with Ctrl+C. Everything that you create in this editor will be lost.`);
	await instance.exited;
	throw new Error(`n8n exited. Its last output:\n${instance.log()}`);
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
	console.error(reason instanceof Error ? reason.message : reason);
	process.exitCode = 1;
});
