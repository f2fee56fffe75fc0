import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * The other end of the line, in a process of its own: accepts every delete and every refresh, as
 * cheaply as possible. Each message `{ latencyMs }` is answered with `{ received }`, the number of
 * requests since the one before.
 */

let latencyMs = 0;
let received = 0;

const server = createServer((request, response) => {
	received++;
	const answer = () => {
		if (request.method === 'DELETE') {
			response.writeHead(202).end();
		} else {
			const body = JSON.stringify({ job_id: randomUUID() });
			response.writeHead(202, { 'content-type': 'application/json' }).end(body);
		}
	};
	request.resume().on('end', () => {
		if (latencyMs > 0) setTimeout(answer, latencyMs);
		else answer();
	});
});

process.on('message', (message: { latencyMs: number }) => {
	process.send!({ received });
	({ latencyMs } = message);
	received = 0;
});
process.on('disconnect', () => process.exit());

// n8n's own node opens a connection for every item at once: the queue must hold them all.
server.listen({ host: '127.0.0.1', port: 0, backlog: 16_384 }, () => {
	const { port } = server.address() as AddressInfo;
	process.send!({ url: `http://127.0.0.1:${port}` });
});
