import { freePort } from '../freePort';
import { runCommand } from '../runCommand';
import { startProcess, type RunningProcess } from '../startProcess';
import { temporaryFolder } from '../temporaryFolder';

/** A Redis server on a port and in a temporary folder of its own. */
export interface Redis {
	host: string;
	port: number;
	/** Starts it again after `stop`, on the same port with the same data. */
	start: () => Promise<void>;
	stop: () => Promise<void>;
}

/** Starts the system's redis-server. It is killed when this process exits. */
export async function startRedis(): Promise<Redis> {
	const host = '127.0.0.1';
	const port = await freePort();
	const folder = temporaryFolder();
	let running: RunningProcess;
	const start = async () => {
		running = await startProcess(
			'redis-server',
			['--port', `${port}`, '--bind', host, '--dir', folder, '--appendonly', 'yes'],
			{ cwd: folder, isReady: async () => await respondsToPing(port) },
		).catch((reason: NodeJS.ErrnoException) => {
			if (reason.code !== 'ENOENT') throw reason;
			throw new Error('redis-server is not installed. On Debian: apt-get install redis-server');
		});
	};
	await start();
	return { host, port, start, stop: async () => await running.stop() };
}

async function respondsToPing(port: number): Promise<boolean> {
	return await runCommand('redis-cli', ['-p', `${port}`, 'ping']).then(
		(output) => output === 'PONG',
		() => false,
	);
}
