import type { IDataObject, IExecutePaginationFunctions, INodeProperties } from 'n8n-workflow';
import type { NodeOperation } from '../../nodes/SendGridSegments/operation';
import { nodeProperties, operationOf, resources } from '../../nodes/SendGridSegments/operations';
import { ParameterReader } from '../../nodes/SendGridSegments/parameters/ParameterReader';
import { fakeContext } from './fakes';

export const ID = '1588e03b-50aa-454a-97d1-e1530345a5ec';

export interface NodeCase {
	resource: string;
	operation: string;
}

/** All operations of the node. */
export const nodeCases: NodeCase[] = resources.flatMap(({ value: resource, operations }) =>
	operations.map(({ value: operation }) => ({ resource, operation })),
);

/** The value that an expression gave, which n8n shows to the node as another one than was entered. */
export class Expression {
	constructor(readonly value: unknown) {}
}

const resolve = (value: unknown) => (value instanceof Expression ? value.value : value);

/** n8n's functions over the parameters of one item; each value can be an `Expression`. */
export function functionsOf(parameters: IDataObject): IExecutePaginationFunctions {
	const entered = Object.fromEntries(
		Object.entries(parameters).map(([name, value]) => [
			name,
			(value as unknown) instanceof Expression ? '={{ $json.x }}' : value,
		]),
	);
	return {
		getNode: () => ({ parameters: entered }),
		// As in n8n, the fallback stands for undefined only.
		getNodeParameter: (name: string, fallback?: unknown) =>
			name in parameters ? (resolve(parameters[name]) ?? null) : fallback,
		getTimezone: () => 'Europe/Berlin',
		getInputData: () => ({ json: {} }),
	} as unknown as IExecutePaginationFunctions;
}

export const readerOf = (parameters: IDataObject) => ParameterReader.of(functionsOf(parameters));

/** What the operation makes of an item's parameters, as a run does it. Nothing may be sent. */
export async function parseItem(
	{ resource, operation: name }: NodeCase,
	parameters: IDataObject,
): Promise<unknown> {
	const operation: NodeOperation = operationOf({ parameters: { resource, operation: name } });
	const functions = functionsOf(parameters);
	const reader = ParameterReader.of(functions);
	const noRequest = () => {
		throw new Error('A request was sent');
	};
	const { context } = fakeContext(noRequest, { functions });
	return await operation.parse({
		parameters: reader,
		options: reader.collection(operation.optionsField, operation.options),
		context,
	});
}

/** The fields that the editor shows for an operation, but for those that only show text. */
export function fieldsOf({ resource, operation }: NodeCase): INodeProperties[] {
	return nodeProperties.filter(({ type, displayOptions }) => {
		const { show } = displayOptions ?? {};
		return (
			type !== 'notice' &&
			type !== 'hidden' &&
			show?.resource?.includes(resource) &&
			show.operation?.includes(operation)
		);
	});
}

/** The fields that can be added to a collection of an operation, each once. */
export function optionsOf(collection: INodeProperties, { operation }: NodeCase): INodeProperties[] {
	const options = (collection.options ?? []) as INodeProperties[];
	const own = options.filter(({ displayOptions }) => {
		const operations = displayOptions?.show?.['/operation'];
		return !operations || operations.includes(operation);
	});
	return [...new Map(own.map((option) => [option.name, option])).values()];
}

const TEXTS: Record<string, string> = { queryDsl: 'SELECT 1', email: 'a@example.com' };

/** A value that the field accepts, and that is not its default. */
export function validValue({ name, type, default: initial, options }: INodeProperties): unknown {
	switch (type) {
		case 'resourceLocator':
			return { __rl: true, mode: 'id', value: ID };
		case 'boolean':
			return !initial;
		case 'number':
			return Number(initial) + 1;
		case 'multiOptions':
			return [ID];
		case 'options': {
			if (!options) return 'America/New_York';
			const values = options.map((option) => (option as { value: unknown }).value);
			return values.find((value) => value !== initial);
		}
		case 'collection':
			return {};
		default:
			return TEXTS[name] ?? ID;
	}
}
