import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Runs a program to its end and gives what it printed. Rejects with the command and what it said on
 * its standard error, when it ends with another status than 0. It is ended with
 * this process.
 */
export async function run(
	program: string,
	args: string[],
	options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
	const running = promisify(execFile)(program, args, { ...options, maxBuffer: 64 * 1024 * 1024 });
	const kill = () => running.child.kill();
	process.once('exit', kill);
	try {
		const { stdout } = await running;
		return stdout.trim();
	} finally {
		process.off('exit', kill);
	}
}
