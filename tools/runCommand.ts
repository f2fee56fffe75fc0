import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Runs a command and returns what it printed, trimmed. Rejects with the command and its standard
 * error if it exits with a status other than 0. The command is killed when this process exits.
 */
export async function runCommand(
	program: string,
	args: string[],
	options: { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
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
