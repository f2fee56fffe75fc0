import type { SimulatedClock } from './clock';
import type { ImportRecord, ImportUpdate } from './contacts/contactImports';
import type { ContactInput, ContactRecord } from './contacts/records';
import type { DownloadFault } from './exports/downloadFaults';
import type { LoggedDownload } from './exports/downloadLog';
import type { ExportRecord } from './exports/exports';
import type { CompleteExportSettings, ExportSettings } from './exports/settings';
import type { Fault } from './faults';
import type { SimulatorKeys } from './keys';
import type { QueryRule } from './queryRules';
import type { RateLimit } from './rateLimit';
import type { ListRecord, SegmentRecord, SingleSendInput, SingleSendRecord } from './records';
import type { LoggedRequest } from './requestLog';
import type { ApiSettings } from './apiSettings';

export interface SimulatorOptions {
	/** Default 0: any free one. */
	port?: number;
	/** Default 127.0.0.1. */
	host?: string;
	/** Simulated seconds until an accepted refresh completes; default 2. Infinity: only by completeRefreshes(). */
	refreshSeconds?: number;
	/**
	 * Simulated seconds until a created or updated segment is counted; default 3, as recorded. Infinity: only
	 * by completeRefreshes().
	 */
	countSeconds?: number;
	/** Simulated seconds until a contact import is completed; default 4. Infinity: only by updateImports(). */
	importSeconds?: number;
	/** Default `off`; see ApiSettings. */
	updateTooSoon?: ApiSettings['updateTooSoon'];
	/** Default `array`; see ApiSettings. */
	emptyLists?: ApiSettings['emptyLists'];
	/** How exports turn out. */
	exports?: ExportSettings;
	/** Of the storage host that has the files of exports; default 0: any free one. */
	filePort?: number;
	/** Certificate and key in PEM, for a storage host that speaks `https:`; without, it speaks `http:`. */
	fileHostTls?: { cert: string; key: string };
	/** The general rate limit; default 600 requests per minute, API key and endpoint family. */
	rateLimit?: RateLimit;
	/** Pages the list of segments, which SendGrid does not do today. */
	pageSize?: number;
	/** Prints a line per request. */
	log?: boolean;
	/** Fills the account, at the start and after every reset(). */
	seed?: (simulator: Simulator) => void;
}

/** A running SendGrid Segments 2.0 API with one account. */
export interface Simulator {
	/** Without a slash at the end. */
	readonly url: string;
	/** The storage host, of another origin than `url`. */
	readonly fileHostUrl: string;
	readonly keys: SimulatorKeys;
	/**
	 * All rules, timestamps, `Date` and `X-RateLimit-Reset` follow it, and all that takes time except
	 * latency. It runs on from what it was set to; what becomes due by advance() or set() is done at once.
	 */
	readonly clock: Pick<SimulatedClock, 'now' | 'set' | 'advance' | 'reset'>;

	/** By lower-case ID; may be changed directly. */
	readonly segments: Map<string, SegmentRecord>;
	readonly lists: Map<string, ListRecord>;
	readonly singleSends: Map<string, SingleSendRecord>;
	readonly imports: Map<string, ImportRecord>;
	/** Adds a segment that is counted; with `sample_updated_at: null`, one that is not yet. */
	addSegment(partial?: Partial<SegmentRecord>): SegmentRecord;
	addSegments(
		count: number,
		partialOf?: (index: number) => Partial<SegmentRecord>,
	): SegmentRecord[];
	addList(list: Partial<ListRecord> & { name: string }): ListRecord;
	/** Adds a single send; with `send_at` it is scheduled, else a draft. */
	addSingleSend(input?: SingleSendInput): SingleSendRecord;
	/** Adds a contact import that stays as it is until updateImports(). */
	addImport(partial?: Partial<ImportRecord>): ImportRecord;
	/** Sets the status and counts of one contact import, or of all that are pending; default: completes them. */
	updateImports(update?: ImportUpdate): void;
	/** The contacts that were added, by lower-case email. */
	readonly contacts: Map<string, ContactRecord>;
	/**
	 * Makes the segment consist of the contacts that are added to it, and its count follow. A segment
	 * without has as many generated contacts as `nextContactsCount` or else `contacts_count` says, the
	 * same `contact-1@example.com` to `contact-n@example.com` in each.
	 */
	addContacts(segmentId: string, contacts: ContactInput[]): ContactRecord[];
	/** Export jobs by ID; `status` and `message` may be changed directly. */
	readonly exports: Map<string, ExportRecord>;
	/** How exports that are started from now on turn out; setting it sets what is left out to its default. */
	get exportSettings(): CompleteExportSettings;
	set exportSettings(settings: ExportSettings);
	/** Ends all export jobs that are pending. */
	completeExports(): void;
	/** Every request to the storage host in order of arrival; they are not in `log`. */
	readonly downloads: LoggedDownload[];
	downloadFault(fault: DownloadFault): void;
	/** Which status new and changed queries get; the first rule that matches applies. */
	queryRules: QueryRule[];
	/** What becomes of an update within five minutes of the segment's last change. */
	updateTooSoon: ApiSettings['updateTooSoon'];
	/** How lists without entries are sent. */
	emptyLists: ApiSettings['emptyLists'];
	/** Refreshes accepted on today's UTC day, across all segments. */
	accountRefreshesUsed: number;
	/** Completes now the refreshes that were accepted, and the counting of created and updated segments. */
	completeRefreshes(): void;

	/** The general rate limit; setting it begins to count from zero. */
	get rateLimit(): Required<RateLimit>;
	set rateLimit(rateLimit: RateLimit);
	/** Requests that the general rate limit turned away since the start or resetLog(). */
	readonly rateLimited: number;

	/** Every request in order of arrival, those that a fault dropped included. */
	readonly log: LoggedRequest[];
	requests(method?: string, pathIncludes?: string): LoggedRequest[];
	/** Requests in progress now, until their response has been sent or their connection is gone. */
	readonly inFlight: number;
	/** The most there were in progress at once since the start or resetLog(). */
	readonly maxInFlight: number;
	resetLog(): void;

	fault(fault: Fault): void;
	/** Forgets all faults, those of downloads too. */
	clearFaults(): void;
	/** Delays every response. */
	setLatency(ms: number): void;
	/** Back to how it was at the start: account, clock, faults, latency, rate limit and log. */
	reset(): void;
	/** Closes all connections, those with a request in progress too. */
	stop(): Promise<void>;
}
