import { timestamp } from '../clock';
import type { ContactRecord } from './records';

/** The custom fields that generated contacts have. */
export const GENERATED_CUSTOM_FIELDS = ['plan', 'visits'];

const EMAIL = /^contact-([1-9]\d{0,8})@example\.com$/;
const FIRST_CREATED_MS = Date.parse('2026-01-01T00:00:00Z');

// What a reader of CSV, of lines or of UTF-8 stumbles over.
const FIRST_NAMES = [
	'First',
	'Fïrst',
	'',
	'最初',
	'"First"',
	'First, second',
	'First\nsecond',
	'👋',
];

/**
 * The contact that is number `n`, from 1, without its segments and lists. The same number gives the
 * same contact, so a segment with a million of them needs no memory.
 */
export function generatedContact(n: number): Omit<ContactRecord, 'list_ids' | 'segment_ids'> {
	const createdMs = FIRST_CREATED_MS + n * 1000;
	return {
		contact_id: `c0000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
		email: `contact-${n}@example.com`,
		first_name: FIRST_NAMES[(n - 1) % FIRST_NAMES.length],
		last_name: `Number ${n}`,
		address_line_1: `${n} Example Street`,
		city: 'Example City',
		country: 'US',
		postal_code: String(n % 100_000).padStart(5, '0'),
		custom_fields: { plan: n % 3 === 0 ? 'pro' : 'free', visits: n % 100 },
		created_at: timestamp(createdMs),
		updated_at: timestamp(createdMs + 60_000),
	};
}

/** The number of the generated contact with this lower-case address, if it can be one. */
export function generatedNumber(email: string): number | undefined {
	const digits = EMAIL.exec(email)?.[1];
	return digits === undefined ? undefined : Number(digits);
}
