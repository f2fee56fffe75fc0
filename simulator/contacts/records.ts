import { randomUUID } from 'node:crypto';

/** The reserved text fields besides `email`, in the order of the export. */
export const TEXT_FIELDS = [
	'first_name',
	'last_name',
	'address_line_1',
	'address_line_2',
	'city',
	'state_province_region',
	'postal_code',
	'country',
	'phone_number',
	'whatsapp',
	'line',
	'facebook',
	'unique_name',
] as const;

type TextFields = Partial<Record<(typeof TEXT_FIELDS)[number], string>>;

/** A contact as the account has it; times are ISO 8601 in UTC. */
export interface ContactRecord extends TextFields {
	contact_id: string;
	/** Lower-case. */
	email: string;
	alternate_emails?: string[];
	custom_fields?: Record<string, string | number>;
	created_at: string;
	updated_at: string;
	list_ids: string[];
	/** Deleted segments stay in it, as recorded. */
	segment_ids: string[];
}

/** What is given of a contact. */
export interface ContactInput extends Partial<Omit<ContactRecord, 'email'>> {
	email: string;
}

/** A complete contact from what is given of one. */
export function newContact(input: ContactInput, now: string): ContactRecord {
	return {
		created_at: now,
		updated_at: now,
		...input,
		contact_id: (input.contact_id ?? randomUUID()).toLowerCase(),
		email: input.email.toLowerCase(),
		list_ids: [...(input.list_ids ?? [])],
		segment_ids: [...(input.segment_ids ?? [])],
	};
}
