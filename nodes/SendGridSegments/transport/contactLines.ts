import { sleep, type IDataObject } from 'n8n-workflow';
import { isObject } from '../utils';
import type { ExportFormat } from './contactExports';
import { DownloadError } from './download';

/** Longer than any contact. */
const MAX_LINE_BYTES = 1024 * 1024;

/** After this many bytes, n8n gets a turn. */
const BYTES_PER_TURN = 512 * 1024;

const NEWLINE = 0x0a;

const CUT_OFF = 'The file ends in the middle of this line';
const NOT_A_CONTACT = 'It is not a contact in JSON';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A contact as an export gives it; empty fields are left out. */
export type Contact = IDataObject & { contact_id: string };

/** A line of a file cannot be read. The message, a sentence, says why. */
export class UnreadableLineError extends DownloadError {
	override name = 'UnreadableLineError';

	/**
	 * @param line from 1
	 * @param isCutOff whether the file ended too soon; downloading it again may help then
	 */
	constructor(
		readonly line: number,
		message: string,
		isCutOff = false,
	) {
		super(message, isCutOff ? 'again' : 'never');
	}
}

/** A line of a file, without its line break. */
interface Line {
	/** From 1. */
	number: number;
	bytes: Buffer;
	/** Whether the file ends here, without a line break. */
	isEnd: boolean;
}

/** Cuts a file into lines while its bytes arrive, since a chunk may end in the middle of a character. */
class LineSplitter {
	/** Of the line that is arriving. */
	number = 1;

	private parts: Uint8Array[] = [];

	private size = 0;

	/**
	 * @returns the lines that end in this chunk
	 * @throws UnreadableLineError
	 */
	add(chunk: Uint8Array): Line[] {
		const lines: Line[] = [];
		let start = 0;
		for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
			this.append(chunk.subarray(start, end));
			lines.push(this.take(false));
			start = end + 1;
		}
		this.append(chunk.subarray(start));
		return lines;
	}

	/** @returns the line that the file ends in, if it does not end with a line break */
	end(): Line[] {
		return this.size > 0 ? [this.take(true)] : [];
	}

	private append(part: Uint8Array): void {
		this.parts.push(part);
		this.size += part.length;
		if (this.size > MAX_LINE_BYTES) {
			throw new UnreadableLineError(this.number, 'It is longer than 1 MB');
		}
	}

	private take(isEnd: boolean): Line {
		const line = { number: this.number++, bytes: Buffer.concat(this.parts), isEnd };
		this.parts = [];
		this.size = 0;
		return line;
	}
}

/** Why a line is not a contact, from its text without the blanks around it. */
function notAContact({ number, isEnd }: Line, text: string): UnreadableLineError {
	if (text.startsWith('<')) {
		const message = 'It is from a web page or XML, not from a list of contacts';
		return new UnreadableLineError(number, message);
	}
	const isCutOff = isEnd && text.startsWith('{');
	const message = isCutOff ? CUT_OFF : NOT_A_CONTACT;
	return new UnreadableLineError(number, message, isCutOff);
}

/** The text of UTF-8, without a byte order mark; `undefined` if it is not valid. */
function tryDecode(bytes: Uint8Array): string | undefined {
	try {
		return utf8.decode(bytes);
	} catch {
		return undefined;
	}
}

/**
 * @returns nothing for a blank line
 * @throws UnreadableLineError
 */
function parseContact(line: Line): Contact | undefined {
	const text = tryDecode(line.bytes)?.trim();
	if (text === '') return undefined;
	if (text === undefined) {
		// A file that was cut off may end in the middle of a character.
		throw new UnreadableLineError(line.number, 'It is not valid UTF-8', line.isEnd);
	}
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw notAContact(line, text);
	}
	// A storage host's error in JSON has no contact ID.
	if (isObject(value) && typeof value.contact_id === 'string') return value as Contact;
	throw new UnreadableLineError(line.number, NOT_A_CONTACT);
}

/**
 * Reads the contacts of a JSON file: one object per line, in UTF-8; blank lines are ignored.
 *
 * @param skip how many contacts to leave out at the start
 * @returns the contacts in batches
 * @throws UnreadableLineError; what `bytes` throws
 */
export async function* parseContacts(
	bytes: AsyncIterable<Uint8Array>,
	skip = 0,
): AsyncGenerator<Contact[]> {
	const splitter = new LineSplitter();
	const chunks = async function* () {
		let bytesInTurn = 0;
		for await (const chunk of bytes) {
			yield splitter.add(chunk);
			bytesInTurn += chunk.length;
			if (bytesInTurn < BYTES_PER_TURN) continue;
			bytesInTurn = 0;
			// Awaiting a resolved promise would let neither timers nor the network proceed.
			await sleep(0);
		}
		yield splitter.end();
	};
	let toSkip = skip;
	for await (const lines of chunks()) {
		const contacts = lines.flatMap((line) => parseContact(line) ?? []);
		if (contacts.length > toSkip) yield contacts.slice(toSkip);
		toSkip = Math.max(toSkip - contacts.length, 0);
	}
	if (toSkip > 0) {
		const message = 'The file ended before this line this time';
		throw new UnreadableLineError(splitter.number, message, true);
	}
}

/**
 * Counts the contacts of a file as its bytes pass through, and notices what is not such a file. JSON has
 * one contact per line; CSV has a header, and its quoted values may contain line breaks.
 */
export class ContactCounter {
	private readonly splitter = new LineSplitter();

	private records = 0;

	/** Whether a quoted value continues on the next line. */
	private isQuoted = false;

	constructor(private readonly format: ExportFormat) {}

	/** In the lines that have ended. */
	get contacts(): number {
		return this.format === 'csv' ? Math.max(this.records - 1, 0) : this.records;
	}

	/** @throws UnreadableLineError */
	add(chunk: Uint8Array): void {
		this.countAll(this.splitter.add(chunk));
	}

	/**
	 * @returns how many contacts the file had
	 * @throws UnreadableLineError
	 */
	finish(): number {
		const { number } = this.splitter;
		this.countAll(this.splitter.end());
		if (this.isQuoted) throw new UnreadableLineError(number, CUT_OFF, true);
		return this.contacts;
	}

	private countAll(lines: Line[]): void {
		for (const line of lines) {
			const text = line.bytes.toString().trim();
			if (text === '') continue;
			if (this.format === 'json') this.checkJson(line, text);
			else this.checkCsv(line, text);
			if (!this.isQuoted) this.records++;
		}
	}

	private checkJson(line: Line, text: string): void {
		if (!text.startsWith('{') || !text.endsWith('}')) throw notAContact(line, text);
	}

	private checkCsv(line: Line, text: string): void {
		const isHeader = this.records === 0;
		if (isHeader && text.startsWith('<')) throw notAContact(line, text);
		// A storage host's error in JSON.
		if (isHeader && text.startsWith('{')) {
			throw new UnreadableLineError(line.number, 'It is not the header of a CSV file');
		}
		const quotes = text.split('"').length - 1;
		if (quotes % 2 === 1) this.isQuoted = !this.isQuoted;
	}
}
