import type { BinaryHelperFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { parseBaseUrl } from '../../../credentials/baseUrl';
import { abortable, truncate } from '../utils';
import type { RequestContext } from './apiRequest';

/**
 * If fewer bytes than this arrive within the Timeout, the download ends. Otherwise a trickle could
 * take days.
 */
const MIN_BYTES_PER_TIMEOUT = 64 * 1024;

/** A stream as n8n's binary data helpers accept it. */
export type BinaryStream = Exclude<
	Parameters<BinaryHelperFunctions['prepareBinaryData']>[0],
	Buffer
>;

/** A file could not be downloaded or read to its end. The message, a sentence, says why. */
export class DownloadError extends Error {
	override name = 'DownloadError';

	/** @param retry what may help: starting it again, doing so with links that were read again, or nothing */
	constructor(
		message: string,
		readonly retry: 'again' | 'withFreshLink' | 'never',
		readonly details: { status?: number; line?: number } = {},
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
			{ status },
		);
	}
	const isTransient = status < 400 || status >= 500 || status === 408 || status === 429;
	throw new DownloadError(
		`The storage host returned ${status}`,
		isTransient ? 'again' : 'withFreshLink',
		{ status },
	);
}

function describe(thrown: unknown): string {
	const { code, message } = (thrown ?? {}) as { code?: unknown; message?: unknown };
	return truncate(String(code ?? message ?? 'closed'), 200).replace(/\.$/, '');
}

/**
 * Feeds the decompression only while its output is waited for, and one chunk ahead: by itself it would
 * take in, and put out, thousands of them.
 */
async function* gunzip(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
	const { readable, writable } = new DecompressionStream('gzip');
	const reader = readable.getReader();
	const writer = writable.getWriter();
	const fail = () => {
		throw new DownloadError('The file is not complete, or damaged', 'again');
	};
	let isFed = false;
	let feeding: Promise<undefined> | undefined;
	const feed = async (): Promise<undefined> => {
		const { done = false, value } = await bytes.next();
		await (done ? writer.close() : writer.write(value)).catch(fail);
		isFed = done;
		feeding = undefined;
	};
	try {
		for (;;) {
			const reading = reader.read().catch(fail);
			let output: Awaited<typeof reading> | undefined;
			while (!output) {
				if (!isFed) feeding ??= feed();
				output = await Promise.race([reading, feeding ?? reading]);
			}
			if (output.done) return;
			yield output.value;
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
	while (start.length < 2) {
		const { done, value } = await bytes.next();
		if (done) break;
		start = Buffer.concat([start, value]);
	}
	const all = async function* () {
		yield start;
		yield* bytes;
	};
	yield* start[0] === 0x1f && start[1] === 0x8b ? gunzip(all()) : all();
}

/**
 * Starts to download a presigned link: without the API key, without a query of its own (either would
 * break the signature), and without following a redirect.
 *
 * The download ends if too little arrives within the item's Timeout; the receiver's own
 * time does not count.
 *
 * @param connection aborted to close the connection, in any case
 * @throws DownloadError; the signal's reason
 */
export async function openDownload(
	context: RequestContext,
	url: string,
	connection: AbortSignal,
): Promise<Download> {
	const { functions, options, credential, signal, timeoutMs } = context;
	if (!isAllowed(url, credential.baseUrl)) {
		throw new DownloadError('The address from SendGrid does not start with https://', 'never');
	}
	let waitedMs = 0;
	/** Waits for what comes next from the network. */
	const receive = async <T>(next: () => Promise<T>): Promise<T> => {
		signal.throwIfAborted();
		const startedAt = performance.now();
		const timeout = AbortSignal.timeout(Math.max(Math.ceil(timeoutMs - waitedMs), 1));
		return await abortable(signal, abortable(timeout, next()))
			.catch((thrown: unknown) => {
				signal.throwIfAborted();
				const reason = timeout.aborted
					? `Too little data arrived within the Timeout of ${timeoutMs / 1000} seconds`
					: `The connection failed (${describe(thrown)})`;
				throw new DownloadError(reason, 'again');
			})
			.finally(() => (waitedMs += performance.now() - startedAt));
	};

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
		abortSignal: connection,
	};
	const { statusCode, body } = await receive(
		async () =>
			(await functions.helpers.httpRequest(request)) as {
				statusCode: number;
				body: AsyncIterable<Uint8Array>;
			},
	);
	checkStatus(statusCode);
	const chunks = async function* () {
		const iterator = body[Symbol.asyncIterator]();
		let arrivedBytes = 0;
		waitedMs = 0;
		for (;;) {
			const { done, value } = await receive(async () => await iterator.next());
			if (done) return;
			arrivedBytes += value.length;
			if (arrivedBytes >= MIN_BYTES_PER_TIMEOUT) arrivedBytes = waitedMs = 0;
			yield value;
		}
	};
	return {
		bytes: unpack(chunks()),
		toStream(bytes) {
			// What ships cannot import Node's streams; the response's class has, or inherits, `from`.
			const { from } = body.constructor as unknown as {
				from(bytes: AsyncIterable<Uint8Array>): BinaryStream;
			};
			// Without a listener, a download that fails after the receiver has ended would crash n8n.
			return from(bytes).on('error', () => {});
		},
	};
}
