import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server or worker that runs in the background. */
export interface RunningProcess {
	pid: number;
	/** Resolves when the process has exited, for whatever reason. */
	exited: Promise<void>;
	/** The last lines of its output. */
	log: () => string;
	/** Sends a signal to the process and its child processes. */
	kill: (signal?: NodeJS.Signals) => void;
	/** Stops the process gracefully, and kills it after the timeout. Default: 10 seconds. */
	stop: (timeoutMs?: number) => Promise<void>;
}

interface ProcessOptions {
	cwd: string;
	env?: NodeJS.ProcessEnv;
	uid?: number;
	gid?: number;
	/** Gets all of its output, besides the last lines that `log` has. */
	logFile?: string;
	/** Polled until it returns true. */
	isReady: () => Promise<boolean>;
	/** Signal for a graceful stop. Default: SIGTERM. */
	stopSignal?: NodeJS.Signals;
}

const START_TIMEOUT_MS = 300_000;

/**
 * Starts a program and waits until it is ready. Rejects with the last lines of its output if it exits
 * or is not ready within five minutes. It is killed when this process exits.
 */
export async function startProcess(
	program: string,
	args: string[],
	{ isReady, stopSignal = 'SIGTERM', logFile, ...options }: ProcessOptions,
): Promise<RunningProcess> {
	const child = spawn(program, args, {
		...options,
		stdio: ['ignore', 'pipe', 'pipe'],
		// A process group of its own, so that its child processes are killed with it.
		detached: true,
	});
	let hasExited = false;
	const exited = once(child, 'exit').then(() => {
		hasExited = true;
	});
	let log = '';
	const file = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
	for (const stream of [child.stdout, child.stderr]) {
		if (file) stream.pipe(file, { end: false });
		stream.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-20_000)));
	}
	// Rejects if the program cannot be started.
	await Promise.race([once(child, 'spawn'), exited]);
	const pid = child.pid!;

	const send = (target: number, signal: NodeJS.Signals) => {
		try {
			process.kill(target, signal);
		} catch {
			// It has already exited.
		}
	};
	const kill = (signal: NodeJS.Signals = 'SIGKILL') => send(-pid, signal);
	const killNow = () => kill();
	// Before all other exit handlers: the process writes to its folder as long as it runs.
	process.prependOnceListener('exit', killNow);

	const stop = async (timeoutMs = 10_000) => {
		if (!hasExited) send(pid, stopSignal);
		await Promise.race([exited, sleep(timeoutMs, undefined, { ref: false })]);
		kill();
		await exited;
		process.off('exit', killNow);
	};
	const deadline = Date.now() + START_TIMEOUT_MS;
	while (!(await isReady())) {
		if (hasExited || Date.now() > deadline) {
			await stop();
			throw new Error(`${program} did not start. Its last output:\n${log.slice(-4000)}`);
		}
		await sleep(200);
	}
	return { pid, exited, log: () => log, kill, stop };
}
