import { SendGridApiError, type ErrorDetails } from '../errors';
import { joinSentences, sleepUnlessAborted } from '../utils';
import type { RequestContext } from './apiRequest';
import { getFreshLinks, type ContactExport, type ExportFormat } from './contactExports';
import { ContactCounter, parseContacts, UnreadableLineError, type Contact } from './contactLines';
import { DownloadError, openDownload, type BinaryStream, type Download } from './download';

const MAX_ATTEMPTS = 3;

const FIRST_BACKOFF_MS = 1_000;

/** A file of an export, stored. */
export interface StoredFile<Stored> {
	/** What the function that stored the file returned. */
	stored: Stored;
	/** Contacts in the file, as counted while it passed. */
	contactsCount: number;
	/** Bytes, unpacked. */
	fileSize: number;
}

/** The files of one export, and how often each has been attempted. */
class Downloads {
	private urls: string[];

	private attempts = 0;

	private hasFreshLink = false;

	constructor(
		private readonly context: RequestContext,
		private readonly contactExport: ContactExport,
		private readonly details: ErrorDetails,
	) {
		this.urls = contactExport.urls;
	}

	/** Call it before each file. */
	startFile(): void {
		this.attempts = 0;
		this.hasFreshLink = false;
	}

	async open(index: number): Promise<Download> {
		this.attempts++;
		return await openDownload(this.context, this.urls[index]!);
	}

	/**
	 * Waits until the file may be attempted again.
	 *
	 * @throws the item's error if it may not be
	 */
	async recover(index: number, thrown: unknown): Promise<void> {
		const retry = retryOf(thrown);
		if (retry === undefined) throw thrown;
		if (retry === 'withFreshLink' && !this.hasFreshLink) {
			this.hasFreshLink = true;
			this.urls = await getFreshLinks(this.context, this.contactExport, this.details);
			return;
		}
		if (retry !== 'again' || this.attempts >= MAX_ATTEMPTS) throw this.toItemError(index, thrown);
		await sleepUnlessAborted(FIRST_BACKOFF_MS * 2 ** (this.attempts - 1), this.context.signal);
	}

	/** @throws SendGridApiError if files ended too soon or have no end, by SendGrid's own count */
	checkCount(contacts: number, isComplete: boolean): void {
		const { id, contactCount } = this.contactExport;
		if (contactCount === undefined) return;
		const isTooFew = isComplete && contacts < contactCount;
		// Slightly too many is fine, since nothing is missing. This only ends what would not end.
		if (!isTooFew && contacts <= 2 * contactCount + 1000) return;
		throw new SendGridApiError(
			isTooFew
				? `The files of the export ${id} are not complete`
				: `The files of the export ${id} do not end`,
			`SendGrid exported ${contactCount} contacts, but the files contain ${isTooFew ? 'only' : 'more than'} ${contacts}. Run the node again later.`,
			this.details,
		);
	}

	private toItemError(index: number, thrown: unknown): SendGridApiError {
		const { length } = this.urls;
		const file =
			length === 1 ? "the export's file" : `file ${index + 1} of ${length} of the export`;
		const { message } = thrown as Error;
		const { status } = thrown instanceof DownloadError ? thrown : {};
		return new SendGridApiError(
			thrown instanceof UnreadableLineError
				? `Line ${thrown.line} of ${file} could not be read`
				: `${file[0]!.toUpperCase()}${file.slice(1)} could not be downloaded`,
			joinSentences(
				`${message}.`,
				this.attempts > 1 && `The download was attempted ${this.attempts} times.`,
				'Run the node again later.',
			),
			{ ...this.details, ...(status !== undefined && { http_status: status }) },
		);
	}
}

function retryOf(thrown: unknown): DownloadError['retry'] | undefined {
	if (thrown instanceof DownloadError) return thrown.retry;
	if (thrown instanceof UnreadableLineError) return thrown.isCutOff ? 'again' : 'never';
	return undefined;
}

/**
 * Reads the contacts of an export of format `json`, in order. A download that fails is started
 * again, and no contact comes twice. When the caller stops, or the limit is reached, the connection is
 * closed.
 *
 * @param details what an error contains about the item
 * @returns the contacts in batches
 * @throws SendGridApiError with `job_id`; the signal's reason
 */
export async function* readContacts(
	context: RequestContext,
	contactExport: ContactExport,
	{ limit = Infinity, details = {} }: { limit?: number; details?: ErrorDetails } = {},
): AsyncGenerator<Contact[]> {
	const downloads = new Downloads(context, contactExport, {
		...details,
		job_id: contactExport.id,
	});
	let total = 0;
	for (const index of contactExport.urls.keys()) {
		downloads.startFile();
		for (let delivered = 0, isDone = false; !isDone;) {
			let download: Download | undefined;
			try {
				download = await downloads.open(index);
				for await (const batch of parseContacts(download.bytes, delivered)) {
					const contacts = batch.length > limit - total ? batch.slice(0, limit - total) : batch;
					delivered += contacts.length;
					total += contacts.length;
					downloads.checkCount(total, false);
					yield contacts;
					if (total >= limit) return;
				}
				isDone = true;
			} catch (thrown) {
				await downloads.recover(index, thrown);
			} finally {
				download?.close();
			}
		}
	}
	downloads.checkCount(total, true);
}

/**
 * Stores the files of an export, one after the other.
 *
 * @param store called with a stream of the unpacked file and its number, from 0; once more, with a new
 * stream, if a download failed. Discard what it stored before.
 * @param details what an error contains about the item
 * @throws SendGridApiError with `job_id`; the signal's reason; what `store` throws
 */
export async function* storeFiles<Stored>(
	context: RequestContext,
	contactExport: ContactExport,
	{ format, details = {} }: { format: ExportFormat; details?: ErrorDetails },
	store: (stream: BinaryStream, index: number) => Promise<Stored>,
): AsyncGenerator<StoredFile<Stored>> {
	const downloads = new Downloads(context, contactExport, {
		...details,
		job_id: contactExport.id,
	});
	let total = 0;
	for (const index of contactExport.urls.keys()) {
		downloads.startFile();
		let file: StoredFile<Stored> | undefined;
		while (!file) {
			let download: Download | undefined;
			try {
				download = await downloads.open(index);
				const checkCount = (contacts: number) => downloads.checkCount(total + contacts, false);
				file = await storeFile(download, new ContactCounter(format), checkCount, async (stream) => {
					return await store(stream, index);
				});
			} catch (thrown) {
				await downloads.recover(index, thrown);
			} finally {
				download?.close();
			}
		}
		total += file.contactsCount;
		yield file;
	}
	downloads.checkCount(total, true);
}

async function storeFile<Stored>(
	download: Download,
	counter: ContactCounter,
	checkCount: (contacts: number) => void,
	store: (stream: BinaryStream) => Promise<Stored>,
): Promise<StoredFile<Stored>> {
	let fileSize = 0;
	let contactsCount: number | undefined;
	let failed: { thrown: unknown } | undefined;
	const bytes = async function* () {
		try {
			for await (const chunk of download.bytes) {
				counter.add(chunk);
				checkCount(counter.contacts);
				fileSize += chunk.length;
				yield chunk;
			}
			contactsCount = counter.finish();
		} catch (thrown) {
			failed = { thrown };
		}
		if (failed) throw failed.thrown;
	};
	const stored = await store(download.toStream(bytes())).catch((thrown: unknown) => {
		// n8n may have replaced the download's error with its own.
		throw failed ? failed.thrown : thrown;
	});
	if (contactsCount === undefined) throw new DownloadError('It was not stored completely', 'again');
	return { stored, contactsCount, fileSize };
}
