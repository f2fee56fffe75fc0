import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { readContacts, storeFiles } from '../../../nodes/SendGridSegments/transport/exportFiles';
import { fakeContext } from '../../unit/fakes';
import { collect, contactIds, contactLines } from '../../unit/transport/fakeFiles';
import { httpRequest } from './httpRequest';

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<object>('n8n-workflow'),
	sleep: async () => await new Promise((resolve) => setImmediate(resolve)),
}));

type Host = (response: ServerResponse, request: IncomingMessage) => void;

/** Downloads from a storage host over HTTP, with n8n's own request helper. */
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
		server,
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
		['packed, with a wrong type', send(packed, 200, { 'content-type': 'text/csv' })],
		['with Content-Length', send(packed, 200, { 'content-length': packed.length })],
		[
			'with neither a length nor chunks',
			(response) => {
				response.useChunkedEncodingByDefault = false;
				send(packed, 200, { connection: 'close' })(response, undefined as never);
			},
		],
		[
			'byte by byte',
			(response) => {
				for (const byte of packed) response.write(Buffer.of(byte));
				response.end();
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
		[
			'packed, cut',
			send(packed.subarray(0, packed.length - 4)),
			3,
			'The file is not complete, or damaged',
		],
		[
			'packed, more after the end',
			send(Buffer.concat([packed, Buffer.from('garbage')])),
			3,
			'The file is not complete, or damaged',
		],
		['half a line', send(lines.slice(0, -10)), 3, 'The file ends in the middle of this line'],
		[
			'invalid UTF-8',
			send(Buffer.concat([Buffer.from(lines), Buffer.of(0xff, 10)])),
			1,
			'It is not valid UTF-8',
		],
		['a web page', send('<html>', 200, { 'content-type': 'text/html' }), 1, 'a web page'],
		['a web page without a type', send('<html>\n'), 1, 'a web page'],
		['what a host says in JSON', send('{"message":"no"}'), 1, 'It is not a contact in JSON'],
		['a redirect', send('', 302, { location: '/b' }), 1, 'a redirect (302)'],
		['a broken connection', cutConnection, 3, 'The connection failed'],
		['no response', (response) => response.destroy(), 3, 'The connection failed (ECONNRESET)'],
		['503', send('', 503), 3, 'The storage host returned 503'],
		[
			'a line without end',
			(response) => {
				const more = () => {
					while (response.write('x'.repeat(64 * 1024)));
				};
				response.on('drain', more);
				more();
			},
			1,
			'It is longer than 1 MB',
		],
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

describe('a file over HTTP', () => {
	const header = '"EMAIL","CONTACT_ID"\n';
	const csv =
		header +
		contactIds(1, 5_000)
			.map((id) => `"${id}@example.com","${id}"\n`)
			.join('');

	it.each<[string, Host]>([
		['plain', send(csv)],
		['packed', send(gzipSync(csv))],
		['packed, as the header says', send(gzipSync(csv), 200, { 'content-encoding': 'gzip' })],
		['empty', send('')],
	])('is stored as it is: %s', async (kind, host) => {
		const { context, contactExport, end } = await fromHost(host);
		const files = storeFiles(context, contactExport, 'csv', async (stream) => {
			// As n8n does it without a place for binary data.
			const chunks: Uint8Array[] = [];
			stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
			await once(stream, 'end');
			return Buffer.concat(chunks).toString();
		});
		const expected = kind === 'empty' ? '' : csv;
		expect(await collect(files)).toEqual([
			{
				stored: expected,
				contactsCount: kind === 'empty' ? 0 : 5_000,
				fileSize: expected.length,
			},
		]);
		end();
	});
});
