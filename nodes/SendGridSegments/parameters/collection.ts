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

/** The collection "Options"; without options, only the twin, so that any option can be refused. */
export function optionsField(
	options: INodeProperties[] = [],
	displayOptions?: INodeProperties['displayOptions'],
): INodeProperties[] {
	const byLabel = [...options].sort((a, b) => a.displayName.localeCompare(b.displayName));
	const fields = collection({
		displayName: 'Options',
		name: 'options',
		placeholder: 'Add option',
		options: byLabel,
		displayOptions,
	});
	return options.length > 0 ? fields : fields.slice(1);
}
