import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../progress';

/**
 * Runs the work while no other process on this machine does work for the same folder. The lock is a
 * loopback port that nobody connects to: the system frees it, however the process that holds it ends.
 */
export async function withLock<T>(
	folder: string,
	progress: Progress,
	work: () => Promise<T>,
): Promise<T> {
	const hash = createHash('sha256').update(folder).digest();
	// Below the ports that systems give to outgoing connections.
	const port = 20_000 + (hash.readUInt16BE() % 10_000);
	let held = await listen(port);
	if (!held) {
		const title = `Waiting for another command that prepares ${folder} (it holds port ${port})`;
		await progress(title, async () => {
			while (!(held = await listen(port))) await sleep(500);
		});
	}
	try {
		return await work();
	} finally {
		held!.close();
	}
}

async function listen(port: number): Promise<Server | undefined> {
	const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
	try {
		await once(server, 'listening');
		return server;
	} catch (reason) {
		if ((reason as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
		throw reason;
	}
}
