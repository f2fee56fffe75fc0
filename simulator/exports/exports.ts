import { randomUUID } from 'node:crypto';

import { type SimulatedClock, timestamp } from '../clock';
import type { ContactSelection } from '../contacts/contacts';
import { contactBytes, type ExportFile, type FileType } from './fileText';
import type { Links } from './links';
import {
	type CompleteExportSettings,
	completeExportSettings,
	type ExportSettings,
} from './settings';

const MEGABYTE = 1_000_000;

/** What is asked of an export. */
export interface ExportRequest {
	fileType: FileType;
	/** In megabytes of unpacked text. */
	maxFileSize: number;
	selection: ContactSelection;
}

/** An export job. */
export interface ExportRecord {
	readonly id: string;
	/** May be changed directly. */
	status: 'pending' | 'ready' | 'failure';
	/** Why it is a `failure`. */
	message?: string;
	readonly request: ExportRequest;
	/** Those that held when it was created. */
	readonly settings: CompleteExportSettings;
	readonly createdMs: number;
	completedMs?: number;
	/** Times it was read. */
	reads: number;
}

/** The account's export jobs. */
export class Exports {
	/** By ID. */
	readonly records = new Map<string, ExportRecord>();

	private current: CompleteExportSettings;

	constructor(
		private readonly initial: ExportSettings,
		private readonly clock: SimulatedClock,
		private readonly links: Links,
	) {
		this.current = completeExportSettings(initial);
	}

	get settings(): CompleteExportSettings {
		return this.current;
	}

	/** Applies to jobs that are created from now on. */
	set settings(settings: ExportSettings) {
		this.current = completeExportSettings(settings);
	}

	start(request: ExportRequest): ExportRecord {
		const record: ExportRecord = {
			id: randomUUID(),
			status: 'pending',
			request,
			settings: this.current,
			createdMs: this.clock.ms(),
			reads: 0,
		};
		this.records.set(record.id, record);
		return record;
	}

	/** The job as the API shows it; each read of one that is ready makes new links. */
	read(record: ExportRecord) {
		const { settings, request, createdMs } = record;
		const dueMs = createdMs + settings.pendingSeconds * 1000;
		if (record.status === 'pending' && record.reads >= settings.pendingReads) {
			if (dueMs <= this.clock.ms()) this.end(record);
		}
		record.reads++;
		const expiresMs = this.clock.ms() + settings.linkSeconds * 1000;
		const { status, message, completedMs } = record;
		const files = status === 'ready' ? filesOf(request, settings) : [];
		const urls = files.map((file, index) =>
			this.links.add(`${record.id}/${index}.${file.fileType}.gzip`, file, settings, expiresMs),
		);
		return {
			id: record.id,
			status,
			created_at: timestamp(createdMs),
			updated_at: timestamp(completedMs ?? createdMs),
			expires_at: timestamp(expiresMs),
			completed_at: completedMs === undefined ? undefined : timestamp(completedMs),
			urls: urls.length > 0 ? urls : undefined,
			contact_count: status === 'ready' ? contactCount(request.selection) : undefined,
			message,
		};
	}

	/** Ends the jobs that are pending, whatever they wait for. */
	complete(): void {
		for (const record of this.records.values()) {
			if (record.status === 'pending') this.end(record);
		}
	}

	/** Forgets everything. */
	clear(): void {
		this.records.clear();
		this.links.clear();
		this.settings = this.initial;
	}

	private end(record: ExportRecord): void {
		const { failure } = record.settings;
		record.completedMs = this.clock.ms();
		record.status = failure === undefined ? 'ready' : 'failure';
		record.message = failure;
	}
}

function contactCount({ added, generated }: ContactSelection): number {
	return added.length + generated;
}

function filesOf(request: ExportRequest, settings: CompleteExportSettings): ExportFile[] {
	const { selection, fileType, maxFileSize } = request;
	const count = contactCount(selection);
	if (count === 0 && settings.empty === 'noUrls') return [];
	const bytes = count * contactBytes(selection, fileType);
	const files = settings.files || Math.max(1, Math.ceil(bytes / (maxFileSize * MEGABYTE)));
	const perFile = Math.ceil(count / files);
	return Array.from({ length: files }, (_, index) => ({
		fileType,
		selection,
		from: Math.min(index * perFile, count),
		to: Math.min((index + 1) * perFile, count),
		hasHeader: count > 0 || settings.empty === 'headerOnly',
	}));
}
