import { gzipSync } from 'node:zlib';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Fault } from '../../../simulator';
import { until } from '../../clock';
import { logged } from '../harness';
import {
	byTitle,
	createItems,
	faulted,
	listenForBytes,
	type Operation,
	operations,
	resultOf,
	run,
	simulator,
	useNewSimulator,
} from './setup';

useNewSimulator();

const { deletion, readBeforeDelete, refresh, get, getMany, create, update } = operations;

/** Runs the operation on one item whose request gets this response. */
async function runWithResponse(
	operation: Operation,
	fault: Fault,
	parameters: IDataObject = {},
	apiKey = simulator.keys.full,
) {
	const items = createItems(operation, 1);
	simulator.fault({ times: Infinity, match: faulted(operation, items[0]), ...fault });
	const result = await run(
		{ ...operation, parameters: { ...operation.parameters, ...parameters } as INodeParameters },
		items,
		{ credentials: { apiKey, baseUrl: simulator.url } },
	);
	return { ...resultOf(result, 0), fullRunJson: result.fullRunJson, item: items[0] };
}

const statusOf = ({ title }: Operation) =>
	({ create: 201, refresh: 202, delete: 202 })[title] ?? 200;

const RAW = { simplify: false };

const STRANGE = [
	'<img src=x onerror=alert(1)>',
	'{{ $json.secret }}',
	'={{ 1 + 1 }}',
	'\u0000\u0001\u0007\u001b[31mred\u007f\u009f',
	'line\r\nX-Header: 1\u2028\u2029',
	'\u202egnirts\u202c \ufeff\u200b',
	'\ud800 lone \udfff',
	'💥'.repeat(600),
	'__proto__',
	'constructor',
	'$&$1$`',
	"'; DROP TABLE segments; --",
	'x'.repeat(100_000),
];

it.each(STRANGE.map((text) => [text.slice(0, 30), text]))('%j is passed on', async (_, text) => {
	const accepted = await runWithResponse(refresh, { status: 202, body: { job_id: text } });
	expect(accepted.output).toMatchObject({ status: 'accepted', job_id: text });

	const segment = { id: text, name: text, query_dsl: text, [`_${text}`]: [text, { text }] };
	const raw = await runWithResponse(get, { body: segment }, RAW);
	const output = { ...segment, segment_id: text, segment_name: text, contacts_count: null };
	expect(raw.output).toEqual(output);

	const listed = await runWithResponse(getMany, { body: { results: [segment] } }, RAW);
	expect(listed.output).toEqual(output);

	const definition = await runWithResponse(readBeforeDelete, {
		body: { ...segment, parent_list_ids: [text] },
	});
	expect(definition.output?.segment).toMatchObject({ name: text, query_dsl: text });

	const errors = [{ field: text, message: text }];
	const refused = await runWithResponse(update, { status: 400, body: { errors } });
	const words = Array.from(`'${text}': ${text}`);
	const shown = words.length > 500 ? `${words.slice(0, 500).join('')}…` : words.join('');
	expect(refused).toMatchObject({ outcome: 'refused', message: shown });
});

describe('keys that mean something to JavaScript are data', () => {
	const TRAP = `{
		"id": "trap", "name": "n", "query_dsl": "q", "job_id": "j",
		"__proto__": { "polluted": true, "deleted": true },
		"constructor": { "prototype": { "polluted": true } },
		"toString": "not a function", "hasOwnProperty": 1, "then": "not a promise",
		"status": { "__proto__": { "polluted": true }, "query_validation": "VALID" }
	}`;
	const expectClean = () => {
		expect(Object.prototype).not.toHaveProperty('polluted');
		expect({}.toString()).toBe('[object Object]');
	};

	it.each(byTitle([get, getMany, create, update, refresh, readBeforeDelete]))(
		'%s',
		async (_, operation) => {
			const body = operation === getMany ? `{"results": [${TRAP}]}` : TRAP;
			for (const simplify of [true, false]) {
				const fault = { status: statusOf(operation), body };
				const { outcome } = await runWithResponse(operation, fault, { simplify });
				expect(outcome).toBe('succeeded');
				expectClean();
			}
		},
	);

	it('keeps them in raw output', async () => {
		const { output = {} } = await runWithResponse(get, { body: TRAP }, RAW);
		const keys = ['__proto__', 'constructor', 'toString', 'then'];
		expect(Object.keys(output)).toEqual(expect.arrayContaining(keys));
	});
});

const MB = 1024 * 1024;

describe('size', () => {
	it('a body of 10 MB is passed on', async () => {
		const fault = { body: { id: 'x', name: 'Long' }, bodyBytes: 10 * MB };
		const { output } = await runWithResponse(get, fault, RAW);
		expect((output?.padding as string).length).toBeGreaterThan(10 * MB - 100);
	});

	// Read to its end, the request would never end. What needs its body fails or is sent again.
	it.each([
		['deletion', deletion, 1, 'succeeded'],
		['refresh', refresh, 1, 'succeeded'],
		['get', get, 2, 'succeeded'],
		['getMany', getMany, 2, 'succeeded'],
		['update', update, 2, 'succeeded'],
		['create', create, 1, 'uncertain'],
	] as const)('an endless success ends: %s', async (_, operation, requests, outcome) => {
		const result = await runWithResponse(operation, {
			status: statusOf(operation),
			apply: 'after',
			endlessBody: true,
			times: 1,
		});
		expect(result.outcome).toBe(outcome);
		if (!result.output) expect(result.description).toContain('The response was too large');
		expect(simulator.log.filter(faulted(operation, result.item))).toHaveLength(requests);
		await until('the end of the connection', () => simulator.inFlight === 0);
	});

	it('a small body that unpacks to a large one ends', async () => {
		const bomb = gzipSync(Buffer.alloc(64 * MB, ' '));
		const host = await listenForBytes((socket) => {
			socket.write('HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n');
			socket.write(`content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
			socket.end(bomb);
		});
		const baseUrl = `http://${host}`;
		const credentials = { apiKey: simulator.keys.full, baseUrl };
		const result = await run(create, createItems(create, 1), { credentials });
		expect(resultOf(result, 0).description).toContain('The response was too large');
	});

	it('headers of more than 16 kB end the response', async () => {
		const fault = { headers: { 'x-long': 'x'.repeat(100_000) } };
		const message = 'SendGrid could not be reached';
		expect(await runWithResponse(create, fault)).toMatchObject({ outcome: 'uncertain', message });
	});
});

describe('a response that drips on and on ends at the timeout', () => {
	it.each([
		['the status line', 'HTTP/1.1 200 O', 'K'],
		['a header', 'HTTP/1.1 200 OK\r\nx-long: ', 'x'],
		['headers', 'HTTP/1.1 200 OK\r\n', 'x: y\r\n'],
		['interim responses', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
		['a body', 'HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{"id": "', 'x'],
		['chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
	])('%s', async (_, start, drop) => {
		const host = await listenForBytes((socket) => {
			socket.write(start);
			const dripping = setInterval(() => socket.write(drop), 20);
			socket.once('close', () => clearInterval(dripping));
		});
		const baseUrl = `http://${host}`;
		const credentials = { apiKey: simulator.keys.full, baseUrl };
		const requestOptions = { timeout: 300 };
		const ends = [update, create].map(async (operation) => {
			const items = createItems(operation, 1);
			return resultOf(await run(operation, items, { credentials, requestOptions }), 0);
		});
		for (const { description } of await Promise.all(ends)) {
			expect(description).toContain('The request timed out');
		}
	});
});

it('the API key in a response is removed', async () => {
	const KEY = 'SG.Wr1tt3n.w1th-and_plus';
	const echoes: Array<[Operation, Fault]> = [
		[refresh, { status: 202, body: `{"job_id": "${KEY}"}` }],
		[get, { body: `{"id": "x", "name": "Bearer ${KEY}", "${KEY}": ["${KEY}"]}` }],
		[getMany, { body: `{"results": [{"id": "${KEY}"}]}` }],
		[create, { status: 201, body: `{"id": "x", "name": "${KEY}"}` }],
		[update, { status: 400, body: `{"errors": [{"field": "${KEY}", "message": "${KEY}"}]}` }],
		[create, { status: 500, body: `{"error": "${KEY}"}` }],
		[update, { status: 403, body: `<html>${KEY}</html>`, contentType: 'text/html' }],
		[update, { status: 302, headers: { location: `http://127.0.0.1/${KEY}` } }],
		[update, { status: 409, headers: { 'x-echo': KEY, 'retry-after': KEY } }],
	];
	const runs = echoes.map(
		async ([operation, fault]) => await runWithResponse(operation, fault, RAW, KEY),
	);
	for (const { fullRunJson } of await Promise.all(runs)) expect(fullRunJson).not.toContain(KEY);
	expect(logged.filter((entry) => entry.includes(KEY))).toEqual([]);
});
