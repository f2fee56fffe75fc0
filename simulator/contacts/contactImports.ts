import { randomUUID } from 'node:crypto';

import type { SimulatedClock } from '../clock';

const STATUSES = ['pending', 'completed', 'errored', 'failed'] as const;

export type ImportStatus = (typeof STATUSES)[number];

/** Counts that are zero are left out, as SendGrid does. */
export interface ImportResults {
	requested_count: number;
	created_count?: number;
	updated_count?: number;
	deleted_count?: number;
	errored_count?: number;
	errors_url?: string;
}

/** A contact import, or an upsert, as the API shows it. */
export interface ImportRecord {
	id: string;
	status: ImportStatus;
	job_type: string;
	results: ImportResults;
	started_at: string;
	finished_at?: string;
}

export interface ImportUpdate {
	/** Default: every import that is pending. */
	id?: string;
	/** Default `completed`. */
	status?: ImportStatus;
	/** The counts; default: what goes with the status, one contact that did not succeed if `errored`. */
	results?: Partial<ImportResults>;
}

/** The account's contact imports. */
export class ContactImports {
	/** By lower-case ID. */
	readonly records = new Map<string, ImportRecord>();

	/** What cancels an import's end, by its ID. */
	private readonly pending = new Map<string, () => void>();
	/** What an import does once it is completed, by its ID. */
	private readonly effects = new Map<string, () => void>();

	/** @param importSeconds simulated seconds until an import is completed; Infinity: only by update() */
	constructor(
		private readonly clock: SimulatedClock,
		private readonly importSeconds: number,
	) {}

	/** Starts an upsert. Its counts appear after half of importSeconds; `complete` is called if it is completed. */
	start(requestedCount: number, complete: () => void): ImportRecord {
		const record = this.add({ results: { requested_count: requestedCount } });
		this.effects.set(record.id, complete);
		const cancelCounts = this.clock.after(this.importSeconds * 500, () =>
			this.setStatus(record, 'pending'),
		);
		const cancelEnd = this.clock.after(this.importSeconds * 1000, () =>
			this.setStatus(record, 'completed'),
		);
		this.pending.set(record.id, () => {
			cancelCounts();
			cancelEnd();
		});
		return record;
	}

	/** Adds an import that stays as it is until it is updated. */
	add(partial: Partial<ImportRecord> = {}): ImportRecord {
		const record: ImportRecord = {
			status: 'pending',
			job_type: 'upsert_contacts',
			results: { requested_count: 1 },
			started_at: this.clock.timestamp(),
			...partial,
			id: (partial.id ?? randomUUID()).toLowerCase(),
		};
		this.records.set(record.id, record);
		return record;
	}

	/** Sets the status and counts of one import, or of all that are pending. */
	update({ id, status = 'completed', results }: ImportUpdate): void {
		if (!STATUSES.includes(status)) throw new Error(`Not a status: ${String(status)}`);
		const records = [...this.records.values()].filter((record) =>
			id === undefined ? record.status === 'pending' : record.id === id.toLowerCase(),
		);
		if (id !== undefined && records.length === 0) throw new Error(`There is no import ${id}`);
		for (const record of records) {
			this.pending.get(record.id)?.();
			this.setStatus(record, status, results);
		}
	}

	cancelPending(): void {
		for (const cancel of this.pending.values()) cancel();
		this.pending.clear();
	}

	/** Forgets everything. */
	clear(): void {
		this.cancelPending();
		this.effects.clear();
		this.records.clear();
	}

	private setStatus(
		record: ImportRecord,
		status: ImportStatus,
		results?: Partial<ImportResults>,
	): void {
		const { requested_count } = record.results;
		record.status = status;
		record.results = { requested_count, ...(results ?? usualCounts(status, requested_count)) };
		if (status === 'pending') delete record.finished_at;
		else record.finished_at = this.clock.timestamp();
		if (status === 'completed') {
			this.effects.get(record.id)?.();
			this.effects.delete(record.id);
		}
	}
}

function usualCounts(status: ImportStatus, requested: number): Partial<ImportResults> {
	if (status === 'pending' || status === 'completed') return { created_count: requested };
	const errored = status === 'errored' ? 1 : requested;
	return {
		...(requested > errored && { created_count: requested - errored }),
		errored_count: errored,
		errors_url: 'https://example.com/errors.csv',
	};
}
