import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * A stub of SendGrid in a process of its own: has every segment, and accepts every delete and every
 * refresh, with as little work as possible. The reply to a message `{ latencyMs }` is `{ received, firstAfterMs }`: the number
 * of requests since the previous message, and how long after it the first arrived.
 */

let latencyMs = 0;
let received = 0;
let since = performance.now();
let firstAfterMs = NaN;

const server = createServer((request, response) => {
	if (received++ === 0) firstAfterMs = performance.now() - since;
	const { method, url = '' } = request;
	const json = (status: number, body: object) =>
		response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
	const respond = () => {
		if (method === 'DELETE') response.writeHead(202).end();
		else if (url.includes('/singlesends/')) json(200, { result: [] });
		else if (method === 'GET') {
			const [, id] = /\/([\w-]+)(\?|$)/.exec(url) ?? [];
			json(200, { id, name: 'A segment', query_dsl: 'SELECT 1' });
		} else json(202, { job_id: randomUUID() });
	};
	request.resume().on('end', () => {
		if (latencyMs > 0) setTimeout(respond, latencyMs);
		else respond();
	});
});

process.on('message', (message: { latencyMs: number }) => {
	process.send!({ received, firstAfterMs });
	({ latencyMs } = message);
	received = 0;
	since = performance.now();
});
process.on('disconnect', () => process.exit());

// The HTTP Request node opens a connection for every item at once; the backlog must hold them all.
server.listen({ host: '127.0.0.1', port: 0, backlog: 16_384 }, () => {
	const { port } = server.address() as AddressInfo;
	process.send!({ url: `http://127.0.0.1:${port}` });
});
