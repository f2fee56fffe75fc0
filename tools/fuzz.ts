import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `Runs the node in random scenarios against a hostile SendGrid, and checks what must always be true.

  npm run fuzz -- --minutes 20 --seed 7

  --minutes <n>   how long, for both of n8n's engines together (default: 20)
  --seed <n>      tries other scenarios (default: the time of day)
  --n8n <1|2>     on one of the engines only
  --path <path>   with --seed: repeats one scenario, as a failure names it

It tests what "npm run build" has built. The first scenario that breaks a rule is made as small as possible,
and printed: the node's parameters, the items, what went wrong, what arrived, what came out.
`;

const { values } = parseArgs({
	options: {
		minutes: { type: 'string', default: '20' },
		seed: { type: 'string', default: String(Date.now() % 1_000_000) },
		n8n: { type: 'string' },
		path: { type: 'string' },
		help: { type: 'boolean' },
	},
});

async function fuzz(engine: string, minutes: number): Promise<number> {
	console.log(`n8n ${engine}, seed ${values.seed}, ${minutes} minutes`);
	const test = 'test/engine/faults/properties.test.ts';
	const jest = spawn('npx', ['jest', '--maxWorkers', '1', '--runTestsByPath', test], {
		cwd: path.resolve(__dirname, '..'),
		stdio: 'inherit',
		env: {
			...process.env,
			N8N_CORE: engine,
			FUZZ_SEED: values.seed,
			FUZZ_MINUTES: String(minutes),
			...(values.path !== undefined && { FUZZ_PATH: values.path }),
		},
	});
	const [exitCode] = (await once(jest, 'exit')) as [number | null];
	return exitCode ?? 1;
}

async function main(): Promise<void> {
	if (values.help) {
		console.log(HELP);
		return;
	}
	const engines = values.n8n ? [values.n8n] : ['1', '2'];
	for (const engine of engines) {
		process.exitCode = await fuzz(engine, Number(values.minutes) / engines.length);
		if (process.exitCode !== 0) return;
	}
}

void main();
