import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * A stub of SendGrid in a process of its own: accepts every delete and every refresh with as little
 * work as possible. The reply to a message `{ latencyMs }` is `{ received }`, the number of requests
 * since the previous message.
 */

let latencyMs = 0;
let received = 0;

const server = createServer((request, response) => {
	received++;
	const respond = () => {
		if (request.method === 'DELETE') {
			response.writeHead(202).end();
		} else {
			const body = JSON.stringify({ job_id: randomUUID() });
			response.writeHead(202, { 'content-type': 'application/json' }).end(body);
		}
	};
	request.resume().on('end', () => {
		if (latencyMs > 0) setTimeout(respond, latencyMs);
		else respond();
	});
});

process.on('message', (message: { latencyMs: number }) => {
	process.send!({ received });
	({ latencyMs } = message);
	received = 0;
});
process.on('disconnect', () => process.exit());

// The HTTP Request node opens a connection for every item at once; the backlog must hold them all.
server.listen({ host: '127.0.0.1', port: 0, backlog: 16_384 }, () => {
	const { port } = server.address() as AddressInfo;
	process.send!({ url: `http://127.0.0.1:${port}` });
});
