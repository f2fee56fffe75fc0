import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { IDataObject } from 'n8n-workflow';
import { type Fault, type Simulator, startSimulator } from '../../../simulator';
import { logged, type NodeRun, runNode } from '../harness';
import { type Operation, operations, prepared } from './operations';
import { fateOf, keepsKeyOutOfLog } from './support';

keepsKeyOutOfLog();

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator();
});

afterEach(async () => await simulator.stop());

const { remove, removeKeeping, refresh, get, getMany, create, update } = operations;

const run = async (operation: Operation, items: object[], settings: Partial<NodeRun> = {}) =>
	await runNode({
		parameters: operation.parameters,
		items: items as [],
		credentials: { apiKey: simulator.keys.full, baseUrl: simulator.url },
		onError: 'continueErrorOutput',
		...settings,
	});

/** Runs the operation on one item whose request has this answer. */
async function answered(operation: Operation, fault: Fault, parameters: IDataObject = {}) {
	const items = prepared(operation, simulator, 1);
	simulator.fault({ times: Infinity, match: ({ method }) => method === operation.hit, ...fault });
	const ended = await run(operation, items, {
		parameters: { ...operation.parameters, ...parameters } as NodeRun['parameters'],
	});
	return { fate: fateOf(ended, 0), ended, items };
}

const STRANGE = [
	'<img src=x onerror=alert(1)>',
	'{{ $json.secret }}',
	'={{ 1 + 1 }}',
	'\u0000\u0001\u0007\u001b[31mred\u007f\u009f',
	'line\r\nX-Header: 1\u2028\u2029',
	'\u202egnirts\u202c \ufeff\u200b',
	'\ud800 lone \udfff',
	'💥'.repeat(50),
	'__proto__',
	'constructor',
	'$&$1$`',
	"'; DROP TABLE segments; --",
	'x'.repeat(100_000),
];

describe('text is passed on as it is', () => {
	it.each(STRANGE.map((text) => [text.slice(0, 30), text]))('%j', async (_, text) => {
		const jobs = await answered(refresh, { status: 202, body: { job_id: text } });
		expect(jobs.fate.output).toMatchObject({ status: 'accepted', job_id: text });
		simulator.reset();

		const segment = { id: text, name: text, query_dsl: text, [`_${text}`]: [text, { text }] };
		const raw = await answered(get, { body: segment }, { simplify: false });
		expect(raw.fate.output).toEqual(segment);
		simulator.reset();

		const listed = await answered(getMany, { body: { results: [segment] } }, { simplify: false });
		expect(listed.fate.output).toEqual(segment);
		simulator.reset();

		const kept = await answered(
			{ ...removeKeeping, hit: 'GET' },
			{ body: { ...segment, parent_list_ids: [text] } },
		);
		expect(kept.fate.output?.segment).toMatchObject({ name: text, query_dsl: text });
		simulator.reset();

		const refused = await answered(update, {
			status: 400,
			body: { errors: [{ field: text, message: text }] },
		});
		const words = `${text}: ${text}`;
		const shown = words.length > 500 ? `${words.slice(0, 500)}…` : words;
		expect(refused.fate).toMatchObject({ outcome: 'refused', message: shown });
	});
});

describe('keys that mean something to JavaScript are data', () => {
	const TRAP = `{
		"id": "trap", "name": "n", "query_dsl": "q", "job_id": "j",
		"__proto__": { "polluted": true, "deleted": true },
		"constructor": { "prototype": { "polluted": true } },
		"toString": "not a function", "hasOwnProperty": 1, "then": "not a promise",
		"status": { "__proto__": { "polluted": true }, "query_validation": "VALID" }
	}`;
	const isClean = () => {
		expect(Object.prototype).not.toHaveProperty('polluted');
		expect({}.toString()).toBe('[object Object]');
	};

	it.each([get, getMany, create, update, refresh, removeKeeping].map((o) => ({ ...o })))(
		'$title',
		async (operation) => {
			const isList = operation.title === 'getAll';
			const status = { create: 201, refresh: 202 }[operation.title] ?? 200;
			const hit = operation.title.startsWith('delete') ? 'GET' : operation.hit;
			for (const simplify of [true, false]) {
				const { fate } = await answered(
					{ ...operation, hit },
					{ status, body: isList ? `{"results": [${TRAP}]}` : TRAP },
					{ simplify },
				);
				expect(fate.outcome).toBe('succeeded');
				isClean();
				simulator.reset();
			}
		},
	);

	it('keeps them in raw output', async () => {
		const { fate } = await answered(get, { body: TRAP }, { simplify: false });
		expect(Object.keys(fate.output ?? {})).toEqual(
			expect.arrayContaining(['__proto__', 'constructor', 'toString', 'then']),
		);
	});

	it('takes no words from a failure that hides them', async () => {
		for (const body of [
			'{"errors": [null, 1, "x", {"message": {"toString": 1}}, {"field": "__proto__", "message": "m"}]}',
			'{"errors": {"length": 5}}',
			'{"__proto__": {"error": "inherited"}}',
			'"errors"',
			'[]',
		]) {
			const { fate } = await answered(update, { status: 400, body });
			expect(fate.outcome).toBe('refused');
			expect(fate.message).not.toContain('inherited');
			isClean();
			simulator.reset();
		}
	});
});

/** The most memory that the process held while the work was done, in bytes on top of before. */
async function peakGrowth(work: () => Promise<void>): Promise<number> {
	const { rss: before } = process.memoryUsage();
	let peak = before;
	const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
	await work();
	clearInterval(watch);
	return peak - before;
}

const MB = 1024 * 1024;

describe('size', () => {
	it('a body of 10 MB is passed on', async () => {
		const { fate } = await answered(
			get,
			{ body: { id: 'x', name: 'Long' }, bodyBytes: 10 * MB },
			{ simplify: false },
		);
		expect(JSON.stringify(fate.output)).toHaveLength(10 * MB);
	});

	it.each([remove, refresh, get, getMany, create, update].map((o) => ({ ...o })))(
		'$title: a body of 40 MB is not read to its end',
		async (operation) => {
			const growth = await peakGrowth(async () => {
				const status = { create: 201, refresh: 202, delete: 202 }[operation.title] ?? 200;
				const { fate } = await answered(operation, {
					status,
					apply: 'after',
					body: { id: 'x', job_id: 'j', results: [] },
					bodyBytes: 40 * MB,
					times: 1,
				});
				// What needs its body fails, or is asked again; the status alone is enough for the others.
				expect(fate.outcome).toBe(operation.title === 'create' ? 'uncertain' : 'succeeded');
			});
			expect(growth).toBeLessThan(400 * MB);
		},
	);

	it.each([remove, refresh, get, create].map((o) => ({ ...o })))(
		'$title: an endless body ends',
		async (operation) => {
			const growth = await peakGrowth(async () => {
				const { ended } = await answered(operation, { endlessBody: true, status: 500 });
				expect(ended.failures).toHaveLength(1);
			});
			expect(growth).toBeLessThan(300 * MB);
			while (simulator.inFlight > 0) await sleep(10);
		},
	);

	it('a small body that unpacks to a large one ends', async () => {
		const bomb = gzipSync(Buffer.alloc(200 * MB, ' '));
		const server = createServer((socket) => {
			socket.on('error', () => {});
			socket.once('data', () => {
				socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n');
				socket.write(`content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
				socket.end(bomb);
			});
		});
		const baseUrl = await listening(server);
		const growth = await peakGrowth(async () => {
			const credentials = { apiKey: simulator.keys.full, baseUrl };
			const ended = await run(get, prepared(get, simulator, 1), { credentials });
			expect(fateOf(ended, 0).description).toContain('The answer was too long');
		});
		server.close();
		expect(growth).toBeLessThan(300 * MB);
	});
});

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('time: an answer that drips on and on ends at the timeout', () => {
	const drips: Array<{ what: string; start: string; drop: string }> = [
		{ what: 'the status line', start: 'HTTP/1.1 200 O', drop: 'K' },
		{ what: 'a header', start: 'HTTP/1.1 200 OK\r\nx-long: ', drop: 'x' },
		{ what: 'headers', start: 'HTTP/1.1 200 OK\r\n', drop: 'x: y\r\n' },
		{ what: 'interim answers', start: '', drop: 'HTTP/1.1 103 Early Hints\r\n\r\n' },
		{
			what: 'a body',
			start: 'HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{"id": "',
			drop: 'x',
		},
		{
			what: 'chunks',
			start: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
			drop: '1\r\nx\r\n',
		},
	];

	it.each(drips)('$what', async ({ start, drop }) => {
		const sockets = new Set<Socket>();
		const server = createServer((socket) => {
			sockets.add(socket);
			socket.on('error', () => {});
			socket.once('data', () => {
				socket.write(start);
				const dripping = setInterval(() => socket.write(drop), 20);
				socket.once('close', () => clearInterval(dripping));
			});
		});
		const credentials = { apiKey: simulator.keys.full, baseUrl: await listening(server) };
		const ends = [refresh, create, get].map(async (operation) => {
			const ended = await run(operation, prepared(operation, simulator, 1), {
				credentials,
				requestOptions: { timeout: 300 },
			});
			expect(ended.failures).toHaveLength(1);
			expect(fateOf(ended, 0).description).toContain('There was no answer in time');
			// Three tries of 300 ms and the waits between them, on a busy machine.
			expect(ended.durationMs).toBeLessThan(10_000);
		});
		await Promise.all(ends);
		for (const socket of sockets) socket.destroy();
		server.close();
	});
});

describe('headers', () => {
	it.each([
		{
			name: 'x-ratelimit-reset',
			values: ['9'.repeat(300), '1e308', '-1', 'NaN', '', '0x7fffffff'],
		},
		{ name: 'retry-after', values: ['9'.repeat(300), '-5', 'soon', '1e400', 'Infinity'] },
		{ name: 'date', values: ['never', '', 'Fri, 31 Dec 9999 23:59:59 GMT', 'x'.repeat(10_000)] },
		{ name: 'content-type', values: ['x'.repeat(10_000), 'image/png', 'text/html; charset=utf-7'] },
	])('$name is not believed', async ({ name, values }) => {
		for (const value of values) {
			for (const operation of [remove, refresh]) {
				const { fate, ended } = await answered(operation, {
					status: 429,
					headers: { 'x-ratelimit-reset': null, [name]: value },
				});
				expect(fate.outcome).toBe('refused');
				expect(fate.message).toMatch(
					/rate limit is reached|limits on refreshes is reached|refreshes .* used up/,
				);
				expect(ended.durationMs).toBeLessThan(10_000);
				simulator.reset();
			}
		}
	});

	it('of more than 16 kB end the answer', async () => {
		const { fate } = await answered(create, { headers: { 'x-long': 'x'.repeat(100_000) } });
		expect(fate).toMatchObject({ outcome: 'uncertain', message: 'SendGrid could not be reached' });
	});
});

describe('the API key in an answer', () => {
	const escaped = (key: string) =>
		[...key].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

	it.each([
		{ how: 'as it is', written: (key: string) => key },
		{ how: 'with escapes', written: escaped },
		{ how: 'with one escape', written: (key: string) => key.replace('S', '\\u0053') },
	])('$how is taken out', async ({ written }) => {
		const key = simulator.keys.full;
		const text = written(key);
		const echoes: Array<[Operation, Fault]> = [
			[refresh, { status: 202, body: `{"job_id": "${text}"}` }],
			[get, { body: `{"id": "x", "name": "Bearer ${text}", "${text}": ["${text}"]}` }],
			[getMany, { body: `{"results": [{"id": "${text}"}]}` }],
			[create, { status: 201, body: `{"id": "x", "name": "${text}"}` }],
			[update, { status: 400, body: `{"errors": [{"field": "${text}", "message": "${text}"}]}` }],
			[remove, { status: 500, body: `{"error": "${text}"}` }],
			[remove, { status: 403, body: `<html>${text}</html>`, contentType: 'text/html' }],
			[remove, { status: 302, headers: { location: `http://127.0.0.1/${key}` } }],
			[remove, { status: 409, headers: { 'x-echo': key, 'retry-after': key } }],
		];
		for (const [operation, fault] of echoes) {
			for (const simplify of [true, false]) {
				const { ended } = await answered(operation, fault, { simplify });
				expect(ended.success.length + ended.failures.length).toBe(1);
				expect(ended.fullRunJson).not.toContain(key);
				expect(logged.filter((entry) => entry.includes(key))).toEqual([]);
				simulator.reset();
			}
		}
	});
});
