import type { INodeProperties } from 'n8n-workflow';

/**
 * A collection, and a twin that the editor does not show.
 *
 * n8n drops the fields that a collection does not have, and empties one that is text or a list,
 * before the node can see it: a misspelled Dry Run would be a deletion. A second, hidden
 * field of the same name keeps its value.
 */
export function collection(field: Omit<INodeProperties, 'type' | 'default'>): INodeProperties[] {
	const { name, displayName, displayOptions } = field;
	return [
		{ ...field, type: 'collection', default: {} },
		{ displayName, name, type: 'hidden', default: {}, displayOptions },
	];
}
