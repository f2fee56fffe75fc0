import { stringify } from 'csv-stringify/sync';

import { contactsFrom, type ContactSelection } from '../contacts/contacts';
import { GENERATED_CUSTOM_FIELDS } from '../contacts/generated';
import { TEXT_FIELDS } from '../contacts/records';

export type FileType = 'csv' | 'json';

/** What a file contains: the selection's contacts from index `from` up to, not including, `to`. */
export interface ExportFile {
	fileType: FileType;
	selection: ContactSelection;
	from: number;
	to: number;
	/** Whether a CSV file without contacts has its header. */
	hasHeader: boolean;
}

type ExportedContact = ReturnType<typeof contactsFrom>[number];

const CHUNK = 500;
const CSV_FIELDS = [
	'email',
	...TEXT_FIELDS.slice(0, TEXT_FIELDS.indexOf('phone_number')),
	'alternate_emails',
	...TEXT_FIELDS.slice(TEXT_FIELDS.indexOf('phone_number')),
	'created_at',
	'updated_at',
	'contact_id',
] as const;

/** The file's text, some hundred contacts at a time. */
export function* fileText({
	fileType,
	selection,
	from,
	to,
	hasHeader,
}: ExportFile): Generator<string> {
	const customFields = customFieldsOf(selection);
	if (fileType === 'csv' && hasHeader) yield csvRows([csvHeader(customFields)]);
	for (let start = from; start < to; start += CHUNK) {
		const contacts = contactsFrom(selection, start, Math.min(start + CHUNK, to));
		yield linesOf(fileType, contacts, customFields);
	}
}

/** The bytes of the largest of some contacts that are spread over the selection. */
export function contactBytes(selection: ContactSelection, fileType: FileType): number {
	const count = selection.added.length + selection.generated;
	const step = Math.max(1, Math.floor((count - 1) / 100));
	const customFields = customFieldsOf(selection);
	let most = 0;
	for (let index = 0; index < count; index += step) {
		const line = linesOf(fileType, contactsFrom(selection, index, index + 1), customFields);
		most = Math.max(most, Buffer.byteLength(line));
	}
	return most;
}

function linesOf(fileType: FileType, contacts: ExportedContact[], customFields: string[]): string {
	return fileType === 'json'
		? contacts.map((contact) => `${jsonLine(contact)}\n`).join('')
		: csvRows(contacts.map((contact) => csvRow(contact, customFields)));
}

function csvRows(rows: unknown[][]): string {
	return stringify(rows, { quoted: true, quoted_empty: true, record_delimiter: '\n' });
}

function csvHeader(customFields: string[]): string[] {
	return [...CSV_FIELDS.map((field) => field.toUpperCase()), ...customFields];
}

function csvRow(contact: ExportedContact, customFields: string[]): unknown[] {
	return [
		...CSV_FIELDS.map((field) =>
			field === 'alternate_emails' ? (contact[field] ?? []).join(',') : (contact[field] ?? ''),
		),
		...customFields.map((field) => contact.custom_fields?.[field] ?? ''),
	];
}

function jsonLine(contact: ExportedContact): string {
	const { contact_id, email, alternate_emails, custom_fields, created_at, updated_at } = contact;
	const line: Partial<ExportedContact> = { contact_id, email };
	for (const field of TEXT_FIELDS) if (contact[field]) line[field] = contact[field];
	if (alternate_emails?.length) line.alternate_emails = alternate_emails;
	if (Object.keys(custom_fields ?? {}).length > 0) line.custom_fields = custom_fields;
	return JSON.stringify({ ...line, created_at, updated_at });
}

function customFieldsOf({ added, generated }: ContactSelection): string[] {
	const names = added.flatMap(({ custom_fields: fields = {} }) => Object.keys(fields));
	return [...new Set([...(generated > 0 ? GENERATED_CUSTOM_FIELDS : []), ...names])];
}
