import type { INode, INodeProperties, NodeHint } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { routingOf } from '../execution/executeItem';
import type { AnyOperation, NodeOperation } from '../operation';
import { optionsField } from '../parameters/collection';
import { batchingHint, requestOptionsFields } from '../parameters/requestOptions';
import { describeValue } from '../utils';
import { checkContactOperation } from './contact/check';
import { exportContactsOperation } from './contact/export';
import { getManyContactsOperation } from './contact/getAll';
import { createOperation } from './segment/create';
import { deleteOperation } from './segment/delete';
import { getOperation } from './segment/get';
import { getManyOperation } from './segment/getAll';
import { refreshOperation } from './segment/refresh';
import { updateOperation } from './segment/update';
import { upsertOperation } from './segment/upsert';

interface Resource {
	name: string;
	value: string;
	operations: AnyOperation[];
	defaultOperation: AnyOperation;
}

/** Everything the node can do, in the order of the editor. */
export const resources: Resource[] = [
	{
		name: 'Segment',
		value: 'segment',
		operations: [
			createOperation,
			upsertOperation,
			deleteOperation,
			getOperation,
			getManyOperation,
			refreshOperation,
			updateOperation,
		],
		defaultOperation: refreshOperation,
	},
	{
		name: 'Contact',
		value: 'contact',
		operations: [checkContactOperation, exportContactsOperation, getManyContactsOperation],
		defaultOperation: getManyContactsOperation,
	},
];

const show = (resource: Resource, operations: AnyOperation[]) => ({
	resource: [resource.value],
	operation: operations.map(({ value }) => value),
});

/**
 * The fields of all operations, each once: n8n evaluates every field for every item. One that several
 * operations share is shown for all of them, and each operation's fields keep their order.
 */
function fieldsOf(resource: Resource): INodeProperties[] {
	const merged: INodeProperties[] = [];
	for (const { fields } of resource.operations) {
		let position = 0;
		for (const field of fields) {
			if (!merged.includes(field)) merged.splice(position, 0, field);
			position = merged.indexOf(field) + 1;
		}
	}
	return merged.map((field) => {
		const operations = resource.operations.filter(({ fields }) => fields.includes(field));
		const { displayOptions } = field;
		return {
			...field,
			displayOptions: {
				...displayOptions,
				show: { ...show(resource, operations), ...displayOptions?.show },
			},
		};
	});
}

/** The collection "Options" of each operation; operations with the same options share it. */
function optionsOf(resource: Resource): INodeProperties[] {
	const lists = new Set(resource.operations.map(({ options }) => options));
	return [...lists].flatMap((list) => {
		const operations = resource.operations.filter(({ options }) => options === list);
		return optionsField(list, { show: show(resource, operations) });
	});
}

/** The options of all operations, since n8n keeps those of an operation that was chosen before. */
const allOptions = resources.flatMap(({ operations }) =>
	operations.flatMap(({ options = [] }) => options),
);

const toNodeOperation = (operation: AnyOperation): NodeOperation => ({
	...operation,
	optionsField: optionsField(operation.options)[0],
	allOptions,
});

/** Stands in for an operation that does not exist: every item fails, and nothing is sent. */
function refuse(label: string, value: unknown, valid: Array<{ value: string }>): NodeOperation {
	return {
		...toNodeOperation(resources[0].defaultOperation),
		parse: () => {
			throw new InvalidParameterError(
				`'${label}' is not valid: ${describeValue(value)}`,
				`Valid values are ${valid.map((each) => each.value).join(', ')}. The ${label.toLowerCase()} cannot be an expression.`,
			);
		},
	};
}

/** The operation as it was entered, not evaluated: an expression could name another one for each item. */
export function operationOf({ parameters }: Pick<INode, 'parameters'>): NodeOperation {
	const resource = resources.find(({ value }) => value === parameters.resource);
	if (!resource) return refuse('Resource', parameters.resource, resources);
	const operation = resource.operations.find(({ value }) => value === parameters.operation);
	if (!operation) return refuse('Operation', parameters.operation, resource.operations);
	return toNodeOperation(operation);
}

const resourceField: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	options: resources.map(({ name, value }) => ({ name, value })),
	default: 'segment',
	routing: routingOf(operationOf),
};

function operationField({ value: resource, operations, defaultOperation }: Resource) {
	const { value: defaultValue } = defaultOperation;
	const field: INodeProperties = {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource] } },
		options: operations.map(({ name, value, action, description }) => ({
			name,
			value,
			action,
			description,
		})),
		default: defaultValue,
	};
	return field;
}

/** The fields of the node, as n8n's editor shows them. */
export const nodeProperties: INodeProperties[] = [
	resourceField,
	...resources.flatMap((resource) => [
		operationField(resource),
		...fieldsOf(resource),
		...optionsOf(resource),
	]),
	...requestOptionsFields,
];

const operationHints = resources.flatMap(({ value: resource, operations }) =>
	operations.flatMap(({ value: operation, hint }): NodeHint[] => {
		if (!hint) return [];
		const { condition, ...rest } = hint;
		const isChosen = `$parameter["resource"] === "${resource}" && $parameter["operation"] === "${operation}"`;
		return [
			{ ...rest, location: 'outputPane', displayCondition: `={{ ${isChosen} && ${condition} }}` },
		];
	}),
);

export const hints = [...operationHints, batchingHint];

const operationNames = Object.fromEntries(
	resources.map(({ value, operations }) => [
		value,
		Object.fromEntries(operations.map(({ value: operation, name }) => [operation, name])),
	]),
);

/** The line under the node's name in a workflow. For n8n, two closing braces end an expression. */
export const subtitle = `={{ ${JSON.stringify(operationNames).replaceAll('}}', '} }')}[$parameter["resource"]]?.[$parameter["operation"]] }}`;
