import { randomUUID } from 'node:crypto';

import type { SimulatedClock } from './clock';
import { type ListRecord, newSegment, type SegmentRecord } from './records';

interface SamplingJob {
	segmentId: string;
	startedMs: number;
	timer?: NodeJS.Timeout;
}

/** What one SendGrid account holds, and the jobs that are still to renew its segments' samples. */
export class Account {
	/** By lower-case ID, in order of creation. */
	readonly segments = new Map<string, SegmentRecord>();
	readonly lists = new Map<string, ListRecord>();

	private readonly jobs = new Map<string, SamplingJob>();
	private refreshes = { utcDay: '', count: 0 };
	private segmentsMade = 0;

	/** @param refreshSeconds real seconds until a job completes; Infinity: only by completeJobs() */
	constructor(
		private readonly clock: SimulatedClock,
		private readonly refreshSeconds: number,
	) {}

	addSegment(partial: Partial<SegmentRecord>): SegmentRecord {
		const record = newSegment(partial, ++this.segmentsMade, this.clock.ms());
		this.segments.set(record.id, record);
		return record;
	}

	addList(list: Partial<ListRecord> & { name: string }): ListRecord {
		const id = (list.id ?? randomUUID()).toLowerCase();
		const record = { contact_count: 0, ...list, id };
		this.lists.set(id, record);
		return record;
	}

	/** Refreshes accepted today, by the UTC day. */
	get refreshesUsed(): number {
		return this.refreshes.utcDay === this.utcDay() ? this.refreshes.count : 0;
	}

	set refreshesUsed(count: number) {
		this.refreshes = { utcDay: this.utcDay(), count };
	}

	/** Starts a job that renews the segment's sample, and returns the job's ID. */
	startJob(segmentId: string): string {
		const jobId = randomUUID();
		const job: SamplingJob = { segmentId, startedMs: this.clock.ms() };
		if (Number.isFinite(this.refreshSeconds)) {
			job.timer = setTimeout(() => this.completeJob(jobId), this.refreshSeconds * 1000).unref();
		}
		this.jobs.set(jobId, job);
		return jobId;
	}

	completeJobs(): void {
		for (const jobId of [...this.jobs.keys()]) this.completeJob(jobId);
	}

	cancelJobs(): void {
		for (const { timer } of this.jobs.values()) clearTimeout(timer);
		this.jobs.clear();
	}

	/** Forgets everything, pending jobs included. */
	clear(): void {
		this.cancelJobs();
		this.segments.clear();
		this.lists.clear();
		this.refreshes.count = 0;
		this.segmentsMade = 0;
	}

	private completeJob(jobId: string): void {
		const job = this.jobs.get(jobId);
		if (!job) return;
		clearTimeout(job.timer);
		this.jobs.delete(jobId);
		const segment = this.segments.get(job.segmentId);
		if (!segment) return;
		// Later than the job's start even within one millisecond: that is the sign of new content.
		segment.sample_updated_at = new Date(
			Math.max(this.clock.ms(), job.startedMs + 1),
		).toISOString();
		if (segment.nextContactsCount !== undefined) {
			segment.contacts_count = segment.nextContactsCount;
			delete segment.nextContactsCount;
		}
		if (segment.status.query_validation === 'PENDING') {
			segment.status = { query_validation: 'VALID' };
		}
	}

	private utcDay(): string {
		return this.clock.now().toISOString().slice(0, 10);
	}
}
