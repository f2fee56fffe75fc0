import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A free TCP port on this machine: the preferred one if it is free. */
export async function freePort(preferred = 0): Promise<number> {
	const server = createServer().listen(preferred, '127.0.0.1');
	try {
		await once(server, 'listening');
	} catch {
		return await freePort();
	}
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}
