import type {
	IDataObject,
	INodeProperties,
	INodePropertyCollection,
	INodePropertyOptions,
} from 'n8n-workflow';
import { loadPackage } from '../harness';
import { byId, expectFailure, run, runOn, simulator, useSimulator } from '../helpers';

useSimulator({ refreshSeconds: 1, countSeconds: 1 });

/** What an expression gives that finds nothing, or something else than was meant. */
const NOTHINGS = ['undefined', 'null', '""', '" "', '[]'];
const WRONG = ['({})', 'NaN', '[[]]'];
const EXPRESSIONS = [...NOTHINGS, ...WRONG];

/** The item's value, as the field's own expression gives it. */
const EXPRESSION = `={{ [${EXPRESSIONS.join()}][$itemIndex] }}`;

/** A blank text as Name Contains is how an agent leaves it out. */
const isLeftOut = ({ name }: INodeProperties, expression: string) =>
	name === 'nameContains' && ['""', '" "'].includes(expression);

/** For every field that must have one, and for those that other fields depend on. */
const valid = (id: string): Record<string, unknown> => ({
	segmentId: byId(id),
	name: 'New',
	queryDsl: 'SELECT 1',
	email: 'contact-1@example.com',
	waitForCompletion: true,
	updateFields: { name: 'New' },
});

/** Options that make others visible. */
const validOptions: IDataObject = { waitUntilCounted: true };

const shownFor = ({ displayOptions }: INodeProperties, resource: string, operation: string) => {
	const { resource: resources, operation: operations } = displayOptions?.show ?? {};
	return (resources?.includes(resource) ?? true) && (operations?.includes(operation) ?? true);
};

/** An option is shown for its operations only. */
const isOptionOf = (option: INodeProperties, operation: string) =>
	option.displayOptions?.show?.['/operation']?.includes(operation) ?? true;

interface Row {
	title: string;
	field: INodeProperties;
	/** The collection that it is in. */
	collection?: string;
	resource: string;
	operation: string;
}

/** Every field of every operation, those in collections too. */
async function allFields(): Promise<Row[]> {
	const { properties } = (await loadPackage()).node.description;
	const rows: Row[] = [];
	for (const field of properties.filter(({ name }) => name === 'operation')) {
		const [resource] = field.displayOptions!.show!.resource as string[];
		for (const { value } of field.options as INodePropertyOptions[]) {
			const operation = String(value);
			const ofOperation = properties.filter(
				({ name, type, ...rest }) =>
					!['resource', 'operation', 'requestOptions'].includes(name) &&
					!['notice', 'hidden'].includes(type) &&
					shownFor({ name, type, ...rest }, resource, operation),
			);
			for (const shown of ofOperation) {
				const title = `${resource} ${operation}: ${shown.name}`;
				if (shown.type !== 'collection') {
					rows.push({ title, field: shown, resource, operation });
					continue;
				}
				const options = shown.options as Array<INodeProperties | INodePropertyCollection>;
				const seen = new Set<string>();
				for (const option of options as INodeProperties[]) {
					if (seen.has(option.name) || !isOptionOf(option, operation)) continue;
					seen.add(option.name);
					rows.push({
						title: `${title}.${option.name}`,
						field: option,
						collection: shown.name,
						resource,
						operation,
					});
				}
			}
		}
	}
	return rows;
}

const runWith = async ({ resource, operation, field, collection }: Row, id: string) => {
	const baseline = { resource, operation, ...valid(id) } as IDataObject;
	const options = operation === 'refresh' ? {} : validOptions;
	const parameters: IDataObject = collection
		? {
				...baseline,
				[collection]: { ...(collection === 'options' && pick(options)), [field.name]: EXPRESSION },
			}
		: { ...baseline, [field.name]: EXPRESSION };
	return await run(parameters, {
		items: EXPRESSIONS.map(() => ({})),
		onError: 'continueRegularOutput',
	});

	function pick(all: IDataObject): IDataObject {
		return ['create', 'update', 'upsert'].includes(operation) ? all : {};
	}
};

it('a field that is there and gives nothing, or nonsense, fails its item, and nothing is sent', async () => {
	const rows = await allFields();
	expect(rows.length).toBeGreaterThan(35);
	for (const row of rows) {
		simulator.reset();
		const { id } = simulator.addSegment();
		const { success } = await runWith(row, id);
		const { title, field } = row;
		const ends = EXPRESSIONS.map((expression, index) => {
			const { json } =
				success.find(({ pairedItem }) => (pairedItem as { item: number }).item === index) ?? {};
			const { message = '' } = (json?.error ?? {}) as { message?: string };
			if (isLeftOut(field, expression)) return 'left out';
			const isEmpty = message === `'${field.displayName}' is empty`;
			if (isEmpty) return 'is empty';
			return message.includes(`'${field.displayName}'`) ? 'is refused' : json;
		});
		expect([title, ends]).toEqual([
			title,
			EXPRESSIONS.map((expression) => {
				if (isLeftOut(field, expression)) return 'left out';
				if (NOTHINGS.includes(expression)) return 'is empty';
				return expect.stringMatching(/^is (empty|refused)$/);
			}),
		]);
		const leftOut = EXPRESSIONS.filter((expression) => isLeftOut(field, expression));
		expect([title, simulator.log.length]).toEqual([title, leftOut.length > 0 ? 1 : 0]);
	}
});

it('an option that does not exist fails the item, and nothing is sent', async () => {
	const rows = await allFields();
	const collections = new Map(
		rows
			.filter(({ collection }) => collection)
			.map((row) => [`${row.resource} ${row.operation} ${row.collection}`, row]),
	);
	expect(collections.size).toBeGreaterThan(7);
	for (const { operation, resource, field, collection } of collections.values()) {
		const { id } = simulator.addSegment();
		for (const name of [field.name.toUpperCase(), `${field.name} `, 'dry_run', '__proto__x']) {
			const { success } = await run(
				{ resource, operation, ...valid(id), [collection!]: { [name]: true } } as IDataObject,
				{ onError: 'continueRegularOutput' },
			);
			expectFailure(success[0], {
				message: expect.stringContaining(`has no field "${name}"`),
				description: expect.stringContaining(field.name),
			});
		}
	}
	expect(simulator.log).toEqual([]);
});

describe('the default that an optional field shows is what holds if it is absent', () => {
	it.each(['create', 'upsert', 'update', 'get', 'delete', 'refresh', 'getAll'])(
		'%s',
		async (operation) => {
			const rows = (await allFields()).filter(
				(row) => row.operation === operation && row.collection,
			);
			const sentWith = async (options: IDataObject) => {
				simulator.reset();
				const id = '1588e03b-50aa-454a-97d1-e1530345a5ec';
				simulator.addSegment({ id, name: 'Known' });
				const parameters = { ...valid(id), waitForCompletion: false } as IDataObject;
				const { success } = await runOn(operation, [id], {
					...parameters,
					...options,
				});
				const requests = simulator.log.map(({ method, path, body }) => ({ method, path, body }));
				return { requests, keys: success.map(({ json }) => Object.keys(json)) };
			};
			const absent = await sentWith({});
			for (const { field, collection } of rows) {
				// The default is no value where one must be given.
				if (field.default === '' || Array.isArray(field.default)) continue;
				const inCollection = collection === 'updateFields' ? { name: 'New' } : {};
				const given = { [collection!]: { ...inCollection, [field.name]: field.default } };
				expect([field.name, await sentWith(given as IDataObject)]).toEqual([field.name, absent]);
			}
		},
	);
});
