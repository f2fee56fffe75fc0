import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that systems give to outgoing connections, which could take a port before its server does. */
const randomPort = (): number => randomInt(24_000, 32_000);

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
