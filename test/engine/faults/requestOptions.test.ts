import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { IDataObject } from 'n8n-workflow';
import { generate } from 'selfsigned';
import {
	allOperations,
	byTitle,
	createItems,
	credentials,
	expectUnaffected,
	listen,
	listenForBytes,
	type Operation,
	operations,
	resultOf,
	run,
	simulator,
	useNewSimulator,
} from './setup';

useNewSimulator();

const { deletion, refresh, get, getMany, create, update } = operations;
// The look-up before a delete would be what fails.
const directDelete: Operation = {
	...deletion,
	parameters: { ...deletion.parameters, options: { ifScheduled: 'delete', ignoreNotFound: true } },
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

/** Sends the request on to this URL, and its response back. */
function forward(incoming: IncomingMessage, outgoing: ServerResponse, url: string) {
	const { method, headers } = incoming;
	const onward = request(url, { method, headers }, (response) => {
		outgoing.writeHead(response.statusCode ?? 502, response.headers);
		response.pipe(outgoing);
	});
	incoming.pipe(onward);
}

const UNREACHABLE = 'SendGrid could not be reached';
const NOT_SENDGRID = 'The response did not come from SendGrid';

it.each([[[200, 20_000, 'soon']], [['soon', 20_000, 200]]])(
	'Timeout, an expression gives each item its own: %j',
	async (timeouts) => {
		const items = createItems(create, 3).map((item, index) => ({
			...item,
			timeout: timeouts[index],
		}));
		simulator.setLatency(600);
		const requestOptions = { timeout: '={{ $json.timeout }}' };
		const result = await run(create, items, { requestOptions });
		const outcomes = items.map((_, index) => resultOf(result, index).outcome);
		expect(outcomes).toEqual(
			timeouts.map((timeout) => (timeout === 200 ? 'uncertain' : 'succeeded')),
		);
	},
);

describe('Proxy', () => {
	/** Passes requests on, as a company's forward proxy does, unless it refuses all of them. */
	async function startProxy(refusal?: { status: number; headers?: object; body?: string }) {
		const seen: string[] = [];
		const login = `Basic ${Buffer.from('user:secret').toString('base64')}`;
		const isAllowed = ({ headers }: IncomingMessage) => headers['proxy-authorization'] === login;
		const proxy = createServer((incoming, outgoing) => {
			seen.push(`${incoming.method} ${incoming.url}`);
			if (!isAllowed(incoming)) return void outgoing.writeHead(407).end();
			forward(incoming, outgoing, incoming.url!);
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
		const host = await listen(proxy);
		return { proxy: `http://user:secret@${host}`, host, seen };
	}

	it.each(byTitle(allOperations))('%s: goes through it', async (_, operation) => {
		const { proxy, seen } = await startProxy();
		const items = createItems(operation, 2);
		const result = await run(operation, items, { requestOptions: { proxy } });
		expectUnaffected(operation, result, items);
		expect(seen).toHaveLength(simulator.log.length);
	});

	it('that wants a login: nothing was changed', async () => {
		const { host } = await startProxy();
		const result = await resultWith(refresh, { proxy: `http://${host}` });
		const message = 'SendGrid refused the request (407)';
		expect(result).toMatchObject({ outcome: 'refused', message });
		expect(simulator.log).toEqual([]);
	});

	it('that is not there: nothing was changed', async () => {
		const result = await resultWith(refresh, { proxy: 'http://127.0.0.1:1' });
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
					const result = await resultWith(operation, { proxy }, 'https://localhost:9');
					expect(seen[0]).toBe('CONNECT localhost:9');
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
	/** By name: a certificate is for no address. */
	const httpsUrl = (host: string) => `https://${host.replace('127.0.0.1', 'localhost')}`;

	/** The simulator behind a certificate that nobody has signed. */
	const startTls = async () => {
		const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
		const server = createTlsServer({ key, cert }, (incoming, outgoing) =>
			forward(incoming, outgoing, simulator.url + incoming.url),
		);
		return httpsUrl(await listen(server));
	};

	it.each(byTitle([deletion, refresh, get, getMany, create, update]))(
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
		expect(simulator.log).toEqual([]);
	});

	it.each([
		['is closed', (socket: Socket) => socket.end()],
		['gets plain HTTP', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
	])('a handshake that %s: nothing was sent', async (_, respond) => {
		const baseUrl = httpsUrl(await listenForBytes(respond));
		const results = writes.map(async (operation) => await resultWith(operation, {}, baseUrl));
		for (const { outcome, message } of await Promise.all(results)) {
			expect({ outcome, message }).toEqual({ outcome: 'refused', message: UNREACHABLE });
		}
	});
});
