import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
	type AddressInfo,
	connect,
	createServer as createTcpServer,
	type Server,
	type Socket,
} from 'node:net';
import { pipeline } from 'node:stream';
import type { IDataObject } from 'n8n-workflow';
import {
	allOperations,
	byTitle,
	createItems,
	credentials,
	expectUnaffected,
	type Operation,
	operations,
	requestLines,
	resultOf,
	run,
	simulator,
	useNewSimulator,
} from './setup';

useNewSimulator();

const servers: Array<Server & { closeAllConnections?(): void }> = [];

afterEach(() => {
	for (const server of servers.splice(0)) {
		server.closeAllConnections?.();
		server.close();
	}
});

async function listen(server: Server): Promise<number> {
	servers.push(server);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return (server.address() as AddressInfo).port;
}

const { deletion, deleteWithDefinition, refresh, get, getMany, create, update } = operations;
// The look-up before a delete would be what fails.
const directDelete: Operation = {
	...deletion,
	parameters: {
		...deletion.parameters,
		options: { ifScheduled: 'delete', ignoreNotFound: true },
	},
};
const writes = [directDelete, refresh, create, update];

/** Runs the operation on one item, with a base URL or request options of its own. */
async function resultWith(operation: Operation, requestOptions: object, baseUrl = simulator.url) {
	const settings = {
		requestOptions: requestOptions as IDataObject,
		credentials: { ...credentials(), baseUrl },
	};
	return resultOf(await run(operation, createItems(operation, 1), settings), 0);
}

const UNREACHABLE = 'SendGrid could not be reached';
const NOT_SENDGRID = 'The response did not come from SendGrid';

describe('Batching', () => {
	it('as many items at a time, with a pause between', async () => {
		await Promise.all(
			allOperations.map(async (operation) => {
				const items = createItems(operation, 6);
				const batching = { batch: { batchSize: 2, batchInterval: 250 } };
				const result = await run(operation, items, { requestOptions: { batching } });
				expectUnaffected(operation, result, items);
				// Two pauses between three batches.
				expect(result.durationMs).toBeGreaterThanOrEqual(500);
			}),
		);
	});

	it('shares requests between batches, too', async () => {
		const [item] = createItems(refresh, 1);
		const batching = { batch: { batchSize: 1, batchInterval: 30 } };
		const { success } = await run(refresh, [item, item, item], { requestOptions: { batching } });
		expect(success).toHaveLength(3);
		expect(simulator.requests('POST')).toHaveLength(1);
	});
});

describe('Timeout', () => {
	it.each([
		5000,
		'5000',
		5000.5,
		2 ** 31,
		1e15,
		0,
		-1,
		'soon',
		null,
		'={{ 5000 }}',
		'={{ "5000" }}',
	])('%p: a response that comes soon is in time', async (timeout) => {
		simulator.setLatency(150);
		expect(await resultWith(create, { timeout })).toMatchObject({ outcome: 'succeeded' });
	});

	it.each([200, '200', 200.5, '={{ 200 }}'])('%p: one attempt lasts no longer', async (timeout) => {
		simulator.fault({ hang: true });
		const { outcome, description } = await resultWith(create, { timeout });
		expect(outcome).toBe('uncertain');
		expect(description).toContain('The request timed out');
	});

	it.each([0, 1])(
		'an expression gives each item its own, the short one to item %i',
		async (short) => {
			const items = createItems(create, 2).map((item, index) => ({
				...item,
				timeout: index === short ? 200 : 20_000,
			}));
			simulator.setLatency(600);
			const requestOptions = { timeout: '={{ $json.timeout }}' };
			const result = await run(create, items, { requestOptions });
			const outcomes = items.map((_, index) => resultOf(result, index).outcome);
			expect(outcomes).toEqual(short ? ['succeeded', 'uncertain'] : ['uncertain', 'succeeded']);
		},
	);
});

describe('Proxy', () => {
	/** Passes requests on, as a company's forward proxy does, unless it refuses all of them. */
	async function startProxy(refusal?: { status: number; headers?: object; body?: string }) {
		const seen: string[] = [];
		const login = `Basic ${Buffer.from('user:secret').toString('base64')}`;
		const isAllowed = ({ headers }: IncomingMessage) => headers['proxy-authorization'] === login;
		const proxy = createServer((incoming, outgoing) => {
			seen.push(`${incoming.method} ${incoming.url}`);
			if (!isAllowed(incoming)) return void outgoing.writeHead(407).end();
			const { method, headers, url = '' } = incoming;
			const onward = request(url, { method, headers }, (response) => {
				outgoing.writeHead(response.statusCode ?? 502, response.headers);
				response.pipe(outgoing);
			});
			incoming.pipe(onward);
		});
		proxy.on('connect', ({ url = '', ...rest }: IncomingMessage, socket: Socket) => {
			seen.push(`CONNECT ${url}`);
			const { status, headers = {}, body = '' } = refusal ?? { status: 407 };
			if (refusal || !isAllowed(rest as IncomingMessage)) {
				const lines = Object.entries({ ...headers, 'content-length': body.length });
				const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
				return void socket.end(`HTTP/1.1 ${status} Refused\r\n${head}\r\n${body}`);
			}
			socket.write('HTTP/1.1 200 OK\r\n\r\n');
			const [host, port] = url.split(':');
			pipeline(socket, connect(Number(port), host), socket, () => {});
		});
		const port = await listen(proxy);
		return { proxy: `http://user:secret@127.0.0.1:${port}`, port, seen };
	}

	it.each(byTitle(allOperations))('%s: goes through it', async (_, operation) => {
		const { proxy, seen } = await startProxy();
		const items = createItems(operation, 2);
		const result = await run(operation, items, { requestOptions: { proxy } });
		expectUnaffected(operation, result, items);
		expect(seen).toHaveLength(simulator.log.length);
	});

	it('that wants a login: nothing was changed', async () => {
		const { port } = await startProxy();
		const result = await resultWith(refresh, { proxy: `http://127.0.0.1:${port}` });
		const message = 'SendGrid refused the request (407)';
		expect(result).toMatchObject({ outcome: 'refused', message });
		expect(requestLines()).toEqual([]);
	});

	it('that is not there: nothing was changed', async () => {
		const { port } = await startProxy();
		servers[0].close();
		const result = await resultWith(refresh, { proxy: `http://127.0.0.1:${port}` });
		expect(result).toMatchObject({ outcome: 'refused', message: UNREACHABLE });
	});

	// Node.js takes the refusal of a tunnel for the server's response.
	it.each([403, 404, 503])(
		'that refuses the tunnel with %i: nothing is known of the segment',
		async (status) => {
			const page = { status, headers: { 'content-type': 'text/html' }, body: '<h1>Refused</h1>' };
			await Promise.all(
				[...writes, get, getMany].map(async (operation) => {
					const { proxy, seen } = await startProxy(page);
					const result = await resultWith(operation, { proxy }, 'https://127.0.0.1:9');
					expect(seen[0]).toBe('CONNECT 127.0.0.1:9');
					expect(result.outcome).not.toBe('succeeded');
					expect(result.message).not.toMatch(/does not exist|access|plan/);
					if (status < 500) {
						expect(result).toMatchObject({ outcome: 'refused', message: NOT_SENDGRID });
						expect(result.description).toMatch(/Base URL, and the proxy/);
					}
				}),
			);
		},
	);
});

describe('TLS', () => {
	/** The simulator behind a certificate that nobody has signed. */
	const startTls = async () => {
		const target = Number(new URL(simulator.url).port);
		const server = createTlsServer(selfSigned, (incoming, outgoing) => {
			const { method, headers, url } = incoming;
			const onward = request({ port: target, method, headers, path: url }, (response) => {
				outgoing.writeHead(response.statusCode ?? 502, response.headers);
				response.pipe(outgoing);
			});
			incoming.pipe(onward);
		});
		return `https://127.0.0.1:${await listen(server)}`;
	};

	it.each(byTitle([deletion, deleteWithDefinition, refresh, get, getMany, create, update]))(
		'%s: an unsigned certificate is accepted with Ignore SSL Issues',
		async (_, operation) => {
			const items = createItems(operation, 2);
			const result = await run(operation, items, {
				requestOptions: { allowUnauthorizedCerts: true },
				credentials: { ...credentials(), baseUrl: await startTls() },
			});
			expectUnaffected(operation, result, items);
		},
	);

	it('without, nothing was sent', async () => {
		const baseUrl = await startTls();
		const results = writes.map(async (operation) => await resultWith(operation, {}, baseUrl));
		for (const { outcome, description } of await Promise.all(results)) {
			expect(outcome).toBe('refused');
			expect(description).toContain('CERT');
		}
		expect(requestLines()).toEqual([]);
	});

	it.each([
		['is closed', (socket: Socket) => socket.end()],
		['gets plain HTTP', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
	])('a handshake that %s: nothing was sent', async (_, respond) => {
		const server = createTcpServer((socket) => {
			socket.on('error', () => {});
			socket.once('data', () => respond(socket));
		});
		const baseUrl = `https://127.0.0.1:${await listen(server)}`;
		const results = writes.map(async (operation) => await resultWith(operation, {}, baseUrl));
		for (const { outcome, description } of await Promise.all(results)) {
			expect(outcome).toBe('refused');
			expect(description).toContain('Nothing was changed');
		}
	});
});

describe('n8n itself refuses to send', () => {
	const restricted = { allowedHttpRequestDomains: 'domains', allowedDomains: 'example.com' };

	it('to a domain that is not allowed: nothing was sent', async () => {
		await Promise.all(
			allOperations.map(async (operation) => {
				const items = createItems(operation, 1);
				const result = await run(operation, items, {
					credentials: { ...credentials(), ...restricted },
				});
				const { outcome, description } = resultOf(result, 0);
				expect(outcome).toBe('refused');
				expect(description).toMatch(/domain not allowed/i);
			}),
		);
		expect(requestLines()).toEqual([]);
	});
});

/**
 * A certificate for `localhost` and `127.0.0.1` that nobody has signed but itself, valid to 2120, and
 * its key, which guards nothing: they let tests speak TLS to a server in the same process.
 */
const selfSigned = {
	key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJQOQYrk421hTUFRQ
91WWmXwtrz9oO2HIEFXSTFsCtKyhRANCAAS2kH9dgi+CorGccKRBFaNi8sFg51nh
1srFREI/EoNgbS5o1O+Ucpfz27W7IcGvTHA1DSDnjguichkFS43tTEFQ
-----END PRIVATE KEY-----`,
	cert: `-----BEGIN CERTIFICATE-----
MIIBVDCB/KADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWxvY2FsaG9z
dDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFDESMBAGA1UEAwwJ
bG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtpB/XYIvgqKxnHCk
QRWjYvLBYOdZ4dbKxURCPxKDYG0uaNTvlHKX89u1uyHBr0xwNQ0g544LonIZBUuN
7UxBUKM9MDswGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMB0GA1UdDgQWBBRt
MEqP7kU9avHbCTq/d8NHp4Ll0TAKBggqhkjOPQQDAgNHADBEAiA/WhYQWSuT6lqw
C2kgh0P7m00a4DMghyTJ+OWGmhTSMQIgWEsLa4ddPJIw2R4tpJEj2pPFYbmaeUr+
V7hIDxWEMKo=
-----END CERTIFICATE-----`,
};
