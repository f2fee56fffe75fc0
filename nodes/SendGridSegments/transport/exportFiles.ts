import { SendGridApiError } from '../errors';
import { joinSentences, sleepUnlessAborted } from '../utils';
import type { RequestContext } from './apiRequest';
import { getFreshLinks, type ContactExport, type ExportFormat } from './contactExports';
import { countContacts, parseContacts, type Contact } from './contactLines';
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

/**
 * Downloads the files of an export, one after the other. A download that fails is started again, with
 * links that are read again if SendGrid's have expired.
 *
 * @param read called with each download
 * @returns what `read` returned, of the downloads that failed, too
 * @throws SendGridApiError; the signal's reason; what `read` throws
 */
async function* downloadFiles<Part>(
	context: RequestContext,
	contactExport: ContactExport,
	read: (download: Download, index: number) => AsyncIterable<Part>,
): AsyncGenerator<Part> {
	let { urls } = contactExport;
	for (const index of urls.keys()) {
		let hasFreshLink = false;
		for (let attempts = 1; ; attempts++) {
			const connection = new AbortController();
			let failure: unknown;
			try {
				yield* read(await openDownload(context, urls[index]!, connection.signal), index);
				break;
			} catch (thrown) {
				failure = thrown;
			} finally {
				connection.abort();
			}
			if (!(failure instanceof DownloadError)) throw failure;
			if (failure.retry === 'withFreshLink' && !hasFreshLink) {
				hasFreshLink = true;
				urls = await getFreshLinks(context, contactExport);
			} else if (failure.retry === 'again' && attempts < MAX_ATTEMPTS) {
				await sleepUnlessAborted(FIRST_BACKOFF_MS * 2 ** (attempts - 1), context.signal);
			} else {
				throw toItemError(contactExport, index, failure, attempts);
			}
		}
	}
}

function toItemError(
	{ urls: { length }, details }: ContactExport,
	index: number,
	thrown: DownloadError,
	attempts: number,
): SendGridApiError {
	const { status, line } = thrown.details;
	const file = length === 1 ? "the export's file" : `file ${index + 1} of ${length} of the export`;
	return new SendGridApiError(
		line === undefined
			? `${file[0]!.toUpperCase()}${file.slice(1)} could not be downloaded`
			: `Line ${line} of ${file} could not be read`,
		joinSentences(
			`${thrown.message}.`,
			attempts > 1 && `The download was attempted ${attempts} times.`,
			'Run the node again later.',
		),
		{ ...details, ...(status !== undefined && { http_status: status }) },
	);
}

/** @throws SendGridApiError if files ended too soon or have no end, by SendGrid's own count */
function checkCount(
	{ id, contactCount, details }: ContactExport,
	contacts: number,
	isComplete: boolean,
): void {
	if (contactCount === undefined) return;
	const isTooFew = isComplete && contacts < contactCount;
	// Slightly too many is fine, since nothing is missing. This only ends what would not end.
	if (!isTooFew && contacts <= 2 * contactCount + 1000) return;
	throw new SendGridApiError(
		isTooFew
			? `The files of the export ${id} are not complete`
			: `The files of the export ${id} do not end`,
		`SendGrid exported ${contactCount} contacts, but the files contain ${isTooFew ? 'only' : 'more than'} ${contacts}. Run the node again later.`,
		details,
	);
}

/**
 * Reads the contacts of an export of format `json`, in order. No contact comes twice, although
 * downloads may fail. When the caller stops, or the limit is reached, the connection is closed.
 *
 * @returns the contacts in batches
 * @throws SendGridApiError with `job_id`; the signal's reason
 */
export async function* readContacts(
	context: RequestContext,
	contactExport: ContactExport,
	limit = Infinity,
): AsyncGenerator<Contact[]> {
	/** Of each file, how many contacts. */
	const delivered = contactExport.urls.map(() => 0);
	const read = async function* ({ bytes }: Download, index: number) {
		for await (const contacts of parseContacts(bytes, delivered[index])) {
			delivered[index]! += contacts.length;
			yield contacts;
		}
	};
	let total = 0;
	for await (const batch of downloadFiles(context, contactExport, read)) {
		const contacts = batch.slice(0, limit - total);
		total += contacts.length;
		checkCount(contactExport, total, false);
		yield contacts;
		if (total >= limit) return;
	}
	checkCount(contactExport, total, true);
}

/**
 * Stores the files of an export, one after the other.
 *
 * @param store called with a stream of the unpacked file and its number, from 0; once more, with a new
 * stream, if a download failed. Discard what it stored before.
 * @throws SendGridApiError with `job_id`; the signal's reason; what `store` throws
 */
export async function* storeFiles<Stored>(
	context: RequestContext,
	contactExport: ContactExport,
	format: ExportFormat,
	store: (stream: BinaryStream, index: number) => Promise<Stored>,
): AsyncGenerator<StoredFile<Stored>> {
	let total = 0;
	const read = async function* (download: Download, index: number) {
		let contactsCount = 0;
		let fileSize = 0;
		let isComplete = false;
		let failure: unknown;
		const onCount = (contacts: number) => {
			contactsCount = contacts;
			checkCount(contactExport, total + contacts, false);
		};
		const bytes = async function* () {
			try {
				for await (const chunk of countContacts(download.bytes, format, onCount)) {
					fileSize += chunk.length;
					yield chunk;
				}
				isComplete = true;
			} catch (thrown) {
				failure = thrown;
			}
			if (failure) throw failure;
		};
		const stored = await store(download.toStream(bytes()), index).catch((thrown: unknown) => {
			// n8n may have replaced the download's error with its own.
			throw failure ?? thrown;
		});
		if (!isComplete) throw new DownloadError('It was not stored completely', 'again');
		total += contactsCount;
		yield { stored, contactsCount, fileSize };
	};
	yield* downloadFiles(context, contactExport, read);
	checkCount(contactExport, total, true);
}
