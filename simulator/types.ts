import type { SimulatedClock } from './clock';
import type { ImportRecord, ImportUpdate } from './contactImports';
import type { Fault } from './faults';
import type { SimulatorKeys } from './keys';
import type { QueryRule } from './queryRules';
import type { RateLimit } from './rateLimit';
import type { ListRecord, SegmentRecord, SingleSendInput, SingleSendRecord } from './records';
import type { LoggedRequest } from './requestLog';

export interface SimulatorOptions {
	/** Default 0: any free one. */
	port?: number;
	/** Default 127.0.0.1. */
	host?: string;
	/** Real seconds until an accepted refresh completes; default 2. Infinity: only by completeRefreshes(). */
	refreshSeconds?: number;
	/**
	 * Real seconds until a created or updated segment is counted; default 3, as recorded. Infinity: only
	 * by completeRefreshes().
	 */
	countSeconds?: number;
	/** Real seconds until a contact import is completed; default 4. Infinity: only by updateImports(). */
	importSeconds?: number;
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
	readonly keys: SimulatorKeys;
	/** All rules, timestamps, `Date` and `X-RateLimit-Reset` follow it; it runs on from what it was set to. */
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
	/** Which status new and changed queries get; the first rule that matches applies. */
	queryRules: QueryRule[];
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
	clearFaults(): void;
	/** Delays every response. */
	setLatency(ms: number): void;
	/** Back to how it was at the start: account, clock, faults, latency, rate limit and log. */
	reset(): void;
	/** Closes all connections, those with a request in progress too. */
	stop(): Promise<void>;
}
