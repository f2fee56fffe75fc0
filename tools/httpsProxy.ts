import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';

/**
 * An HTTPS proxy through which an unmodified n8n reaches a server on this machine in place of one on
 * the internet, for nodes whose address is fixed.
 */
export interface HttpsProxy {
	url: string;
	/** In PEM format, for all hosts. n8n must trust it. */
	certificate: string;
	stop: () => Promise<void>;
}

/** Starts a proxy for these hosts. It refuses all connections until `redirectHosts` is called. */
export async function startHttpsProxy(hosts: string[]): Promise<HttpsProxy> {
	const { private: key, cert } = await generate([{ name: 'commonName', value: hosts[0] }], {
		algorithm: 'sha256',
		extensions: [
			{ name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2 as const, value })) },
		],
	});
	let targets: Record<string, string> = {};
	const sockets = new Set<Duplex>();

	const server = createServer((request, response) => {
		json(request).then(
			(body) => {
				targets = body as Record<string, string>;
				response.end();
			},
			() => response.writeHead(400).end(),
		);
	});
	server.on('connect', ({ url }: IncomingMessage, client: Duplex) => {
		// n8n may reset a connection, for example when it is stopped.
		client.on('error', () => client.destroy());
		sockets.add(client.on('close', () => sockets.delete(client)));
		const target = targets[url!.replace(/:443$/, '')];
		if (!target) {
			client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
			return;
		}
		client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
		const { hostname, port } = new URL(target);
		const decrypted = new TLSSocket(client, { isServer: true, key, cert });
		const upstream = connect(Number(port), hostname);
		decrypted.pipe(upstream).pipe(decrypted);
		decrypted.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
		upstream.on('error', () => decrypted.destroy());
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');

	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		certificate: cert,
		stop: async () => {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

/**
 * Determines which servers the proxy connects to, instead of the earlier ones. It may run in another
 * process.
 *
 * @param targets addresses of HTTP servers on this machine, by host name
 */
export async function redirectHosts(
	proxyUrl: string,
	targets: Record<string, string>,
): Promise<void> {
	const { ok, status } = await fetch(proxyUrl, { method: 'PUT', body: JSON.stringify(targets) });
	if (!ok) throw new Error(`The proxy responded with ${status}`);
}
