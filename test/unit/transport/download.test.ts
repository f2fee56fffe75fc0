import { gzipSync } from 'node:zlib';
import { ExecutionCanceledError } from '../../../nodes/SendGridSegments/errors';
import type { OperationContext } from '../../../nodes/SendGridSegments/operation';
import { openDownload } from '../../../nodes/SendGridSegments/transport/download';
import { API_KEY, settle, useFakeTimers } from '../fakes';
import { brokenFile, collectText, downloadContext, file, FILE_URL } from './fakeFiles';

afterEach(() => {
	jest.restoreAllMocks();
	jest.useRealTimers();
});

const connection = new AbortController().signal;

async function download(response: () => unknown, overrides: Partial<OperationContext> = {}) {
	const { context, downloads } = downloadContext([response], overrides);
	const { bytes } = await openDownload(context, FILE_URL, connection);
	return { bytes, options: downloads[0]! };
}

describe('a request for a file', () => {
	it('goes to the link as it is, with nothing of the API, and follows no redirect', async () => {
		const options = {
			url: '/v3/marketing/contacts/exports',
			baseURL: 'https://api.sendgrid.com',
			headers: { Authorization: `Bearer ${API_KEY}` },
			qs: { a: 1 },
			body: { a: 1 },
			proxy: { host: 'proxy.example.com', port: 8080 },
			skipSslCertificateValidation: true,
			allowedDomains: 'api.sendgrid.com',
		};
		const { options: sent } = await download(() => file([]), { options, timeoutMs: 7_000 });
		expect(sent).toEqual({
			method: 'GET',
			url: FILE_URL,
			headers: { 'Accept-Encoding': 'identity' },
			proxy: { host: 'proxy.example.com', port: 8080 },
			skipSslCertificateValidation: true,
			timeout: 7_000,
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
			abortSignal: connection,
		});
	});

	it.each<[boolean, string, string]>([
		[true, 'https://files.example.com/a', 'https://api.sendgrid.com'],
		[true, 'https://files.example.com/a', 'http://127.0.0.1:3000'],
		[true, 'http://127.0.0.1:3000/a', 'http://127.0.0.1:3000'],
		[true, 'http://localhost:4000/a', 'http://127.0.0.1:3000/proxy'],
		[false, 'http://files.example.com/a', 'https://api.sendgrid.com'],
		[false, 'http://files.example.com/a', 'http://127.0.0.1:3000'],
		[false, 'http://127.0.0.1/a', 'https://api.sendgrid.com'],
		[false, 'http://127.0.0.1.example.com/a', 'http://127.0.0.1:3000'],
		[false, 'ftp://files.example.com/a', 'https://api.sendgrid.com'],
		[false, 'file:///etc/hosts', 'http://127.0.0.1:3000'],
		[false, 'data:text/plain,a', 'http://127.0.0.1:3000'],
		[false, 'blob:https://api.sendgrid.com/a', 'https://api.sendgrid.com'],
		[false, '/a', 'https://api.sendgrid.com'],
		[false, '//files.example.com/a', 'https://api.sendgrid.com'],
		[false, '', 'https://api.sendgrid.com'],
	])('is allowed: %s, %s with the key for %s', async (isAllowed, url, baseUrl) => {
		const { context, downloads } = downloadContext([() => file([])]);
		context.credential.baseUrl = baseUrl;
		const work = openDownload(context, url, connection);
		if (isAllowed) await work;
		else await expect(work).rejects.toMatchObject({ name: 'DownloadError', retry: 'never' });
		expect(downloads).toHaveLength(isAllowed ? 1 : 0);
	});

	it.each<[number, string, string]>([
		[302, 'The storage host returned a redirect (302), which was not followed', 'never'],
		[400, 'The storage host returned 400', 'withFreshLink'],
		[403, 'The storage host returned 403', 'withFreshLink'],
		[404, 'The storage host returned 404', 'withFreshLink'],
		[206, 'The storage host returned 206', 'again'],
		[408, 'The storage host returned 408', 'again'],
		[429, 'The storage host returned 429', 'again'],
		[503, 'The storage host returned 503', 'again'],
	])('fails at %d', async (status, message, retry) => {
		const work = download(() => file(['x'], status));
		await expect(work).rejects.toMatchObject({ message, retry, details: { status } });
	});
});

describe('the bytes of a file', () => {
	const text = 'é'.repeat(100_000);
	const packed = gzipSync(text);

	const oneByOne = (bytes: Buffer) => Array.from(bytes, (byte) => Buffer.of(byte));

	it.each<[string, Buffer[], string]>([
		['packed, byte by byte', oneByOne(gzipSync('short')), 'short'],
		['plain, byte by byte', oneByOne(Buffer.from('short')), 'short'],
		['one byte of the two that tell', [Buffer.of(0x1f)], '\x1f'],
		['packed, of nothing', [gzipSync('')], ''],
		['empty chunks', [Buffer.of(), packed.subarray(0, 1), Buffer.of(), packed.subarray(1)], text],
	])('%s', async (_name, chunks, expected) => {
		expect(await collectText((await download(() => file(chunks))).bytes)).toBe(expected);
	});

	const damaged = 'The file is not complete, or damaged';

	it.each<[string, () => unknown, string]>([
		['cut in its first bytes', () => file([packed.subarray(0, 5)]), damaged],
		['damaged', () => file([packed.subarray(0, -6), Buffer.alloc(6)]), damaged],
		[
			'broken off',
			() => brokenFile([packed.subarray(0, 30)]),
			'The connection failed (ECONNRESET)',
		],
	])('packed, but %s', async (_name, response, message) => {
		const { bytes } = await download(response);
		await expect(collectText(bytes)).rejects.toMatchObject({
			name: 'DownloadError',
			message,
			retry: 'again',
		});
	});

	it('are received no faster than they are used', async () => {
		let sent = 0;
		const endless = async function* () {
			for (;;) {
				sent++;
				yield gzipSync('x'.repeat(1_000_000)).subarray(0, 10_000);
			}
		};
		const { bytes } = await download(() => file(endless()));
		await bytes[Symbol.asyncIterator]().next();
		await settle();
		const sentAtEnd = sent;
		await settle();
		expect(sent).toBe(sentAtEnd);
		// zlib itself takes in up to 64 KB.
		expect(sent).toBeLessThan(100);
	});
});

describe('how long a download may take', () => {
	const ticks = async (ms: number, times = 1) => {
		for (let i = 0; i < times; i++) {
			jest.advanceTimersByTime(ms);
			await settle();
		}
	};
	const outcome = (work: Promise<unknown>) => {
		const state: { thrown?: unknown; value?: unknown } = {};
		void work
			.then((value) => Object.assign(state, { value }))
			.catch((thrown: unknown) => Object.assign(state, { thrown }));
		return state;
	};
	const pause = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));
	const never = async () => await new Promise<never>(() => {});

	/** So many bytes every second, for some time. */
	const steady = async function* (size: number, seconds = Infinity) {
		for (let second = 0; second < seconds; second++) {
			yield Buffer.alloc(size, 65);
			await pause(1_000);
		}
	};

	beforeEach(() => useFakeTimers(Date.parse('2026-08-18T09:24:18Z')));

	it.each<[string, () => unknown]>([
		['no response', never],
		['no byte', () => file({ [Symbol.asyncIterator]: () => ({ next: never }) })],
		['one byte a second', () => file(steady(1))],
		['1,000 bytes a second', () => file(steady(1_000))],
	])('ends after the Timeout with %s', async (_name, response) => {
		const state = outcome(download(response).then(async ({ bytes }) => await collectText(bytes)));
		await settle();
		await ticks(1_000, 59);
		expect(state).toEqual({});
		await ticks(1_000, 2);
		expect(state.thrown).toMatchObject({
			message: 'Too little data arrived within the Timeout of 60 seconds',
			retry: 'again',
		});
	});

	it('goes on as long as enough arrives, however long it is', async () => {
		const { bytes } = await download(() => file(steady(2_000, 600)));
		const state = outcome(collectText(bytes));
		await settle();
		await ticks(1_000, 601);
		expect((state.value as string).length).toBe(1_200_000);
	});

	it('does not count the time that the receiver takes', async () => {
		const { bytes } = await download(() => file(['a', 'b', 'c']));
		const slowly = async () => {
			let text = '';
			for await (const chunk of bytes) {
				text += Buffer.from(chunk).toString();
				await pause(100_000);
			}
			return text;
		};
		const state = outcome(slowly());
		await settle();
		await ticks(100_000, 3);
		expect(state.value).toBe('abc');
	});

	it('ends at once when the execution is canceled, and does not begin then', async () => {
		const canceled = new AbortController();
		const { context, downloads } = downloadContext([never], { signal: canceled.signal });
		const state = outcome(openDownload(context, FILE_URL, connection));
		canceled.abort(new ExecutionCanceledError());
		await settle();
		expect(state.thrown).toBeInstanceOf(ExecutionCanceledError);
		await expect(openDownload(context, FILE_URL, connection)).rejects.toBe(state.thrown);
		expect(downloads).toHaveLength(1);
	});
});
