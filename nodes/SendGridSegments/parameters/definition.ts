import type { INodeProperties } from 'n8n-workflow';
import { MAX_NAME_CHARACTERS } from '../limits';
import type { ParameterReader } from './ParameterReader';
import { emptyValue, isNothing, locatorValue, parseId, parseNameText } from './values';

export const nameField: INodeProperties = {
	displayName: 'Name',
	name: 'name',
	type: 'string',
	default: '',
	placeholder: 'e.g. Opened in the last 30 days',
	description: `Unique name for the segment, up to ${MAX_NAME_CHARACTERS} characters`,
};

export const queryField: INodeProperties = {
	displayName: 'SQL Query',
	name: 'queryDsl',
	type: 'string',
	typeOptions: { rows: 5 },
	default: '',
	placeholder: "e.g. SELECT contact_id, updated_at FROM contact_data WHERE country = 'US'",
	hint: 'Copy a <a href="https://github.com/n8n-nodes-sendgrid-segments/n8n-nodes-sendgrid-segments/blob/main/docs/operations.md#starter-queries">starter query</a> and replace its values',
	description:
		'The SQL query that selects the segment\'s contacts. <a href="https://www.twilio.com/docs/sendgrid/for-developers/sending-email/marketing-campaigns-v2-segmentation-query-reference">Learn more</a>.',
};

export const parentListField: INodeProperties = {
	displayName: 'Parent List',
	name: 'parentListId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	description: 'The list to select contacts from. Leave empty for all contacts.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a list…',
			typeOptions: { searchListMethod: 'searchLists', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 1588e03b-50aa-454a-97d1-e1530345a5ec',
		},
	],
};

/** A segment's name, as given: 1 to 100 characters that are not all blank. */
export function parseName(parameters: ParameterReader): string | undefined {
	const value = parameters.value(nameField);
	return value === undefined ? undefined : parseNameText(value, nameField.displayName);
}

/** A segment's query, as given. */
export function parseQuery(parameters: ParameterReader): string | undefined {
	return parameters.text(queryField);
}

/** Parent list ID; `undefined` for all contacts, which only a field that was left empty means. */
export function parseParentListId(parameters: ParameterReader): string | undefined {
	if (parameters.isLeftEmpty(parentListField)) return undefined;
	const value = locatorValue(parameters.value(parentListField));
	if (isNothing(value)) throw emptyValue(parentListField.displayName);
	return parseId(value, parentListField.displayName);
}

/** What Create and Create or Update send. */
export interface SegmentDefinition {
	name: string;
	query: string;
	parentListId?: string;
}

export function parseDefinition(parameters: ParameterReader): SegmentDefinition {
	const name = parseName(parameters);
	const query = parseQuery(parameters);
	if (name === undefined) throw emptyValue(nameField.displayName);
	if (query === undefined) throw emptyValue(queryField.displayName);
	return { name, query, parentListId: parseParentListId(parameters) };
}
