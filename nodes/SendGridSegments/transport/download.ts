import type { BinaryHelperFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { parseBaseUrl } from '../../../credentials/baseUrl';
import { abortable, truncate } from '../utils';
import type { RequestContext } from './apiRequest';

/**
 * If fewer bytes than this arrive within the Timeout, the download ends. Otherwise a trickle could
 * take days.
 */
const MIN_BYTES_PER_TIMEOUT = 64 * 1024;

/** Larger than any file: SendGrid starts a new one at 5,000 MB by default. */
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
 * What may help after a failed download: starting it again, doing so with links that were read again,
 * or nothing.
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
	/** A Node.js stream of the bytes, which the caller may have wrapped. */
	toStream(bytes: AsyncIterable<Uint8Array>): BinaryStream;
	/** Closes the connection; to be called in any case. */
	close(): void;
}

/**
 * Whether a file may be downloaded from a URL: over https, or over http from this machine if the
 * credential's base URL is on this machine, too (a simulator or a local proxy).
 */
function isAllowed(url: string, baseUrl: string): boolean {
	if (!URL.canParse(url)) return false;
	const { protocol, origin } = new URL(url);
	if (protocol === 'https:') return true;
	// A base URL starts with http:// on a loopback host only.
	return protocol === 'http:' && baseUrl.startsWith('http:') && 'baseUrl' in parseBaseUrl(origin);
}

function checkStatus(status: number): void {
	if (status === 200) return;
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

/** Throws if there are more bytes than any file has. */
async function* withinMaxSize(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
	let size = 0;
	for await (const chunk of bytes) {
		size += chunk.length;
		if (size > MAX_FILE_BYTES) throw new DownloadError('The file does not end', 'never');
		yield chunk;
	}
}

/**
 * Feeds the decompression only while its output is waited for, and one chunk ahead: by itself it would
 * take in, and put out, thousands of them.
 */
async function* gunzip(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
	const { readable, writable } = new DecompressionStream('gzip');
	const reader = readable.getReader();
	const writer = writable.getWriter();
	const orFail = async <T>(work: Promise<T>): Promise<T> =>
		await work.catch(() => {
			throw new DownloadError('The file is not complete, or damaged', 'again');
		});
	let isFed = false;
	let feeding: Promise<void> | undefined;
	const feed = async () => {
		const { done, value } = await bytes.next();
		isFed = done ?? false;
		await orFail(done ? writer.close() : writer.write(value));
	};
	try {
		for (;;) {
			let output: { done: boolean; value?: Uint8Array } | undefined;
			const reading = orFail(reader.read()).then((result) => {
				output = result;
			});
			while (!output) {
				if (!feeding && !isFed) {
					feeding = feed().then(() => {
						feeding = undefined;
					});
					// If it fails while no output is waited for, it is found the next time.
					feeding.catch(() => {});
				}
				await Promise.race([reading, feeding ?? reading]);
			}
			if (output.done) return;
			yield output.value!;
		}
	} finally {
		reader.cancel().catch(() => {});
	}
}

/**
 * Files are gzip or plain, regardless of their name and type, and the HTTP client may already have
 * unpacked them. Only the first two bytes show it.
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
 * break the signature), and without following a redirect.
 *
 * The download ends if too little arrives within the item's Timeout; the receiver's own
 * time does not count.
 *
 * @throws DownloadError; the signal's reason
 */
export async function openDownload(context: RequestContext, url: string): Promise<Download> {
	const { functions, options, credential, signal, timeoutMs } = context;
	if (!isAllowed(url, credential.baseUrl)) {
		throw new DownloadError('The address from SendGrid does not start with https://', 'never');
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
		// If the signal is aborted, nothing listens to it anymore.
		inTime.catch(() => {});
		return await abortable(signal, inTime)
			.catch((thrown: unknown) => {
				signal.throwIfAborted();
				const reason = timeout.aborted
					? `Too little data arrived within the Timeout of ${timeoutMs / 1000} seconds`
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
			// Of the item's own options, only these concern the connection.
			proxy: options.proxy,
			skipSslCertificateValidation: options.skipSslCertificateValidation,
			// n8n would unpack a compressed response, without noticing that its end is missing.
			headers: { 'Accept-Encoding': 'identity' },
			timeout: timeoutMs,
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
			// In n8n 2.x, destroying the stream leaves the connection open until the next bytes arrive.
			abortSignal: connection.signal,
		};
		const { statusCode, body } = await receive(
			functions.helpers.httpRequest(request) as Promise<{
				statusCode: number;
				body: BodyStream;
			}>,
		);
		waitedMs = 0;
		checkStatus(statusCode);

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
				// Without a listener, a download that fails after the receiver has ended would crash n8n.
				return from(bytes).on('error', () => {});
			},
			close,
		};
	} finally {
		if (!isOpen) close();
	}
}
