import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Fault, type Simulator, startSimulator } from '../../../simulator';
import { advance, useClock } from '../../clock';
import {
	createItems,
	credentials,
	expectNoApiKeyInLogs,
	operations,
	run,
	withoutTrueOutput,
} from './setup';

useClock();
expectNoApiKeyInLogs();

const ITEMS = 1000;
const MB = 1024 * 1024;

const { deletion } = operations;

const faults: Fault[] = [
	{ drop: 'beforeAnswer' },
	{ drop: 'beforeAnswer', apply: 'after' },
	{ drop: 'midHeaders', apply: 'after' },
	{ status: 500 },
	{ status: 502, body: '<html>', contentType: 'text/html' },
	{ status: 503, headers: { 'retry-after': '0' }, apply: 'after' },
	{ status: 403 },
];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is held once all garbage is collected, in bytes. */
function held(): number {
	collectGarbage();
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
}

/** Affects 1 request in 20, each with the next of the faults. `onRequest` sees all of them. */
function injectFaults(simulator: Simulator, faults: Fault[], onRequest: () => void) {
	simulator.fault({
		match: () => {
			onRequest();
			return false;
		},
	});
	let requests = 0;
	faults.forEach((fault, index) =>
		simulator.fault({
			...fault,
			times: Infinity,
			match: () => {
				if (index === 0) requests++;
				return requests % 20 === 0 && (requests / 20) % faults.length === index;
			},
		}),
	);
}

/** Runs the deletes and checks their ends; nothing of the run is held when this returns. */
async function soak(count: number, faults: Fault[], onRequest = () => {}) {
	const simulator = await startSimulator({ rateLimit: { limit: 100_000 } });
	const items = createItems(deletion, count, simulator);
	injectFaults(simulator, faults, onRequest);
	const result = await run(deletion, items, { credentials: credentials(simulator) });
	await simulator.stop();
	// Timeouts of requests that have ended are kept by this clock, though not by Node's.
	await advance(120_000);

	// What was refused is still there, so that every segment is accounted for.
	const failures = withoutTrueOutput(deletion, result, items, simulator);
	const isLost = ({ index, output, outcome }: (typeof failures)[number]) =>
		output || (outcome === 'refused' && !simulator.segments.has(items[index].id));
	expect(failures.filter(isLost)).toEqual([]);
	return { requests: simulator.log.length, failed: failures.length };
}

it(`${ITEMS} deletes, 5% of the requests with a fault: nothing is lost, and memory is given back`, async () => {
	// What loading and compiling cost is not the run's.
	await soak(200, []);
	const before = held();
	// Not the size of the process: that depends on when garbage happens to be collected.
	let peak = before;
	let seen = 0;
	const { requests, failed } = await soak(ITEMS, faults, () => {
		if (seen++ % 100 === 0) peak = Math.max(peak, held());
	});
	const kept = held() - before;

	const inMb = (bytes: number) => `${Math.round(bytes / MB)} MB`;
	console.log(
		`${ITEMS} deletes: ${requests} requests, ${failed} failures; ` +
			`at most ${inMb(peak - before)} more memory held meanwhile, ${inMb(kept)} more after`,
	);
	// One in seven faults is a clear no; hardly any item meets three others in a row.
	expect(failed).toBeGreaterThan(requests / 20 / 7 / 2);
	expect(failed).toBeLessThan((requests / 20 / 7) * 2);
	expect(kept).toBeLessThan(20 * MB);
	expect(peak - before).toBeLessThan(200 * MB);
});
