import type { INodeProperties } from 'n8n-workflow';
import { isBlank, locatorValue, parseId } from './values';

/** Empty means none, so that a definition without a parent list can be passed on as it is. */
export function parseParentListId(value: unknown): string | undefined {
	const id = locatorValue(value);
	return isBlank(id) ? undefined : parseId(id, 'Parent List');
}

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
