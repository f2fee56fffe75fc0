import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { GetParameter } from '../utils';
import { parseCollection, unreadableValueField } from './values';

/**
 * The field "Options": one for all operations, since the engine evaluates every field of a name for
 * every item. Each option names its operation, and a switch is on when it is added, since nobody adds
 * one to leave it off.
 */
export function optionsField(options: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: {
			show: { operation: ['create', 'delete', 'get', 'refresh', 'update', 'upsert'] },
		},
		options: [...options, unreadableValueField],
	};
}

/** @throws InvalidParameterError where an expression makes the options text or a list */
export function parseOptions(getParameter: GetParameter): IDataObject {
	return parseCollection(getParameter('options', {}), 'Options');
}
