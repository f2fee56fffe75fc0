import type { INodeProperties } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { emptyValue } from './values';

const MAX_NAME_CHARACTERS = 100;

export const nameField: INodeProperties = {
	displayName: 'Name',
	name: 'name',
	type: 'string',
	default: '',
	placeholder: 'e.g. Opened in the last 30 days',
	description: 'Unique name for the segment, up to 100 characters',
};

export const queryField: INodeProperties = {
	displayName: 'SQL Query',
	name: 'queryDsl',
	type: 'string',
	typeOptions: { rows: 5 },
	default: '',
	placeholder: "e.g. SELECT contact_id, updated_at FROM contact_data WHERE country = 'US'",
	hint: 'Called query_dsl in SendGrid\'s API. The README has <a href="https://github.com/n8n-nodes-sendgrid-segments/n8n-nodes-sendgrid-segments#starter-queries">starter queries</a>.',
	description:
		'The SQL query that selects the segment\'s contacts. <a href="https://www.twilio.com/docs/sendgrid/for-developers/sending-email/marketing-campaigns-v2-segmentation-query-reference">Learn more</a>.',
};

function toText(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/**
 * A segment's name, as given.
 *
 * @throws InvalidParameterError unless it has 1 to 100 characters that are not all blank
 */
export function parseName(value: unknown): string {
	const name = toText(value);
	if (name.trim() === '') throw emptyValue('Name');
	const { length } = [...name];
	if (length <= MAX_NAME_CHARACTERS) return name;
	throw new InvalidParameterError(
		`'Name' is ${length} characters long`,
		`SendGrid allows up to ${MAX_NAME_CHARACTERS} characters.`,
	);
}

/**
 * A segment's query, as given.
 *
 * @throws InvalidParameterError where it is blank
 */
export function parseQuery(value: unknown): string {
	const query = toText(value);
	if (query.trim() === '') throw emptyValue('SQL Query');
	return query;
}
