import { Readable } from 'node:stream';
import type { IHttpRequestOptions } from 'n8n-workflow';
import type { OperationContext } from '../../../nodes/SendGridSegments/operation';
import { fakeContext } from '../fakes';

export const FILE_URL =
	'https://files.example.com/a.json.gzip?X-Amz-Signature=abc%2Fd&X-Amz-Date=1';

type Chunks = Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/** A file as n8n's request helper returns it. */
export function file(chunks: Chunks, statusCode = 200) {
	const bytes = async function* () {
		for await (const chunk of chunks) yield Buffer.from(chunk);
	};
	return { statusCode, body: Readable.from(bytes()) };
}

/** A file whose connection breaks after these chunks. */
export function brokenFile(chunks: Chunks) {
	return file(
		(async function* () {
			yield* chunks;
			throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
		})(),
	);
}

/** A context whose helper returns these files, one after the other; the last for all that follow. */
export function downloadContext(
	files: Array<() => unknown>,
	overrides: Partial<OperationContext> = {},
	sendToApi: (options: IHttpRequestOptions) => unknown = () => {
		throw new Error('No request to the API was expected');
	},
) {
	const { context, requests } = fakeContext(sendToApi, overrides);
	const downloads: IHttpRequestOptions[] = [];
	Object.assign(context.functions.helpers, {
		httpRequest: async (options: IHttpRequestOptions) => {
			downloads.push(options);
			const response = files[Math.min(downloads.length, files.length) - 1]!();
			if (response instanceof Error) throw response;
			return response;
		},
	});
	return { context, downloads, requests };
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
	const all: T[] = [];
	for await (const value of values) all.push(value);
	return all;
}

export async function collectText(bytes: AsyncIterable<Uint8Array>): Promise<string> {
	return Buffer.concat(await collect(bytes)).toString();
}

export function contactLine(number: number): string {
	return JSON.stringify({ contact_id: `c${number}`, email: `c${number}@example.com` });
}

/** The lines of contacts from one number to another. */
export function contactLines(from: number, to: number): string {
	return Array.from({ length: to - from + 1 }, (_, i) => `${contactLine(from + i)}\n`).join('');
}

export function contactIds(from: number, to: number): string[] {
	return Array.from({ length: to - from + 1 }, (_, i) => `c${from + i}`);
}
