import { sleep, type IDataObject } from 'n8n-workflow';
import { isObject } from '../utils';
import type { ExportFormat } from './contactExports';
import { DownloadError } from './download';

/** Longer than any contact. */
const MAX_LINE_BYTES = 1024 * 1024;

/** Larger than any file: SendGrid starts a new one at 5,000 MB by default. */
const MAX_FILE_BYTES = 20 * 1024 ** 3;

/** After this many bytes, n8n gets a turn. */
const BYTES_PER_TURN = 512 * 1024;

const NEWLINE = 0x0a;

const CUT_OFF = 'The file ends in the middle of this line';
const NOT_A_CONTACT = 'It is not a contact in JSON';

/** Removes a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A contact as an export gives it; empty fields are left out. */
export type Contact = IDataObject & { contact_id: string };

/** A line of a file, without its line break. */
interface Line {
	/** From 1. */
	number: number;
	text: string;
	isValidUtf8: boolean;
	/** Whether the file ends here, without a line break. */
	isEnd: boolean;
}

/** @param isCutOff whether the file ended too soon; downloading it again may help then */
function unreadable(line: number, message: string, isCutOff = false): DownloadError {
	return new DownloadError(message, isCutOff ? 'again' : 'never', { line });
}

/** Why a line is not a contact, from its text without the blanks around it. */
function notAContact({ number, isEnd }: Line, text: string): DownloadError {
	if (text.startsWith('<')) {
		return unreadable(number, 'It is from a web page or XML, not from a list of contacts');
	}
	const isCutOff = isEnd && text.startsWith('{');
	return unreadable(number, isCutOff ? CUT_OFF : NOT_A_CONTACT, isCutOff);
}

function tryDecode(bytes: Uint8Array): string | undefined {
	try {
		return utf8.decode(bytes);
	} catch {
		return undefined;
	}
}

/**
 * The lines in whole lines of bytes. They are decoded all at once: a buffer for each line would keep
 * n8n busy freeing them.
 */
function decodeLines(bytes: Buffer): Array<Pick<Line, 'text' | 'isValidUtf8'>> {
	const decoded = tryDecode(bytes);
	if (decoded !== undefined) {
		return decoded.split('\n').map((text) => ({ text, isValidUtf8: true }));
	}
	return bytes
		.toString('latin1')
		.split('\n')
		.map((line) => Buffer.from(line, 'latin1'))
		.map((line) => ({ text: line.toString(), isValidUtf8: tryDecode(line) !== undefined }));
}

/**
 * Each chunk of a file, with the lines that end in it. Bytes are cut at line breaks before they are
 * decoded, since a chunk may end in the middle of a character.
 */
async function* splitLines(
	bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ chunk: Uint8Array; lines: Line[] }> {
	let number = 1;
	/** Of the line that has not ended. */
	let parts: Uint8Array[] = [];
	let size = 0;
	const endLines = (end: Uint8Array, isEnd = false) => {
		const lines = decodeLines(Buffer.concat([...parts, end]));
		parts = [];
		size = 0;
		return lines.map((line): Line => ({ ...line, number: number++, isEnd }));
	};
	let fileSize = 0;
	let bytesInTurn = 0;
	for await (const chunk of bytes) {
		fileSize += chunk.length;
		if (fileSize > MAX_FILE_BYTES) throw new DownloadError('The file does not end', 'never');
		const lastBreak = chunk.lastIndexOf(NEWLINE);
		yield { chunk, lines: lastBreak < 0 ? [] : endLines(chunk.subarray(0, lastBreak)) };
		const rest = chunk.subarray(lastBreak + 1);
		parts.push(rest);
		size += rest.length;
		if (size > MAX_LINE_BYTES) throw unreadable(number, 'It is longer than 1 MB');
		bytesInTurn += chunk.length;
		if (bytesInTurn < BYTES_PER_TURN) continue;
		bytesInTurn = 0;
		// Awaiting a resolved promise would let neither timers nor the network proceed.
		await sleep(0);
	}
	yield { chunk: Buffer.alloc(0), lines: endLines(Buffer.alloc(0), true) };
}

/** @returns nothing for a blank line */
function parseContact(line: Line): Contact | undefined {
	// A file that was cut off may end in the middle of a character.
	if (!line.isValidUtf8) throw unreadable(line.number, 'It is not valid UTF-8', line.isEnd);
	const text = line.text.trim();
	if (text === '') return undefined;
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw notAContact(line, text);
	}
	// A storage host's error in JSON has no contact ID.
	if (isObject(value) && typeof value.contact_id === 'string') return value as Contact;
	throw unreadable(line.number, NOT_A_CONTACT);
}

/**
 * Reads the contacts of a JSON file: one object per line, in UTF-8; blank lines are ignored.
 *
 * @param skip how many contacts to leave out at the start
 * @returns the contacts in batches
 * @throws DownloadError with `line`; what `bytes` throws
 */
export async function* parseContacts(
	bytes: AsyncIterable<Uint8Array>,
	skip = 0,
): AsyncGenerator<Contact[]> {
	let toSkip = skip;
	let lastLine = 0;
	for await (const { lines } of splitLines(bytes)) {
		const contacts = lines.flatMap((line) => parseContact(line) ?? []);
		if (contacts.length > toSkip) yield contacts.slice(toSkip);
		toSkip = Math.max(toSkip - contacts.length, 0);
		lastLine += lines.length;
	}
	if (toSkip > 0) throw unreadable(lastLine, 'The file ended before this line this time', true);
}

/**
 * Counts the contacts of a file as its bytes pass through, and notices what is not such a file. JSON has
 * one contact per line; CSV has a header, and its quoted values may contain line breaks.
 *
 * @param onCount called with the number of contacts in the lines that have ended
 * @returns the bytes as they are
 * @throws DownloadError with `line`; what `bytes` and `onCount` throw
 */
export async function* countContacts(
	bytes: AsyncIterable<Uint8Array>,
	format: ExportFormat,
	onCount: (contacts: number) => void,
): AsyncGenerator<Uint8Array> {
	let records = 0;
	let lastLine = 0;
	let isQuoted = false;
	const count = (line: Line) => {
		lastLine = line.number;
		if (format === 'json') {
			if (parseContact(line)) records++;
			return;
		}
		const text = line.text.trim();
		if (text === '') return;
		if (records === 0 && text.startsWith('<')) throw notAContact(line, text);
		// A storage host's error in JSON.
		if (records === 0 && text.startsWith('{')) {
			throw unreadable(line.number, 'It is not the header of a CSV file');
		}
		const quotes = text.split('"').length - 1;
		if (quotes % 2 === 1) isQuoted = !isQuoted;
		if (!isQuoted) records++;
	};
	for await (const { chunk, lines } of splitLines(bytes)) {
		lines.forEach(count);
		onCount(format === 'csv' ? Math.max(records - 1, 0) : records);
		yield chunk;
	}
	if (isQuoted) throw unreadable(lastLine, CUT_OFF, true);
}
