import { spawn } from 'node:child_process';
import { once } from 'node:events';

// `npm run test:busy`: the tests on a machine that is busy with other work.

/** Ends with this process, however that ends. */
const LOOP = `while (process.ppid === ${process.pid});`;

async function main(): Promise<void> {
	const [project] = process.argv.slice(2);
	const loops = project ? 4 : 8;
	const script = project ? `test:${project}` : 'test';
	console.log(`npm run ${script} beside ${loops} busy loops`);

	const children = Array.from({ length: loops }, () => spawn(process.execPath, ['-e', LOOP]));
	const endLoops = () => children.forEach((child) => child.kill('SIGKILL'));
	process.once('exit', endLoops);
	const tests = spawn('npm', ['run', script], { stdio: 'inherit' });
	// Ctrl+C reaches the tests, too; their end is waited for.
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal));
	const [exitCode] = (await once(tests, 'exit')) as [number | null];
	process.exitCode = exitCode ?? 1;
	endLoops();
}

void main();
