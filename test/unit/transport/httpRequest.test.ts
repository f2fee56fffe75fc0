import { PassThrough, Readable } from 'node:stream';
import { NodeApiError, type INode, type JsonObject } from 'n8n-workflow';
import { sendHttpRequest } from '../../../nodes/SendGridSegments/transport/httpRequest';
import { coded } from '../fakeSendGrid';
import { API_KEY, fakeContext, rawResponse, settle, useFakeTimers } from '../fakes';

const NOW = Date.parse('2026-08-18T09:24:18Z');

beforeEach(() => useFakeTimers(NOW));

afterEach(() => {
	jest.restoreAllMocks();
	jest.useRealTimers();
});

async function send(reply: () => unknown, apiKey = API_KEY) {
	const { context } = fakeContext(reply);
	const credential = { ...context.credential, apiKey };
	return await sendHttpRequest(context.functions, context.options, credential, 5_000);
}

const withBody = (body: unknown, statusCode = 200, headers = {}) => ({ statusCode, headers, body });

describe('the body', () => {
	it.each([
		['{"id":"1"}', { id: '1' }],
		['null', null],
		['', undefined],
		[' \r\n', undefined],
		['<html></html>', '<html></html>'],
		['{"id":', '{"id":'],
		['\ufeff{"id":"1"}', { id: '1' }],
	])('%j is %j', async (text, body) => {
		expect(await send(() => rawResponse(200, text))).toMatchObject({ status: 200, body });
	});

	it('is decoded as a whole, not chunk by chunk', async () => {
		const chunks = [...Buffer.from('{"name":"🎉 ä"}')].map((byte) => Buffer.from([byte]));
		const { body } = await send(() => withBody(Readable.from(chunks)));
		expect(body).toEqual({ name: '🎉 ä' });
	});

	it.each([[{ id: '1' }], ['text'], [null], [undefined]])(
		'that n8n has read already is taken as it is: %j',
		async (body) => {
			expect(await send(() => withBody(body))).toMatchObject({ status: 200, body });
		},
	);

	it('that breaks off leaves the status known', async () => {
		const broken = new PassThrough();
		broken.write('{"id":');
		const work = send(() => withBody(broken, 404));
		await settle();
		broken.destroy(new Error('aborted'));
		expect(await work).toMatchObject({
			status: 404,
			transportError: 'aborted',
			maybeProcessed: false,
		});
	});

	it('that does not end is given up when the time is over', async () => {
		const stuck = new PassThrough();
		const work = send(() => withBody(stuck, 202));
		await settle();
		jest.advanceTimersByTime(5_000);
		expect(await work).toMatchObject({ status: 202, transportError: 'The request timed out' });
		expect(stuck.destroyed).toBe(true);
	});
});

it('the credential is passed on, so that n8n does not decrypt it for every request', async () => {
	const { context, requests } = fakeContext(() => rawResponse(204));
	await sendHttpRequest(context.functions, context.options, context.credential, 5_000);
	expect(requests).toHaveBeenCalledWith('sendGridSegmentsApi', expect.anything(), {
		credentialsDecrypted: { data: { apiKey: API_KEY } },
	});
});

it('a response that comes too late is thrown away unread', async () => {
	let respond!: (response: unknown) => void;
	const work = send(() => new Promise((resolve) => (respond = resolve)));
	await settle();
	jest.advanceTimersByTime(5_000);
	expect(await work).toMatchObject({ transportError: 'The request timed out' });
	const late = new PassThrough();
	respond(withBody(late));
	await settle();
	expect(late.destroyed).toBe(true);
});

it('an end that comes too late is no unhandled rejection', async () => {
	let fail!: (error: Error) => void;
	const unhandled = jest.fn();
	process.on('unhandledRejection', unhandled);
	const work = send(() => new Promise((_, reject) => (fail = reject)));
	await settle();
	jest.advanceTimersByTime(5_000);
	await work;
	fail(new Error('late'));
	await settle();
	process.off('unhandledRejection', unhandled);
	expect(unhandled).not.toHaveBeenCalled();
});

it('an API key that is too short to be one is left alone', async () => {
	expect((await send(() => rawResponse(200, { id: 'a' }), 'a')).body).toEqual({ id: 'a' });
});

describe('the clock of SendGrid', () => {
	it.each([
		['Tue, 18 Aug 2026 10:00:00 GMT', '2026-08-18T10:00:00Z', '2026-08-18T10:00:42Z'],
		['no date', '2026-08-18T09:24:18Z', '2026-08-18T09:25:00Z'],
		[undefined, '2026-08-18T09:24:18Z', '2026-08-18T09:25:00Z'],
	])('by Date %s', async (date, serverTime, resetAt) => {
		const headers = { date, 'x-ratelimit-reset': '42', 'x-ratelimit-remaining': '1' };
		const response = await send(() => rawResponse(404, '', headers));
		expect(response.serverTime).toBe(Date.parse(serverTime));
		expect(response.rateLimit).toMatchObject({
			remaining: 1,
			resetAt: Date.parse(resetAt),
			msUntilReset: 42_000,
		});
	});
});

const node = { name: 'x', type: 'x', typeVersion: 1, parameters: {} } as unknown as INode;

/** What became of a request whose helper threw this, as Node.js does and wrapped as n8n does. */
async function* outcomesOf(error: Error) {
	for (const thrown of [error, new NodeApiError(node, error as unknown as JsonObject)]) {
		yield await send(() => {
			throw thrown;
		});
	}
}

const systemError = (code: string, syscall = '') =>
	Object.assign(coded(code, `${syscall} ${code} 192.0.2.1:443`.trim()), { syscall });

describe('a request that was definitely never sent', () => {
	const CODES: Array<[syscall: string | undefined, codes: string]> = [
		['connect', 'ECONNREFUSED ETIMEDOUT EHOSTUNREACH ENETUNREACH EACCES EMFILE'],
		['getaddrinfo', 'ENOTFOUND EAI_AGAIN EAI_FAIL'],
		[undefined, 'EPROTO ERR_SOCKET_CONNECTION_TIMEOUT ERR_SSL_WRONG_VERSION_NUMBER'],
		[undefined, 'ERR_TLS_CERT_ALTNAME_INVALID CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT'],
		[undefined, 'SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_CRL UNABLE_TO_GET_ISSUER_CERT'],
		[undefined, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
		[undefined, 'HOSTNAME_MISMATCH INVALID_CA INVALID_PURPOSE'],
	];

	it.each(CODES.flatMap(([syscall, codes]) => codes.split(' ').map((code) => [code, syscall])))(
		'%s of %s',
		async (code, syscall) => {
			for await (const response of outcomesOf(systemError(code!, syscall))) {
				expect(response).toMatchObject({ maybeProcessed: false });
				expect(response.isRefusedByN8n).toBeUndefined();
			}
		},
	);

	it('none of several addresses could be connected', async () => {
		const errors = [systemError('ECONNREFUSED', 'connect'), systemError('ETIMEDOUT', 'connect')];
		const all = Object.assign(new AggregateError(errors), { code: 'ETIMEDOUT' });
		// Only n8n's wrapper tells the parts of it.
		const response = await send(() => {
			throw new NodeApiError(node, all as unknown as JsonObject);
		});
		expect(response).toMatchObject({ maybeProcessed: false });
	});

	it('the TLS handshake never ended', async () => {
		const message =
			'Client network socket disconnected before secure TLS connection was established';
		for await (const response of outcomesOf(coded('ECONNRESET', message))) {
			expect(response).toMatchObject({ maybeProcessed: false });
		}
	});

	it.each([
		'Domain not allowed: This credential is restricted',
		'No allowed domains specified',
		'The request was blocked because it resolves to a restricted IP address',
		'Restricted IP address',
		'Invalid proxy URL.',
		'The proxy is not valid.',
	])('n8n refused it, and would again: %s', async (message) => {
		for await (const response of outcomesOf(new Error(message))) {
			expect(response).toMatchObject({
				maybeProcessed: false,
				isRefusedByN8n: true,
				transportError: message.replace(/\.$/, ''),
			});
		}
	});
});

describe('a request that may have arrived', () => {
	it.each([
		systemError('ECONNRESET', 'read'),
		systemError('ETIMEDOUT', 'read'),
		systemError('ETIMEDOUT'),
		systemError('EPIPE', 'write'),
		systemError('ECONNABORTED'),
		systemError('ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC'),
		coded('ECONNRESET', 'socket hang up'),
		new Error('aborted'),
		new Error('Bad response: connect ETIMEDOUT'),
		Object.assign(
			new AggregateError([systemError('ECONNREFUSED', 'connect'), systemError('EPIPE', 'write')]),
			{ code: 'EPIPE' },
		),
	])('%s', async (error) => {
		for await (const response of outcomesOf(error)) {
			expect(response).toMatchObject({ maybeProcessed: true });
		}
	});
});

it.each<[unknown, string]>([
	[new Error('socket hang up'), 'The connection failed (socket hang up)'],
	[systemError('ECONNRESET'), 'The connection failed (ECONNRESET)'],
	[{ httpCode: 'ENOTFOUND', message: 'x' }, 'The connection failed (ENOTFOUND)'],
	[{}, 'The connection failed (The connection was closed)'],
	[undefined, 'The connection failed (The connection was closed)'],
	[coded('ERR_CANCELED', 'canceled'), 'The execution was canceled before SendGrid responded'],
	[{ message: 'Bad request', description: 'Domain not allowed.' }, 'Domain not allowed'],
	[{ message: 'Bad request', messages: ['x', 'Invalid proxy.'] }, 'Invalid proxy'],
])('says why there is no response: %p', async (thrown, transportError) => {
	const response = await send(() => {
		throw thrown;
	});
	expect(response).toMatchObject({ transportError, attempts: 1, rateLimit: {} });
	expect(response.status).toBeUndefined();
});
