import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { pipeline } from 'node:stream';
import type { IDataObject } from 'n8n-workflow';
import { type Simulator, startSimulator } from '../../../simulator';
import { runNode } from '../harness';
import { type Operation, operations, prepared, requestsFor } from './operations';
import { selfSigned } from './selfSigned';
import { fateOf, keepsKeyOutOfLog } from './support';

keepsKeyOutOfLog();

let simulator: Simulator;
const servers: Server[] = [];

beforeEach(async () => {
	simulator = await startSimulator();
});

afterEach(async () => {
	for (const server of servers.splice(0)) {
		server.closeAllConnections();
		server.close();
	}
	await simulator.stop();
});

async function listening(server: Server): Promise<number> {
	servers.push(server);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return (server.address() as AddressInfo).port;
}

const run = async (
	operation: Operation,
	items: object[],
	requestOptions: IDataObject,
	baseUrl = simulator.url,
) =>
	await runNode({
		parameters: operation.parameters,
		items: items as [],
		credentials: { apiKey: simulator.keys.full, baseUrl },
		onError: 'continueErrorOutput',
		requestOptions,
	});

/** Every item has its output, and has sent what it always sends. */
function expectDone(operation: Operation, items: Array<{ id: string }>, ended: object) {
	for (const [index, item] of items.entries()) {
		const { output } = fateOf(ended as never, index);
		expect(output && operation.isTrue(output, simulator, item)).toBe(true);
		expect(requestsFor(simulator, item).map(({ method }) => method)).toEqual(operation.requests);
	}
}

const { remove, removeKeeping, refresh, get, getMany, create, update } = operations;
const each = [remove, removeKeeping, refresh, get, getMany, create, update];

it.each(each.map((operation) => ({ ...operation })))(
	'$title, Batching: so many items at a time, with a pause between',
	async (operation) => {
		const items = prepared(operation, simulator, 6);
		const batching = { batch: { batchSize: 2, batchInterval: 250 } };
		const ended = await run(operation, items, { batching });
		expectDone(operation, items, ended);
		// Two pauses between three batches.
		expect(ended.durationMs).toBeGreaterThanOrEqual(500);
	},
);

it('Batching shares requests between batches, too', async () => {
	const [item] = prepared(refresh, simulator, 1);
	const batching = { batch: { batchSize: 1, batchInterval: 30 } };
	const { success } = await run(refresh, [item, item, item], { batching });
	expect(success).toHaveLength(3);
	expect(simulator.requests('POST')).toHaveLength(1);
});

it('Timeout: one try lasts as long as the user says', async () => {
	const [item] = prepared(create, simulator, 1);
	simulator.fault({ hang: true });
	const ended = await run(create, [item], { timeout: 300 });
	expect(fateOf(ended, 0).outcome).toBe('uncertain');
	expect(ended.durationMs).toBeGreaterThan(290);
	expect(ended.durationMs).toBeLessThan(10_000);
});

it('Timeout: leaves an answer alone that comes sooner', async () => {
	const items = prepared(create, simulator, 2);
	simulator.setLatency(400);
	expectDone(create, items, await run(create, items, { timeout: 20_000 }));
});

describe('Proxy', () => {
	/** Passes requests on, as a company's forward proxy does; asks for `user:secret` if told to. */
	async function startProxy({ asks = false } = {}) {
		const seen: string[] = [];
		const isAllowed = ({ headers }: IncomingMessage) =>
			!asks ||
			headers['proxy-authorization'] === `Basic ${Buffer.from('user:secret').toString('base64')}`;
		const proxy = createServer((incoming, outgoing) => {
			seen.push(`${incoming.method} ${incoming.url}`);
			if (!isAllowed(incoming)) return void outgoing.writeHead(407).end();
			const { method, headers, url = '' } = incoming;
			const onward = request(url, { method, headers }, (answer) => {
				outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(outgoing);
			});
			incoming.pipe(onward);
		});
		proxy.on('connect', ({ url = '', ...rest }: IncomingMessage, socket) => {
			seen.push(`CONNECT ${url}`);
			if (!isAllowed(rest as IncomingMessage)) return void socket.end('HTTP/1.1 407 Asked\r\n\r\n');
			socket.write('HTTP/1.1 200 OK\r\n\r\n');
			const [host, port] = url.split(':');
			pipeline(socket, connect(Number(port), host), socket, () => {});
		});
		return { port: await listening(proxy), seen };
	}

	it.each(each.map((operation) => ({ ...operation })))(
		'$title: goes through it',
		async (operation) => {
			const { port, seen } = await startProxy({ asks: true });
			const items = prepared(operation, simulator, 2);
			const proxy = `http://user:secret@127.0.0.1:${port}`;
			expectDone(operation, items, await run(operation, items, { proxy }));
			expect(seen).toHaveLength(simulator.log.length);
		},
	);

	it('that refuses: nothing was changed', async () => {
		const { port } = await startProxy({ asks: true });
		const items = prepared(refresh, simulator, 1);
		const ended = await run(refresh, items, { proxy: `http://127.0.0.1:${port}` });
		expect(fateOf(ended, 0)).toMatchObject({
			outcome: 'refused',
			message: 'SendGrid refused the request (407)',
		});
		expect(simulator.log).toEqual([]);
	});

	it('that is not there: nothing was changed', async () => {
		const { port } = await startProxy();
		servers[0].close();
		const items = prepared(refresh, simulator, 1);
		const ended = await run(refresh, items, { proxy: `http://127.0.0.1:${port}` });
		expect(fateOf(ended, 0)).toMatchObject({
			outcome: 'refused',
			message: 'SendGrid could not be reached',
		});
	});
});

describe('a certificate that nobody has signed', () => {
	/** The simulator behind TLS. */
	const startTls = async () => {
		const behind = Number(new URL(simulator.url).port);
		const server = createTlsServer(selfSigned, (incoming, outgoing) => {
			const { method, headers, url } = incoming;
			const onward = request({ port: behind, method, headers, path: url }, (answer) => {
				outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(outgoing);
			});
			incoming.pipe(onward);
		});
		return `https://127.0.0.1:${await listening(server)}`;
	};

	it.each(each.map((operation) => ({ ...operation })))(
		'$title: is accepted with Ignore SSL Issues',
		async (operation) => {
			const items = prepared(operation, simulator, 2);
			const options = { allowUnauthorizedCerts: true };
			expectDone(operation, items, await run(operation, items, options, await startTls()));
		},
	);

	it.each([remove, refresh, create].map((operation) => ({ ...operation })))(
		'$title: is refused without, and nothing was changed',
		async (operation) => {
			const items = prepared(operation, simulator, 1);
			const ended = await run(operation, items, {}, await startTls());
			const { outcome, message, description } = fateOf(ended, 0);
			expect([outcome, message]).toEqual(['refused', 'SendGrid could not be reached']);
			expect(description).toMatch(/CERT.*Nothing was changed/);
			expect(simulator.log).toEqual([]);
		},
	);
});
