import { NodeHelpers, type IDataObject, type INodeProperties } from 'n8n-workflow';
import { SendGridSegments } from '../../../nodes/SendGridSegments/SendGridSegments.node';
import {
	hints,
	operationOf,
	resources,
	subtitle,
} from '../../../nodes/SendGridSegments/operations';
import { nodeCases } from '../parseItem';

const { description, methods } = new SendGridSegments();

const { properties } = description;

const operationNames = new Set(nodeCases.map(({ operation }) => operation));

const resourceNames = resources.map(({ value }) => value);

/** All fields of the node, and of all of its collections. */
const withOptions = (fields: INodeProperties[]): INodeProperties[] =>
	fields.flatMap((field) => [
		field,
		...withOptions(
			(field.options ?? []).filter((option): option is INodeProperties => 'type' in option),
		),
	]);

const allFields = withOptions(properties);

/** Which values the conditions of a field name, by the field that they look at. */
const conditionsOf = ({ displayOptions = {} }: INodeProperties) =>
	Object.values(displayOptions).flatMap((condition) =>
		Object.entries(condition as object),
	) as Array<[string, unknown[]]>;

describe('displayOptions', () => {
	it('name only resources and operations that exist', () => {
		const named = (field: string) =>
			allFields.flatMap((each) =>
				conditionsOf(each)
					.filter(([name]) => name.replace('/', '') === field)
					.flatMap(([, values]) => values),
			);
		expect(named('resource').length).toBeGreaterThan(0);
		expect(named('resource').filter((name) => !resourceNames.includes(String(name)))).toEqual([]);
		expect(new Set(named('operation'))).toEqual(operationNames);
	});

	it('look only at fields that exist next to them, and with / at those of the node', () => {
		const topLevel = properties.map(({ name }) => name);
		const check = (fields: INodeProperties[], siblings: string[]) => {
			for (const field of fields) {
				for (const [name] of conditionsOf(field)) {
					const known = name.startsWith('/') ? topLevel : siblings;
					expect(known.includes(name.replace('/', '')) || `${field.name}: ${name}`).toBe(true);
				}
				const options = (field.options ?? []).filter(
					(option): option is INodeProperties => 'type' in option,
				);
				check(
					options,
					options.map(({ name }) => name),
				);
			}
		};
		check(properties, topLevel);
	});

	it.each(nodeCases)('show every field of $resource $operation in the editor', (node) => {
		const { fields, options = [] } = operationOf({ parameters: { ...node } });
		const shown = properties.filter((field) =>
			NodeHelpers.displayParameter({ dryRun: false, returnAll: false, ...node }, field, null, null),
		);
		const names = shown.map(({ name }) => name);
		expect(names).toEqual(expect.arrayContaining(fields.map(({ name }) => name)));
		const collection = shown.find(({ name, type }) => name === 'options' && type === 'collection');
		expect(collection !== undefined).toBe(options.length > 0);
		const own = (collection?.options ?? []) as INodeProperties[];
		expect(new Set(own.map(({ name }) => name))).toEqual(new Set(options.map(({ name }) => name)));
	});
});

it('each list to choose from is one that the node reads, and can be searched', () => {
	const lists = allFields.flatMap(({ modes = [] }) => modes.filter(({ type }) => type === 'list'));
	expect(lists.length).toBeGreaterThan(0);
	for (const { typeOptions = {} } of lists) {
		expect(Object.keys(methods.listSearch)).toContain(typeOptions.searchListMethod);
		expect(typeOptions.searchable).toBe(true);
	}
});

it('each field of an operation is there once, so that it is evaluated once for each item', () => {
	for (const node of nodeCases) {
		const names = properties
			.filter(
				({ type, displayOptions }) =>
					type !== 'hidden' &&
					displayOptions?.show?.resource?.includes(node.resource) &&
					displayOptions.show.operation?.includes(node.operation),
			)
			.map(({ name }) => name);
		expect(names).toEqual([...new Set(names)]);
	}
});

it('the subtitle names every operation, and none that does not exist', () => {
	const code = /^=\{\{ (.+) \}\}$/.exec(subtitle)![1];
	// It would end the expression there.
	expect(code).not.toContain('}}');
	const evaluate = new Function('$parameter', `return ${code}`) as (parameter: object) => unknown;
	for (const { value: resource, operations } of resources) {
		for (const { value: operation, name } of operations) {
			expect(evaluate({ resource, operation })).toBe(name);
		}
		expect(evaluate({ resource, operation: 'remove' })).toBeUndefined();
	}
	expect(evaluate({ resource: 'list', operation: 'get' })).toBeUndefined();
});

it('hints look only at operations and fields that exist', () => {
	const names = new Set(allFields.map(({ name }) => name));
	for (const { displayCondition = '' } of hints) {
		const quoted = [...displayCondition.matchAll(/"([a-zA-Z]+)"/g)].map(([, word]) => word);
		const known = [...names, ...operationNames, ...resourceNames, 'value', 'skip'];
		expect(quoted.filter((word) => !known.includes(word))).toEqual([]);
	}
});

it('only Create and Refresh must not be sent twice, and what changes data says so', () => {
	const named = (isMeant: (operation: ReturnType<typeof operationOf>) => boolean) =>
		nodeCases
			.filter((node) => isMeant(operationOf({ parameters: { ...node } })))
			.map(({ resource, operation }) => `${resource} ${operation}`)
			.sort();
	expect(named(({ idempotent }) => idempotent === false)).toEqual([
		'segment create',
		'segment refresh',
	]);
	const thatChanged = (output: IDataObject) =>
		named(({ changesData }) => changesData?.(output) === true);
	expect(thatChanged({ deleted: true, status: 'accepted' })).toEqual([
		'segment create',
		'segment delete',
		'segment refresh',
		'segment update',
		'segment upsert',
	]);
	expect(thatChanged({ deleted: false, status: 'skipped' })).toEqual([
		'segment create',
		'segment update',
		'segment upsert',
	]);
});
