import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Above the locks of `n8n/lock.ts`, and below the ports of outgoing connections, which could take one first. */
const randomPort = (): number => randomInt(30_000, 32_500);

/** A free TCP port on this machine: the preferred one if it is free. */
export async function freePort(preferred = randomPort()): Promise<number> {
	const server = createServer().listen(preferred, '127.0.0.1');
	try {
		await once(server, 'listening');
	} catch {
		return await freePort();
	}
	server.close();
	await once(server, 'close');
	return preferred;
}
