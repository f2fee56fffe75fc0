import { randomUUID } from 'node:crypto';

import { type SimulatedClock, timestamp } from './clock';
import { ContactImports } from './contacts/contactImports';
import { Contacts } from './contacts/contacts';
import type { QueryRule } from './queryRules';
import { type ApiSettings, completeApiSettings } from './apiSettings';
import {
	HOUR_MS,
	type ListRecord,
	newSegment,
	newSingleSend,
	sampleContacts,
	type SegmentRecord,
	type SegmentStatus,
	type SingleSendInput,
	type SingleSendRecord,
} from './records';

interface SamplingJob {
	segmentId: string;
	startedMs: number;
	/** What becomes of the query; undefined: it stays as it is, or VALID where it is PENDING. */
	finalStatus?: SegmentStatus;
	cancel: () => void;
}

/** How many simulated seconds background jobs take; Infinity: until a test completes them. */
interface Durations {
	refreshSeconds: number;
	countSeconds: number;
	importSeconds: number;
}

/** What one SendGrid account contains, and the jobs that will update its segments' samples. */
export class Account {
	/** By lower-case ID, in the order they were added. */
	readonly segments = new Map<string, SegmentRecord>();
	readonly lists = new Map<string, ListRecord>();
	readonly singleSends = new Map<string, SingleSendRecord>();
	readonly imports: ContactImports;
	readonly contacts: Contacts;
	queryRules: QueryRule[] = [];
	settings: ApiSettings;

	private readonly deletedSegments = new Map<string, SegmentRecord>();
	/** Refreshes by job ID, counts by segment ID. */
	private readonly jobs = new Map<string, SamplingJob>();
	private refreshes = { utcDay: '', count: 0 };
	private segmentsMade = 0;

	constructor(
		private readonly clock: SimulatedClock,
		private readonly durations: Durations,
		private readonly initialSettings: Partial<ApiSettings>,
	) {
		this.settings = completeApiSettings(initialSettings);
		this.imports = new ContactImports(clock, durations.importSeconds);
		this.contacts = new Contacts(this.segments, this.deletedSegments, this.lists);
	}

	addSegment(partial: Partial<SegmentRecord>): SegmentRecord {
		const record = newSegment(partial, ++this.segmentsMade, this.clock.ms());
		this.segments.set(record.id, record);
		return record;
	}

	/** Now, as the API writes it. */
	now(): string {
		return this.clock.timestamp();
	}

	deleteSegment(segment: SegmentRecord): void {
		this.segments.delete(segment.id);
		this.deletedSegments.set(segment.id, segment);
	}

	addList(list: Partial<ListRecord> & { name: string }): ListRecord {
		const id = (list.id ?? randomUUID()).toLowerCase();
		const record = { contact_count: 0, ...list, id };
		this.lists.set(id, record);
		return record;
	}

	addSingleSend(input: SingleSendInput): SingleSendRecord {
		const record = newSingleSend(input, this.clock.ms());
		this.singleSends.set(record.id, record);
		return record;
	}

	/** Refreshes accepted today, by the UTC day. */
	get refreshesUsed(): number {
		return this.refreshes.utcDay === this.utcDay() ? this.refreshes.count : 0;
	}

	set refreshesUsed(count: number) {
		this.refreshes = { utcDay: this.utcDay(), count };
	}

	/** Starts to update the segment's sample, and returns the job's ID. */
	startRefresh(segmentId: string): string {
		const jobId = randomUUID();
		this.startJob(jobId, { segmentId }, this.durations.refreshSeconds);
		return jobId;
	}

	/** Starts to count a segment that was created or updated, in place of an earlier count. */
	startCount(segmentId: string, finalStatus?: SegmentStatus): void {
		this.jobs.get(segmentId)?.cancel();
		this.startJob(segmentId, { segmentId, finalStatus }, this.durations.countSeconds);
	}

	completeJobs(): void {
		for (const key of [...this.jobs.keys()]) this.completeJob(key);
	}

	cancelJobs(): void {
		for (const { cancel } of this.jobs.values()) cancel();
		this.jobs.clear();
		this.imports.cancelPending();
	}

	/** Forgets everything, pending jobs included. */
	clear(): void {
		this.cancelJobs();
		this.segments.clear();
		this.lists.clear();
		this.singleSends.clear();
		this.imports.clear();
		this.contacts.clear();
		this.deletedSegments.clear();
		this.queryRules = [];
		this.settings = completeApiSettings(this.initialSettings);
		this.refreshes.count = 0;
		this.segmentsMade = 0;
	}

	private startJob(
		key: string,
		about: Pick<SamplingJob, 'segmentId' | 'finalStatus'>,
		seconds: number,
	): void {
		const cancel = this.clock.after(seconds * 1000, () => this.completeJob(key));
		this.jobs.set(key, { ...about, startedMs: this.clock.ms(), cancel });
	}

	private completeJob(key: string): void {
		const job = this.jobs.get(key);
		if (!job) return;
		job.cancel();
		this.jobs.delete(key);
		const segment = this.segments.get(job.segmentId);
		if (!segment) return;

		const isPending = segment.status.query_validation === 'PENDING';
		segment.status =
			job.finalStatus ?? (isPending ? { query_validation: 'VALID' } : segment.status);
		if (segment.status.query_validation === 'INVALID') return;

		// Later than the job's start and than before even within one second: that is the sign of new content.
		const before = Date.parse(segment.sample_updated_at ?? '') || 0;
		const sampledMs = Math.max(this.clock.ms(), job.startedMs + 1000, before + 1000);
		segment.sample_updated_at = timestamp(sampledMs);
		segment.next_sample_update ??= timestamp(sampledMs + HOUR_MS);
		if (segment.nextContactsCount !== undefined) {
			segment.contacts_count = segment.nextContactsCount;
			delete segment.nextContactsCount;
		}
		if (segment.contacts_sample.length === 0) {
			segment.contacts_sample = sampleContacts(segment.id, segment.contacts_count, sampledMs);
		}
	}

	private utcDay(): string {
		return this.clock.now().toISOString().slice(0, 10);
	}
}
