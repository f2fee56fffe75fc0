import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { constants, createGzip } from 'node:zlib';

import type { DownloadFault } from './downloadFaults';
import { type ExportFile, fileText } from './fileText';

const MOST_CONTACTS_IN_MEMORY = 2000;
const MOST_CONTACTS = 999_999_999;

export interface FileBody {
	chunks: AsyncIterable<Buffer> | Iterable<Buffer>;
	/** Bytes; undefined if they are not known before all are sent. */
	length?: number;
}

/** The bytes of a file as they are sent, with what the fault makes of them. */
export async function fileBody(
	file: ExportFile,
	gzip: boolean,
	fault: DownloadFault,
): Promise<FileBody> {
	const text = Readable.from(textBytes(file, fault), { objectMode: false });
	const packed = gzip ? packedStream(text) : text;
	const chunks = endingOtherwise(packed, fault);
	const isSmall = file.to - file.from <= MOST_CONTACTS_IN_MEMORY;
	if (!isSmall || fault.endless || fault.noContentLength) return { chunks };
	const whole = await buffer(chunks);
	return { chunks: whole.length > 0 ? [whole] : [], length: whole.length };
}

function packedStream(text: Readable): Readable {
	const packed = text.pipe(createGzip({ level: constants.Z_BEST_SPEED }));
	// What stops reading the one stops the other, too.
	packed.once('close', () => text.destroy());
	return packed;
}

function* textBytes(file: ExportFile, fault: DownloadFault): Generator<Buffer> {
	const parts = fileText(fault.endless ? endless(file) : file);
	// One part late, so that the last is known.
	let held: Buffer | undefined;
	let damage = fault.invalidUtf8 === true;
	for (const part of parts) {
		if (held) yield held;
		held = Buffer.from(part);
		if (damage && held.length > 0) {
			held[held.length >> 1] = 0xff;
			damage = false;
		}
	}
	if (held) yield fault.halfLastLine ? withoutHalfOfLastLine(held) : held;
}

function endless(file: ExportFile): ExportFile {
	const selection = { ...file.selection, generated: MOST_CONTACTS };
	return { ...file, selection, to: MOST_CONTACTS };
}

function withoutHalfOfLastLine(part: Buffer): Buffer {
	const lineStart = part.lastIndexOf('\n', part.length - 2) + 1;
	return part.subarray(0, (lineStart + part.length) >> 1);
}

async function* endingOtherwise(
	packed: Readable,
	{ truncateAt = Infinity, append }: DownloadFault,
): AsyncGenerator<Buffer> {
	let left = truncateAt;
	for await (const chunk of packed as AsyncIterable<Buffer>) {
		if (chunk.length >= left) {
			yield chunk.subarray(0, left);
			return;
		}
		left -= chunk.length;
		yield chunk;
	}
	if (append) yield Buffer.from(append);
}
