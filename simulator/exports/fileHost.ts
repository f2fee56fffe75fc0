import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';

import type { SimulatedClock } from '../clock';
import type { Faults } from '../faults';
import type { DownloadFault } from './downloadFaults';
import type { LoggedDownload } from './downloadLog';
import { fileBody, type FileBody } from './fileBody';
import type { Links } from './links';

/**
 * The storage host that has the files of exports. Like S3 it takes presigned links only: any other
 * path or query, and any `Authorization`, gets 403 with XML.
 */
export class FileHost {
	/** In order of arrival. */
	readonly downloads: LoggedDownload[] = [];

	constructor(
		private readonly links: Links,
		private readonly faults: Faults<LoggedDownload, DownloadFault>,
		private readonly clock: SimulatedClock,
	) {}

	/** @param tls certificate and key in PEM; without, it speaks plain HTTP */
	createServer(tls?: { cert: string; key: string }): Server | TlsServer {
		const handle = (request: IncomingMessage, response: ServerResponse) =>
			this.handle(request, response);
		return tls ? createTlsServer(tls, handle) : createServer(handle);
	}

	handle(request: IncomingMessage, response: ServerResponse): void {
		this.respond(request, response).catch((error) => response.destroy(error));
	}

	private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const download: LoggedDownload = {
			method: request.method ?? '',
			path: request.url ?? '',
			headers: request.headers,
			at: Date.now(),
			bytesSent: 0,
			outcome: 'sending',
		};
		this.downloads.push(download);
		response.once('close', () => {
			if (download.outcome === 'sending') {
				download.outcome = response.writableFinished ? 'complete' : 'aborted';
			}
		});
		const fault = this.faults.take(download) ?? {};
		if (fault.hang) return;
		const headers = Object.entries(fault.headers ?? {});
		for (const [name, value] of headers) response.setHeader(name, value);

		if (fault.status !== undefined || fault.body !== undefined) {
			const text = Buffer.from(fault.body ?? '');
			sendHead(download, response, fault.status ?? 200, fault.contentType, text.length);
			await this.send(download, response, [text], fault);
			return;
		}
		const link = this.permitted(request);
		if (typeof link === 'string') {
			const text = Buffer.from(errorXml(link));
			sendHead(download, response, 403, 'application/xml', text.length);
			response.end(text);
			download.bytesSent = text.length;
			return;
		}
		const { gzip, contentType } = link.settings;
		const { chunks, length } = await fileBody(link.file, gzip, fault);
		sendHead(download, response, 200, fault.contentType ?? contentType, length);
		await this.send(download, response, chunks, fault);
	}

	private permitted({ method, url = '', headers }: IncomingMessage) {
		if (method !== 'GET' || headers.authorization !== undefined) return 'AccessDenied';
		return this.links.take(url);
	}

	/** Sends as fast as the client reads. */
	private async send(
		download: LoggedDownload,
		response: ServerResponse,
		chunks: FileBody['chunks'],
		fault: DownloadFault,
	): Promise<void> {
		const closed = event(response, 'close');
		const { cutAt = Infinity, stallAt = Infinity, dripBytes = Infinity } = fault;
		const stopAt = Math.min(cutAt, stallAt);
		for await (const chunk of chunks) {
			for (let start = 0; start < chunk.length && !response.destroyed;) {
				const room = Math.min(dripBytes, stopAt - download.bytesSent);
				const piece = chunk.subarray(start, start + room);
				start += piece.length;
				download.bytesSent += piece.length;
				if (!response.write(piece)) await Promise.race([event(response, 'drain'), closed]);
				if (download.bytesSent >= stopAt) {
					if (cutAt === stopAt) cut(download, response);
					await closed;
				} else if (dripBytes !== Infinity) {
					await Promise.race([this.tick(fault.dripSeconds), closed]);
				}
			}
			if (response.destroyed) return;
		}
		response.end();
	}

	private tick(seconds?: number): Promise<void> {
		return new Promise((resolve) => {
			if (seconds === undefined) setImmediate(resolve);
			else this.clock.after(seconds * 1000, resolve);
		});
	}
}

function event(response: ServerResponse, name: 'close' | 'drain'): Promise<void> {
	return new Promise((resolve) => response.once(name, resolve));
}

function sendHead(
	download: LoggedDownload,
	response: ServerResponse,
	status: number,
	contentType?: string,
	length?: number,
): void {
	download.status = status;
	if (contentType !== undefined) response.setHeader('content-type', contentType);
	if (length !== undefined) response.setHeader('content-length', length);
	response.writeHead(status);
}

// A plain close, unlike a reset, lets the client read what was sent before it.
function cut(download: LoggedDownload, response: ServerResponse): void {
	download.outcome = 'cut';
	response.socket?.end(() => response.destroy());
}

function errorXml(code: 'SignatureDoesNotMatch' | 'AccessDenied'): string {
	const message =
		code === 'AccessDenied'
			? 'Request has expired'
			: 'The request signature we calculated does not match the signature you provided.';
	return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}
