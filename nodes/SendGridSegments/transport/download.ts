import type { BinaryHelperFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { parseBaseUrl } from '../../../credentials/baseUrl';
import { abortable, truncate } from '../utils';
import type { RequestContext } from './apiRequest';

/**
 * Less than this while the Timeout passes, and the download ends: also one that drips, and would
 * take days.
 */
const MIN_BYTES_PER_TIMEOUT = 64 * 1024;

/** Longer than any file can be: SendGrid starts a new one at 5,000 MB by default. */
const MAX_FILE_BYTES = 20 * 1024 ** 3;

/** A stream as n8n's binary data helpers accept it. */
export type BinaryStream = Exclude<
	Parameters<BinaryHelperFunctions['prepareBinaryData']>[0],
	Buffer
>;

interface BodyStream extends AsyncIterable<Uint8Array> {
	destroy(): void;
}

/**
 * What may help after a download that did not work: to start it again, to read the links again and
 * then start it again, or nothing.
 */
export type DownloadRetry = 'again' | 'withFreshLink' | 'never';

/** A file could not be downloaded, or not to its end. The message, a sentence, says why. */
export class DownloadError extends Error {
	override name = 'DownloadError';

	constructor(
		message: string,
		readonly retry: DownloadRetry,
		readonly status?: number,
	) {
		super(message);
	}
}

/** A file that is being downloaded. */
export interface Download {
	/** The file's bytes, unpacked. Throws a DownloadError, or the signal's reason. */
	bytes: AsyncIterable<Uint8Array>;
	/** A Node.js stream of the bytes, which may have been looked at on their way. */
	toStream(bytes: AsyncIterable<Uint8Array>): BinaryStream;
	/** Closes the connection; to be called in any case. */
	close(): void;
}

/**
 * Whether a file may be downloaded from there: over https; and over http from this machine, if the
 * credential's own address, a simulator or a local proxy, is one of this machine, too.
 */
function isAllowed(url: string, baseUrl: string): boolean {
	if (!URL.canParse(url)) return false;
	const { protocol, origin } = new URL(url);
	if (protocol === 'https:') return true;
	// A base URL starts with http:// on a loopback host only.
	return protocol === 'http:' && baseUrl.startsWith('http:') && 'baseUrl' in parseBaseUrl(origin);
}

function checkStatus(status: number, headers: Record<string, unknown>): void {
	if (status === 200) {
		if (!/html/i.test(String(headers['content-type'] ?? ''))) return;
		throw new DownloadError('The storage host returned a web page, not the file', 'never', status);
	}
	if (status >= 300 && status < 400) {
		throw new DownloadError(
			`The storage host returned a redirect (${status}), which was not followed`,
			'never',
			status,
		);
	}
	const isTransient = status < 400 || status >= 500 || status === 408 || status === 429;
	throw new DownloadError(
		`The storage host returned ${status}`,
		isTransient ? 'again' : 'withFreshLink',
		status,
	);
}

function describe(thrown: unknown): string {
	const { code, message } = (thrown ?? {}) as { code?: unknown; message?: unknown };
	return truncate(String(code ?? message ?? 'closed'), 200).replace(/\.$/, '');
}

/** The same values; what is thrown is replaced. */
export async function* mapErrors<T>(
	values: AsyncIterable<T>,
	toError: (thrown: unknown) => unknown,
): AsyncGenerator<T> {
	const iterator = values[Symbol.asyncIterator]();
	try {
		for (;;) {
			const next = await iterator.next().catch((thrown: unknown) => {
				throw toError(thrown);
			});
			if (next.done) return;
			yield next.value;
		}
	} finally {
		// Not awaited: it would wait for what the source waits for, although nobody needs it any more.
		iterator.return?.().catch(() => {});
	}
}

/** Throws if there are more bytes than any file has. */
async function* withinMaxSize(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
	let size = 0;
	for await (const chunk of bytes) {
		size += chunk.length;
		if (size > MAX_FILE_BYTES) throw new DownloadError('The file does not end', 'never');
		yield chunk;
	}
}

async function* gunzip(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
	let received: { thrown: unknown } | undefined;
	const source = mapErrors(bytes, (thrown) => {
		received = { thrown };
		return thrown;
	});
	yield* mapErrors(ReadableStream.from(source).pipeThrough(new DecompressionStream('gzip')), () =>
		received ? received.thrown : new DownloadError('The file is not complete, or damaged', 'again'),
	);
}

/**
 * Files are gzip or plain, whatever their name and type say, and the HTTP client may have unpacked
 * them already: only the first two bytes tell.
 */
async function* unpack(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
	let start: Uint8Array = new Uint8Array(0);
	for (let next = await bytes.next(); !next.done; next = await bytes.next()) {
		start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
		if (start.length >= 2) break;
	}
	const all = async function* () {
		if (start.length > 0) yield start;
		yield* bytes;
	};
	if (start[0] === 0x1f && start[1] === 0x8b) yield* gunzip(all());
	else yield* all();
}

/**
 * Starts to download a presigned link: without the API key, without a query of its own (either would
 * break the signature), and following no redirect.
 *
 * The download ends if too little arrives while the item's Timeout passes; the time that the receiver
 * takes does not count.
 *
 * @throws DownloadError; the signal's reason
 */
export async function openDownload(context: RequestContext, url: string): Promise<Download> {
	const { functions, options, credential, signal, timeoutMs } = context;
	if (!isAllowed(url, credential.baseUrl)) {
		throw new DownloadError(
			'The address that SendGrid gave for it does not start with https://',
			'never',
		);
	}
	signal.throwIfAborted();
	const connection = new AbortController();
	const close = () => connection.abort();

	let waitedMs = 0;
	let arrivedBytes = 0;
	/** Waits for what comes next from the network. */
	const receive = async <T>(next: Promise<T>): Promise<T> => {
		const startedAt = performance.now();
		const timeout = AbortSignal.timeout(Math.max(Math.ceil(timeoutMs - waitedMs), 1));
		const inTime = abortable(timeout, next);
		// Nobody listens to it any more if the signal is aborted.
		inTime.catch(() => {});
		return await abortable(signal, inTime)
			.catch((thrown: unknown) => {
				signal.throwIfAborted();
				const reason = timeout.aborted
					? `Too little arrived within the Timeout of ${timeoutMs / 1000} seconds`
					: `The connection failed (${describe(thrown)})`;
				throw new DownloadError(reason, 'again');
			})
			.finally(() => (waitedMs += performance.now() - startedAt));
	};

	let isOpen = false;
	try {
		const request: IHttpRequestOptions = {
			method: 'GET',
			url,
			// Of the item's own options, only these are about the way there.
			proxy: options.proxy,
			skipSslCertificateValidation: options.skipSslCertificateValidation,
			// What is packed on the way is unpacked by n8n, which does not notice that its end is missing.
			headers: { 'Accept-Encoding': 'identity' },
			timeout: timeoutMs,
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
			// In n8n 2.x, to destroy the stream leaves the connection open until the next bytes arrive.
			abortSignal: connection.signal,
		};
		const { statusCode, headers, body } = await receive(
			functions.helpers.httpRequest(request) as Promise<{
				statusCode: number;
				headers: Record<string, unknown>;
				body: BodyStream;
			}>,
		);
		waitedMs = 0;
		checkStatus(statusCode, headers);

		const chunks = async function* () {
			const iterator = body[Symbol.asyncIterator]();
			for (;;) {
				const { done, value } = await receive(iterator.next());
				if (done) return;
				arrivedBytes += value.length;
				if (arrivedBytes >= MIN_BYTES_PER_TIMEOUT) arrivedBytes = waitedMs = 0;
				yield value;
			}
		};
		isOpen = true;
		return {
			bytes: withinMaxSize(unpack(withinMaxSize(chunks()))),
			toStream(bytes) {
				// What ships cannot import Node's streams; the response's class has, or inherits, `from`.
				const { from } = body.constructor as unknown as {
					from(bytes: AsyncIterable<Uint8Array>): BinaryStream;
				};
				// Without a listener, an end of the download after the receiver's would end n8n.
				return from(bytes).on('error', () => {});
			},
			close,
		};
	} finally {
		if (!isOpen) close();
	}
}
