import { sleep, type IDataObject } from 'n8n-workflow';
import { isObject } from '../utils';
import type { ExportFormat } from './contactExports';

/** Longer than any contact. */
const MAX_LINE_BYTES = 1024 * 1024;

/** After this much text, n8n gets a turn. */
const CHARACTERS_PER_TURN = 512 * 1024;

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const LESS_THAN = 0x3c;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const FIRST_OF_BYTE_ORDER_MARK = 0xef;
const BYTE_ORDER_MARK = '\uFEFF';

const CUT_OFF = 'The file ends in the middle of this line';
const NOT_A_CONTACT = 'It is not a contact in JSON';
const WEB_PAGE = 'It is from a web page or XML, not from a list of contacts';

/** The byte order mark is removed elsewhere; the decoder would remove one from every piece of a file. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A contact as an export gives it; empty fields are left out. */
export type Contact = IDataObject & { contact_id: string };

/** A line of a file cannot be read. The message, a sentence, says why. */
export class UnreadableLineError extends Error {
	override name = 'UnreadableLineError';

	/**
	 * @param line from 1
	 * @param isCutOff whether the file ended too soon; downloading it again may help then
	 */
	constructor(
		readonly line: number,
		message: string,
		readonly isCutOff: boolean,
	) {
		super(message);
	}
}

/** @param first character of the line */
function unreadable(line: number, first: number, isEnd: boolean): UnreadableLineError {
	if (first === LESS_THAN) return new UnreadableLineError(line, WEB_PAGE, false);
	const isCutOff = isEnd && first === OPENING_BRACE;
	return new UnreadableLineError(line, isCutOff ? CUT_OFF : NOT_A_CONTACT, isCutOff);
}

function tryParseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** A storage host's error in JSON has no contact ID. */
function isContact(value: unknown): value is Contact {
	return isObject(value) && typeof value.contact_id === 'string';
}

/**
 * The bytes in pieces of whole lines, so that no character is cut either. A piece is valid until the
 * next; only the last one can end without a line break, and then it has one line.
 *
 * @param onTooLong makes the error for a line that does not end
 */
async function* wholeLines(
	bytes: AsyncIterable<Uint8Array>,
	onTooLong: () => Error,
): AsyncGenerator<Uint8Array> {
	let buffer = new Uint8Array(64 * 1024);
	let length = 0;
	const append = (part: Uint8Array) => {
		if (length + part.length > buffer.length) {
			const larger = new Uint8Array(Math.max(length + part.length, 2 * buffer.length));
			larger.set(buffer.subarray(0, length));
			buffer = larger;
		}
		buffer.set(part, length);
		length += part.length;
	};
	for await (const chunk of bytes) {
		const end = chunk.lastIndexOf(NEWLINE) + 1;
		if (end > 0) {
			append(chunk.subarray(0, end));
			yield buffer.subarray(0, length);
			length = 0;
		}
		append(chunk.subarray(end));
		if (length > MAX_LINE_BYTES) throw onTooLong();
	}
	if (length > 0) yield buffer.subarray(0, length);
}

/** The text of UTF-8; `undefined` if it is not valid. */
function tryDecode(bytes: Uint8Array): string | undefined {
	try {
		return utf8.decode(bytes);
	} catch {
		return undefined;
	}
}

/** How many lines at the start of a piece that is not valid UTF-8 are valid. */
function countValidLines(piece: Uint8Array): number {
	for (let count = 0, start = 0; ; count++) {
		const newline = piece.indexOf(NEWLINE, start);
		const end = newline < 0 ? piece.length : newline;
		if (newline < 0 || tryDecode(piece.subarray(start, end)) === undefined) return count;
		start = end + 1;
	}
}

/**
 * Reads the contacts of a JSON file: one object per line, in UTF-8; blank lines are ignored.
 *
 * @param skip how many contacts to leave out at the start
 * @returns the contacts in batches, and lets others use the event loop after every half megabyte
 * @throws UnreadableLineError; what `bytes` throws
 */
export async function* parseContacts(
	bytes: AsyncIterable<Uint8Array>,
	skip = 0,
): AsyncGenerator<Contact[]> {
	const tooLong = () => new UnreadableLineError(line + 1, 'It is longer than 1 MB', false);
	let line = 0;
	let toSkip = skip;
	let batch: Contact[] = [];
	let characters = 0;
	for await (const piece of wholeLines(bytes, tooLong)) {
		let text = tryDecode(piece);
		if (text === undefined) {
			const valid = countValidLines(piece);
			// A file that was cut off may end in the middle of a character.
			const isCutOff = piece.at(-1) !== NEWLINE;
			throw new UnreadableLineError(line + valid + 1, 'It is not valid UTF-8', isCutOff);
		}
		if (line === 0 && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
		for (let start = 0; start < text.length;) {
			const newline = text.indexOf('\n', start);
			const end = newline < 0 ? text.length : newline;
			if (end - start > MAX_LINE_BYTES) throw tooLong();
			const content = text.slice(start, end).trim();
			line++;
			characters += end - start;
			start = end + 1;
			if (content === '') continue;
			if (toSkip > 0) {
				toSkip--;
				continue;
			}
			const contact = tryParseJson(content);
			if (contact === undefined) throw unreadable(line, content.charCodeAt(0), newline < 0);
			if (!isContact(contact)) throw new UnreadableLineError(line, NOT_A_CONTACT, false);
			batch.push(contact);
			if (characters >= CHARACTERS_PER_TURN) {
				yield batch;
				batch = [];
				characters = 0;
				// Awaiting a resolved promise would let neither timers nor the network proceed.
				await sleep(0);
			}
		}
		if (batch.length > 0) yield batch;
		batch = [];
	}
	if (toSkip > 0) {
		throw new UnreadableLineError(line + 1, 'The file ended before this line this time', true);
	}
}

/**
 * Counts the contacts of a file as its bytes pass through, and notices what is not such a file. JSON has
 * one contact per line; CSV has a header, and its quoted values may contain line breaks.
 */
export class ContactCounter {
	private records = 0;

	/** From 1; of the line that is being read. */
	private line = 1;

	private isQuoted = false;

	/** The first and the last byte of the record that is being read, other than blanks. */
	private first = 0;

	private last = 0;

	constructor(private readonly format: ExportFormat) {}

	/** In the lines that have ended. */
	get contacts(): number {
		return this.format === 'csv' ? Math.max(this.records - 1, 0) : this.records;
	}

	/** @throws UnreadableLineError */
	add(bytes: Uint8Array): void {
		const isCsv = this.format === 'csv';
		// Fields would make this loop, which sees every byte, several times slower.
		let { isQuoted, first, last } = this;
		for (let i = 0; i < bytes.length; i++) {
			const byte = bytes[i]!;
			if (byte === NEWLINE) {
				if (!isQuoted) {
					this.endRecord(first, last, false);
					first = 0;
				}
				this.line++;
			} else if (byte > SPACE) {
				if (first === 0) first = byte;
				last = byte;
				if (isCsv && byte === QUOTE) isQuoted = !isQuoted;
			}
		}
		Object.assign(this, { isQuoted, first, last });
	}

	/**
	 * @returns how many contacts the file had
	 * @throws UnreadableLineError
	 */
	finish(): number {
		if (this.isQuoted) throw new UnreadableLineError(this.line, CUT_OFF, true);
		this.endRecord(this.first, this.last, true);
		return this.contacts;
	}

	private endRecord(first: number, last: number, isEnd: boolean): void {
		if (first === 0) return;
		const isObjectStart =
			first === OPENING_BRACE || (this.records === 0 && first === FIRST_OF_BYTE_ORDER_MARK);
		if (this.format === 'json' && !(isObjectStart && last === CLOSING_BRACE)) {
			throw unreadable(this.line, isObjectStart ? OPENING_BRACE : first, isEnd);
		}
		if (this.format === 'csv' && this.records === 0 && first === LESS_THAN) {
			throw unreadable(this.line, first, isEnd);
		}
		// A storage host's error in JSON.
		if (this.format === 'csv' && this.records === 0 && first === OPENING_BRACE) {
			throw new UnreadableLineError(this.line, 'It is not the header of a CSV file', false);
		}
		this.records++;
	}
}
