import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seedDemo } from '../simulator/demoData';
import { startSimulator } from '../simulator';
import { choose, EXAMPLES, readExample } from './examples';
import { ensureN8n } from './n8n/install';
import { startInstance, type Instance } from './n8n/instance';
import { buildAndPack } from './n8n/package';
import { printProgress } from './n8n/progress';
import { freePort } from './n8n/server';
import { temporaryFolder } from './n8n/temporaryFolder';

const HELP = `Starts n8n with this package, on a SendGrid simulator.

  npm start                        leaves the editor open until Ctrl+C
  npm start -- --once              stops after one workflow has run: status 0, or 1 if it did not work
  npm start -- --segment <ID>      with SENDGRID_API_KEY: refreshes this segment

With SENDGRID_API_KEY set, the real SendGrid takes the simulator's place. A refresh counts towards
the 10 that an account has per day, so nothing is refreshed then unless you name a segment.
`;

/** Where the workflows' requests go, and the segment that the examples refresh. */
interface Target {
	credential: { apiKey: string; baseUrl: string };
	segment?: { id: string; name: string };
	/** What to tell about it when the editor is left open. */
	hint: string;
	stop: () => Promise<void>;
}

async function chooseTarget(segmentId?: string): Promise<Target> {
	const apiKey = process.env.SENDGRID_API_KEY;
	if (apiKey) {
		return {
			credential: { apiKey, baseUrl: 'https://api.sendgrid.com' },
			segment: segmentId ? { id: segmentId, name: segmentId } : undefined,
			hint: 'Its credential is for your SendGrid account: what you run there is real.',
			stop: async () => {},
		};
	}
	const simulator = await startSimulator({ seed: seedDemo });
	const [segment] = simulator.segments.values();
	return {
		credential: { apiKey: simulator.keys.full, baseUrl: simulator.url },
		segment: simulator.segments.get(segmentId ?? '') ?? segment,
		hint: `Its credential is for a simulator of SendGrid, which keeps SendGrid's limits: one refresh per segment
and hour, for one. To let an hour pass there:
  curl -d '{"advanceMs":3600000}' ${simulator.url}/_simulator/clock`,
		stop: simulator.stop,
	};
}

/** Sets n8n up as a person would, and runs the workflow if there is a segment to run it on. */
async function tryOut({ url, client }: Instance, { credential, segment }: Target): Promise<void> {
	const saved = await client.createCredential(
		'SendGrid Segments',
		'sendGridSegmentsApi',
		credential,
	);
	const test = await client.testCredential(saved, 'sendGridSegmentsApi', credential);
	if (test.status !== 'OK') throw new Error(`The credential does not work: ${test.message}`);

	const [example, ...others] = EXAMPLES;
	for (const name of others) {
		await client.createWorkflow(choose(await readExample(name), { credential: saved, segment }));
	}
	const workflow = await client.createWorkflow(
		choose(await readExample(example), { credential: saved, segment }),
	);
	if (!segment) {
		console.log('No segment was named, so nothing was refreshed.');
		return;
	}
	await client.activate(workflow);
	const webhook = `${url}/webhook/refresh-segment`;
	const response = await fetch(webhook, { method: 'POST' });
	const answer = await response.text();
	console.log(
		`\nPOST ${webhook} (refreshes "${segment.name}") was answered ${response.status}:\n${answer}\n`,
	);
	const { job_id } = JSON.parse(answer) as { job_id?: string };
	if (!response.ok || !job_id) throw new Error('The workflow gave no job ID');
}

interface Options {
	once?: boolean;
	segment?: string;
}

/** @param keep takes what has to be ended after the demo, whatever becomes of it */
async function demo({ once, segment }: Options, keep: (end: () => Promise<void>) => void) {
	const n8n = await ensureN8n('2.41.1', printProgress);
	const folder = temporaryFolder();
	const tarball = await printProgress('Building and packing this package', async () =>
		buildAndPack(folder),
	);
	const target = await chooseTarget(segment);
	keep(target.stop);
	const instance = await printProgress('Starting n8n with the package installed', async () =>
		startInstance(n8n, {
			tarball,
			userFolder: join(folder, 'n8n'),
			port: await freePort(5678),
		}),
	);
	keep(instance.stop);
	await tryOut(instance, target);
	if (once) return;

	console.log(`The editor is open at ${instance.url}
  email     ${instance.owner.email}
  password  ${instance.owner.password}

${target.hint}

Stop with Ctrl+C; what you make in this editor is gone then.`);
	await instance.ended;
	throw new Error(`n8n has ended. Its last lines were:\n${instance.log()}`);
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			once: { type: 'boolean' },
			segment: { type: 'string' },
			help: { type: 'boolean' },
		},
	});
	if (values.help) {
		console.log(HELP);
		return;
	}
	const ends: Array<() => Promise<void>> = [];
	const endAll = async () => {
		for (const end of ends.splice(0).reverse()) await end();
	};
	let interrupted = false;
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.once(signal, () => {
			interrupted = true;
			void endAll().finally(() => process.exit(values.once ? 1 : 0));
		});
	}
	try {
		await demo(values, (end) => ends.push(end));
	} catch (reason) {
		// What was under way ends badly when it is interrupted, and that is no news.
		if (!interrupted) throw reason;
	} finally {
		await endAll();
	}
}

main().catch((reason: unknown) => {
	console.error(reason instanceof Error ? reason.message : reason);
	process.exitCode = 1;
});
