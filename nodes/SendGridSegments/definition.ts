import type { INodeProperties } from 'n8n-workflow';
import { SegmentFailure } from './failures';

const MAX_NAME_CHARACTERS = 100;

export const nameField: INodeProperties = {
	displayName: 'Name',
	name: 'name',
	type: 'string',
	default: '',
	placeholder: 'e.g. Opened in the last 30 days',
	description: 'A name that no other segment has, of up to 100 characters',
};

export const queryDslField: INodeProperties = {
	displayName: 'Query DSL',
	name: 'queryDsl',
	type: 'string',
	default: '',
	typeOptions: { rows: 4 },
	placeholder: "e.g. SELECT contact_id, updated_at FROM contact_data WHERE city = 'Berlin'",
	description:
		'The SQL query that picks the contacts. <a href="https://www.twilio.com/docs/sendgrid/for-developers/sending-email/segmentation-query-language">How to write one</a>.',
};

function textOf(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/**
 * A segment's name, as given.
 *
 * @throws SegmentFailure unless it has 1 to 100 characters that are not all blank
 */
export function checkedName(value: unknown): string {
	const name = textOf(value);
	const length = [...name].length;
	if (name.trim() === '') {
		throw new SegmentFailure('"Name" is empty', 'Enter a name of 1 to 100 characters.');
	}
	if (length > MAX_NAME_CHARACTERS) {
		throw new SegmentFailure(
			`"Name" is ${length} characters long`,
			`SendGrid takes up to ${MAX_NAME_CHARACTERS} characters. Shorten the name.`,
		);
	}
	return name;
}

/**
 * A segment's query, as given.
 *
 * @throws SegmentFailure where it is blank
 */
export function checkedQueryDsl(value: unknown): string {
	const queryDsl = textOf(value);
	if (queryDsl.trim() === '') {
		throw new SegmentFailure(
			'"Query DSL" is empty',
			'Enter the SQL query that picks the contacts of the segment.',
		);
	}
	return queryDsl;
}
