import type { Segment } from '../../../nodes/SendGridSegments/transport/segments';

type Status = 'VALID' | 'PENDING' | 'INVALID';

interface Record {
	id: string;
	name: string;
	count: number;
	status: Status;
	/** Whether it was counted since its latest edit. */
	isCounted: boolean;
	createdAt: number;
	updatedAt: number;
	sampleAt: number;
	/** What no response shows: how often it was edited and counted. */
	edits: number;
	samples: number;
}

const timestamp = (seconds: number) => new Date(seconds * 1000).toISOString();

/** An account as SendGrid has been seen to keep it: only edits move `updated_at`. */
export class World {
	readonly records: Record[] = [];

	now = 1_800_000_000;

	private created = 0;

	/** One of the segments, by any number; `undefined` if there is none. */
	private pick(index: number): Record | undefined {
		return this.records[index % Math.max(this.records.length, 1)];
	}

	create(): void {
		const number = ++this.created;
		this.records.push({
			id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
			name: `Segment ${number}`,
			count: 0,
			status: 'VALID',
			isCounted: false,
			createdAt: this.now,
			updatedAt: this.now,
			sampleAt: 0,
			edits: 0,
			samples: 0,
		});
	}

	edit(index: number, status: Status): void {
		const record = this.pick(index);
		if (!record) return;
		const edits = record.edits + 1;
		const name = `${record.name.split(' v')[0]} v${edits}`;
		Object.assign(record, { edits, name, status, isCounted: false, updatedAt: this.now });
	}

	/** SendGrid counts the contacts, which it can only do where the query is valid. */
	count(index: number, count: number): void {
		const record = this.pick(index);
		if (!record) return;
		const samples = record.samples + 1;
		const status = 'VALID';
		Object.assign(record, { samples, count, status, isCounted: true, sampleAt: this.now });
	}

	/** A field that the query uses disappears. */
	break(index: number): void {
		const record = this.pick(index);
		if (record) record.status = 'INVALID';
	}

	remove(index: number): void {
		if (this.records.length > 0) this.records.splice(index % this.records.length, 1);
	}

	/** The list as SendGrid returns it, newest first. */
	list(): Segment[] {
		return this.records
			.map((record) => ({
				id: record.id,
				name: record.name,
				contacts_count: record.count,
				sample_updated_at: record.sampleAt ? timestamp(record.sampleAt) : null,
				next_sample_update: record.isCounted ? timestamp(record.sampleAt + 3600) : null,
				created_at: timestamp(record.createdAt),
				updated_at: timestamp(record.updatedAt),
				status: {
					query_validation: record.status,
					...(record.status === 'INVALID' && { error_message: 'no such field' }),
				},
			}))
			.reverse();
	}
}

/** What a response can say once that is not so. */
export type Oddity = 'emptyList' | 'noCount' | 'year1';

const YEAR_1 = '0001-01-01T00:00:00Z';

/**
 * The list of the same segments in a response that says nothing useful of them.
 *
 * @param isOld a new segment has no past that these could be compared with
 */
export function distort(
	segments: Segment[],
	oddity: Oddity,
	isOld: (id: string) => boolean,
): Segment[] {
	if (oddity === 'emptyList') return [];
	const times = { created_at: YEAR_1, updated_at: YEAR_1, sample_updated_at: YEAR_1 };
	const odd = oddity === 'noCount' ? { contacts_count: null } : { ...times, contacts_count: 0 };
	return segments.map((one) => (isOld(one.id) ? { ...one, ...odd } : one));
}

interface Known {
	name: string;
	edits: number;
	samples: number;
	count: number;
	isInvalid: boolean;
	brokenBy: string;
}

interface Watched {
	events: string[];
	minChange: number;
	minChangePercent: number;
}

/**
 * What a poll should report, by counters that no response shows, and with a memory that nothing is
 * ever lost from.
 */
export class Model {
	private known?: Map<string, Known>;

	private wasEmpty = false;

	constructor(private readonly watched: Watched) {}

	/** The next poll takes a baseline. */
	startOver(): void {
		this.known = undefined;
	}

	hasSeen(id: string): boolean {
		return this.known?.has(id) ?? false;
	}

	/** Whether the poll before the next one had an empty list, as far as n8n knows. */
	setWasEmpty(wasEmpty: boolean): void {
		this.wasEmpty = wasEmpty;
	}

	/** Takes the baseline the first time. */
	poll({ records }: World): string[] {
		const isEmpty = records.length === 0;
		const isBelieved = !isEmpty || this.wasEmpty || !this.known?.size;
		this.wasEmpty = isEmpty;
		if (!isBelieved) return [];
		const { events, minChange, minChangePercent } = this.watched;
		const reports: string[] = [];
		const report = (event: string, id: string) => {
			if (events.includes(event)) reports.push(`${event} ${id}`);
		};
		const next = new Map<string, Known>();
		for (const { id, name, edits, samples, count, isCounted, status } of records) {
			const brokenBy = `${edits} ${samples}`;
			const isInvalid = status === 'INVALID';
			const seen: Known = { name, edits, samples, count, isInvalid, brokenBy };
			if (!this.known) {
				next.set(id, seen);
				continue;
			}
			const reported = this.known.get(id);
			const isCreation = !reported && events.includes('created');
			if (isCreation) report('created', id);
			const was =
				reported ??
				(isCreation
					? { ...seen, isInvalid: false }
					: { name, edits: 0, samples: 0, count: 0, isInvalid: false, brokenBy: '' });
			const now = { ...was, name, edits, isInvalid, brokenBy };
			if (edits > was.edits) report('updated', id);
			if (isCounted && status !== 'PENDING') {
				if (samples > was.samples) report('refreshed', id);
				now.samples = samples;
				const change = Math.abs(count - was.count);
				if (change > 0 && change >= minChange && change / was.count >= minChangePercent / 100) {
					report('countChanged', id);
					now.count = count;
				}
			}
			if (isInvalid && !(was.isInvalid && was.brokenBy === brokenBy)) report('invalid', id);
			next.set(id, now);
		}
		for (const id of this.known?.keys() ?? []) if (!next.has(id)) report('deleted', id);
		this.known = next;
		return reports.sort();
	}
}
