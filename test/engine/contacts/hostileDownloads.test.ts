import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { IHttpRequestOptions } from 'n8n-workflow';
import { readContacts } from '../../../nodes/SendGridSegments/transport/exportFiles';
import { fakeContext } from '../../unit/fakes';
import { collect, contactIds, contactLines } from '../../unit/transport/fakeFiles';
import { coreName, nodeRequire } from '../n8n';

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<object>('n8n-workflow'),
	sleep: async () => await new Promise((resolve) => setImmediate(resolve)),
}));

/** n8n's own request helper, without a workflow around it. */
const { httpRequest } = nodeRequire(
	`${coreName}/dist/execution-engine/node-execution-context/utils/request-helper-functions`,
) as { httpRequest: (options: IHttpRequestOptions) => Promise<unknown> };

type Host = (response: ServerResponse, request: IncomingMessage) => void;

/** Downloads from a storage host over HTTP. */
async function fromHost(host: Host) {
	const requests: IncomingMessage[] = [];
	const server = createServer((request, response) => {
		requests.push(request);
		host(response, request);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const { context } = fakeContext(() => {
		throw new Error('No request to the API was expected');
	});
	Object.assign(context.functions.helpers, { httpRequest });
	context.options = { url: '' };
	context.credential.baseUrl = origin;
	const urls = [`${origin}/a.json.gzip?X-Signature=a%2Fb%3D&b=+`];
	const contactExport = { id: 'job', urls, details: {} };
	return {
		requests,
		context,
		contactExport,
		end: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

type Ended = { ids: string[]; thrown?: { message: string; description: string } };

async function readFrom(host: Host, limit?: number): Promise<Ended & { requests: number }> {
	const { context, contactExport, requests, end } = await fromHost(host);
	const ids: string[] = [];
	const thrown = await (async () => {
		for await (const batch of readContacts(context, contactExport, limit)) {
			ids.push(...batch.map((contact) => contact.contact_id));
		}
	})().catch((error: unknown) => error as Ended['thrown']);
	end();
	return { ids, thrown: thrown ?? undefined, requests: requests.length };
}

const lines = contactLines(1, 1_000);
const packed = gzipSync(lines);
const send =
	(body: Buffer | string, status = 200, headers = {}): Host =>
	(response) => {
		response.writeHead(status, headers);
		response.end(body);
	};

describe('a download over HTTP', () => {
	it.each<[string, Host]>([
		['plain', send(lines)],
		['packed', send(packed)],
		['packed, as the header says', send(packed, 200, { 'content-encoding': 'gzip' })],
		['packed twice', send(gzipSync(packed), 200, { 'content-encoding': 'gzip' })],
		['packed, with a wrong type', send(packed, 200, { 'content-type': 'text/html' })],
		[
			'with neither a length nor chunks',
			(response) => {
				response.useChunkedEncodingByDefault = false;
				send(packed, 200, { connection: 'close' })(response, undefined as never);
			},
		],
	])('gives every contact once: %s', async (_name, host) => {
		expect(await readFrom(host)).toEqual({ ids: contactIds(1, 1_000), requests: 1 });
	});

	it('sends the link as it is, and nothing of the API', async () => {
		const { context, contactExport, requests, end } = await fromHost(send(lines));
		await collect(readContacts(context, contactExport));
		end();
		expect(requests[0]!.url).toBe('/a.json.gzip?X-Signature=a%2Fb%3D&b=+');
		expect(requests[0]!.headers).toEqual({
			host: expect.any(String),
			connection: expect.any(String),
			accept: expect.any(String),
			'accept-encoding': 'identity',
			'user-agent': 'n8n',
		});
	});

	const cutConnection: Host = (response) => {
		response.writeHead(200, { 'content-length': lines.length });
		response.write(lines.slice(0, 20_000), () => response.destroy());
	};

	it.each<[string, Host, number, string]>([
		['a web page', send('<html>', 200, { 'content-type': 'text/html' }), 1, 'a web page'],
		['a redirect', send('', 302, { location: '/b' }), 1, 'a redirect (302)'],
		['a broken connection', cutConnection, 3, 'The connection failed'],
		['no response', (response) => response.destroy(), 3, 'The connection failed (ECONNRESET)'],
	])('fails: %s', async (_name, host, times, reason) => {
		const { ids, thrown, requests } = await readFrom(host);
		expect(thrown!.description).toContain(reason);
		expect(requests).toBe(times);
		expect(new Set(ids).size).toBe(ids.length);
	});

	it('goes on where the connection broke', async () => {
		let requests = 0;
		const { ids, thrown } = await readFrom((response, request) => {
			(++requests === 1 ? cutConnection : send(packed))(response, request);
		});
		expect(thrown).toBeUndefined();
		expect(ids).toEqual(contactIds(1, 1_000));
	});

	it.each(['plain', 'packed'])('closes the connection at the limit: %s', async (kind) => {
		let closed: Promise<unknown> | undefined;
		const { ids, requests } = await readFrom((response, request) => {
			closed = once(request.socket, 'close');
			// The rest never comes.
			response.write(kind === 'plain' ? lines : packed.subarray(0, packed.length - 8));
		}, 10);
		await closed;
		expect(ids).toEqual(contactIds(1, 10));
		expect(requests).toBe(1);
	});

	it('takes in no more of a file without end than is used', async () => {
		let sent = 0;
		const { context, contactExport, end } = await fromHost((response) => {
			const more = () => {
				do sent += lines.length;
				while (response.write(lines));
			};
			response.on('drain', more);
			more();
		});
		let used = 0;
		for await (const batch of readContacts(context, contactExport)) {
			used += batch.length;
			if (used >= 20_000) break;
		}
		end();
		// What waits in the sockets of both sides is some megabytes.
		expect(sent).toBeLessThan(16 * 1024 * 1024);
	});
});
