import type { ListRecord, SegmentRecord } from '../records';
import { generatedContact, generatedNumber } from './generated';
import { type ContactInput, type ContactRecord, newContact } from './records';

/** Contacts of an export: those that were added, then the first `generated` ones. */
export interface ContactSelection {
	added: ContactRecord[];
	generated: number;
}

/**
 * The account's contacts. A segment to which contacts were added consists of exactly these. Any other
 * segment or list has as many generated contacts as its count says: contact number n is in each whose
 * count is n or more.
 */
export class Contacts {
	/** Those that were added, by lower-case email. */
	readonly added = new Map<string, ContactRecord>();

	private readonly segmentsWithAdded = new Set<string>();

	/** @param deletedSegments linger in the contacts' `segment_ids` */
	constructor(
		private readonly segments: Map<string, SegmentRecord>,
		private readonly deletedSegments: Map<string, SegmentRecord>,
		private readonly lists: Map<string, ListRecord>,
	) {}

	/**
	 * Adds contacts to a segment, whose count follows. One whose address is known is the same contact.
	 *
	 * @throws Error if there is no such segment
	 */
	add(segmentId: string, inputs: ContactInput[], now: string): ContactRecord[] {
		const segment = this.segments.get(segmentId.toLowerCase());
		if (!segment) throw new Error(`There is no segment ${segmentId}`);
		this.segmentsWithAdded.add(segment.id);
		const records = inputs.map((input) => {
			const known = this.added.get(input.email.toLowerCase());
			const record = newContact({ ...known, ...input }, now);
			record.segment_ids = [...new Set([...record.segment_ids, segment.id])];
			this.added.set(record.email, record);
			return record;
		});
		segment.contacts_count = this.inSegments(segment.id).length;
		delete segment.nextContactsCount;
		return records;
	}

	/** Adds contacts, or changes those that are known, also in the segments whose query asks for their address. */
	upsert(inputs: ContactInput[], listIds: string[], now: string): void {
		for (const input of inputs) {
			const known = this.added.get(input.email.toLowerCase());
			const record = newContact({ ...known, ...input, updated_at: now }, now);
			record.list_ids = [...new Set([...record.list_ids, ...listIds])];
			this.added.set(record.email, record);
		}
		const upserted = new Set(inputs.map(({ email }) => email.toLowerCase()));
		for (const { id, query_dsl } of this.segments.values()) {
			const email = addressIn(query_dsl);
			if (email !== undefined && upserted.has(email)) this.add(id, [{ email }], now);
		}
	}

	remove(ids: string[]): void {
		for (const { contact_id, email } of [...this.added.values()]) {
			if (ids.includes(contact_id)) this.added.delete(email);
		}
	}

	/** How many contacts match a query; undefined if it is not one for a single address. */
	countMatching(query: string): number | undefined {
		const address = addressIn(query);
		if (address === undefined) return undefined;
		return this.find(address) ? 1 : 0;
	}

	/** The contacts of any of these segments and lists, each contact once; of none: all contacts. */
	select(segmentIds: string[], listIds: string[]): ContactSelection {
		if (segmentIds.length + listIds.length === 0) {
			return {
				added: [...this.added.values()],
				generated: this.mostGenerated([...this.segments.values()], [...this.lists.values()]),
			};
		}
		const find = <T>(ids: string[], all: Map<string, T>) => ids.flatMap((id) => all.get(id) ?? []);
		return {
			added: [...this.added.values()].filter(
				({ segment_ids, list_ids }) =>
					segmentIds.some((id) => segment_ids.includes(id)) ||
					listIds.some((id) => list_ids.includes(id)),
			),
			generated: this.mostGenerated(find(segmentIds, this.segments), find(listIds, this.lists)),
		};
	}

	/** The contact with this address, case-insensitive, as its own or an alternate one. */
	find(email: string): ContactRecord | undefined {
		const address = email.toLowerCase();
		const added =
			this.added.get(address) ??
			[...this.added.values()].find(({ alternate_emails: others }) =>
				others?.some((other) => other.toLowerCase() === address),
			);
		if (added) return added;
		const n = generatedNumber(address);
		if (n === undefined) return undefined;
		const segments = [...this.segments.values(), ...this.deletedSegments.values()];
		const segment_ids = segments.filter((one) => this.generatedIn(one) >= n).map(({ id }) => id);
		const lists = [...this.lists.values()].filter(({ contact_count }) => contact_count >= n);
		const list_ids = lists.map(({ id }) => id);
		if (segment_ids.length + list_ids.length === 0) return undefined;
		return { ...generatedContact(n), list_ids, segment_ids };
	}

	/** Forgets everything. */
	clear(): void {
		this.added.clear();
		this.segmentsWithAdded.clear();
	}

	private inSegments(id: string): ContactRecord[] {
		return [...this.added.values()].filter(({ segment_ids }) => segment_ids.includes(id));
	}

	private mostGenerated(segments: SegmentRecord[], lists: ListRecord[]): number {
		return [
			...segments.map((segment) => this.generatedIn(segment)),
			...lists.map(({ contact_count }) => contact_count),
		].reduce((most, count) => Math.max(most, count), 0);
	}

	/** What the segment contains now, which its count may not show yet. */
	private generatedIn({ id, contacts_count, nextContactsCount }: SegmentRecord): number {
		return this.segmentsWithAdded.has(id) ? 0 : (nextContactsCount ?? contacts_count);
	}
}

/** The address that a query asks for, if that is all it does. */
function addressIn(query: string): string | undefined {
	return /WHERE email = '([^']{1,254})'$/i.exec(query)?.[1].toLowerCase();
}

/** The contacts of a selection from index `from` up to, not including, `to`. */
export function contactsFrom(
	{ added, generated }: ContactSelection,
	from: number,
	to: number,
): Array<Omit<ContactRecord, 'list_ids' | 'segment_ids'>> {
	const contacts: Array<Omit<ContactRecord, 'list_ids' | 'segment_ids'>> = added.slice(from, to);
	const last = Math.min(to - added.length, generated);
	for (let n = Math.max(from - added.length, 0) + 1; n <= last; n++) {
		contacts.push(generatedContact(n));
	}
	return contacts;
}
