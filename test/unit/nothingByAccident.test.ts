import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { InvalidParameterError } from '../../nodes/SendGridSegments/errors';
import {
	Expression,
	fieldsOf,
	nodeCases,
	optionsOf,
	parseItem,
	validValue,
	type NodeCase,
} from './parseItem';

// What is missing never widens what is done: for every field and option of every operation, as the
// node describes them, a value that is nothing fails and names the field.

const NOTHING: unknown[] = [undefined, null, '', ' ', '\t\n\u00a0', [], NaN];

const show = (value: unknown) =>
	value === undefined ? 'undefined' : (JSON.stringify(value) ?? '');

/** What the item comes to: its input, or the message of its failure. */
async function outcome(node: NodeCase, parameters: IDataObject): Promise<string> {
	const input = await parseItem(node, parameters).catch((thrown: unknown) => thrown);
	if (input instanceof InvalidParameterError) return input.message;
	if (input instanceof Error) throw input;
	return JSON.stringify(input, (_, value: unknown) => {
		if (value instanceof URLSearchParams) return value.toString();
		return value === Infinity ? 'Infinity' : value;
	});
}

/** What a collection needs before an item is valid. */
const ADDED: Record<string, IDataObject> = { updateFields: { name: 'x' } };

/** An item whose operation does what its fields say: all that must be given, nothing that is on. */
function validItem(node: NodeCase): IDataObject {
	return Object.fromEntries(
		fieldsOf(node).map((field) => [
			field.name,
			ADDED[field.name] ?? (field.type === 'boolean' ? field.default : validValue(field)),
		]),
	) as IDataObject;
}

interface Place {
	node: NodeCase;
	field: INodeProperties;
	/** The collection that the field is added to, if any. */
	collection?: INodeProperties;
}

const places: Place[] = nodeCases.flatMap((node) =>
	fieldsOf(node).flatMap((field): Place[] => [
		{ node, field },
		...(field.type === 'collection'
			? optionsOf(field, node).map((option) => ({ node, field: option, collection: field }))
			: []),
	]),
);

/** Options that say nothing as long as another one is off. */
const NEEDED: Record<string, IDataObject> = { timeoutSeconds: { waitUntilCounted: true } };

/** The item with the value in the place; `absent` without. */
function itemWith({ node, field, collection }: Place, value: unknown): IDataObject {
	const item = validItem(node);
	if (!collection) return { ...item, [field.name]: value } as IDataObject;
	const names = optionsOf(collection, node).map(({ name }) => name);
	const needed = Object.entries(NEEDED[field.name] ?? {}).filter(([name]) => names.includes(name));
	const options = { ...Object.fromEntries(needed), [field.name]: value } as IDataObject;
	return { ...item, [collection.name]: options };
}

function itemWithout(place: Place): IDataObject {
	const item = itemWith(place, null);
	if (place.collection) delete (item[place.collection.name] as IDataObject)[place.field.name];
	else delete item[place.field.name];
	return item;
}

const title = ({ node, field, collection }: Place) =>
	`${node.resource} ${node.operation}: ${collection ? `${collection.displayName} > ` : ''}${field.displayName}`;

/** A blank text is how an agent says "all". */
const mayBeBlank = ({ field }: Place, value: unknown) =>
	field.name === 'nameContains' && typeof value === 'string';

/** For all contacts, the field is left empty in the editor. */
const mayBeLeftEmpty = ({ field }: Place, value: unknown) =>
	field.name === 'parentListId' && !Array.isArray(value) && !Number.isNaN(value);

describe.each(places.map((place) => [title(place), place] as const))('%s', (_, place) => {
	const { node, field } = place;
	const label = `'${field.displayName}'`;
	/** @param isException whether the value counts as a field that is absent */
	const expectNothing = async (value: unknown, isException: boolean, item: IDataObject) => {
		const expected = isException ? await outcome(node, itemWithout(place)) : label;
		expect(`${show(value)}: ${await outcome(node, item)}`).toContain(`${show(value)}: ${expected}`);
	};

	it('a value that is nothing fails, and names the field', async () => {
		for (const value of NOTHING) {
			const isException = mayBeBlank(place, value) || mayBeLeftEmpty(place, value);
			await expectNothing(value, isException, itemWith(place, value));
		}
	});

	if (!place.collection) {
		it('an expression that gives nothing fails, and names the field', async () => {
			for (const value of NOTHING) {
				const item = itemWith(place, new Expression(value));
				await expectNothing(value, mayBeBlank(place, value), item);
			}
		});
	}

	if (field.type === 'resourceLocator') {
		const modes = field.modes!.map(({ name }) => name);

		it.each(modes)('nothing under the mode %s fails, unless left empty', async (mode) => {
			for (const value of NOTHING) {
				const locator = { __rl: true, mode, value };
				await expectNothing(value, mayBeLeftEmpty(place, value), itemWith(place, locator));
				await expectNothing(value, false, itemWith(place, new Expression(locator)));
			}
		});
	}

	it('an object is a collection or fails, and names the field', async () => {
		await expectNothing({}, field.type === 'collection', itemWith(place, {}));
	});

	if (field.type === 'collection') {
		it.each(['dry_run', 'DryRun', 'toString', '__proto__', 'constructor', ''])(
			'has no field "%s", and says which there are',
			async (name) => {
				const added = Object.defineProperty({}, name, { value: true, enumerable: true });
				const failure = await parseItem(node, itemWith(place, added)).catch(
					(thrown: InvalidParameterError) => thrown,
				);
				const { message, description } = failure as InvalidParameterError;
				expect(message).toContain(`${label} has no field `);
				const [, offered] = /^Valid names are (.+?)\. /.exec(description) ?? [];
				expect(offered?.split(', ').sort()).toEqual(
					optionsOf(field, node)
						.map((option) => option.name)
						.sort(),
				);
			},
		);

		it.each(['text', 7, true, ['dryRun'], [{ dryRun: true }]])('is never %j', async (value) => {
			expect(await outcome(node, itemWith(place, value))).toBe(`${label} must be an object`);
		});
		return;
	}

	if (field.type !== 'string') {
		it('a value that it does not have fails, and names the field', async () => {
			for (const value of ['unknown', 'TRUE', 0, -1, 1.5, Infinity, ['unknown'], true]) {
				if (field.type === 'boolean' && typeof value === 'boolean') continue;
				expect(await outcome(node, itemWith(place, value))).toContain(label);
			}
		});
	}

	it('is read: another value than the default makes a difference', async () => {
		const item = itemWith(place, validValue(field));
		expect(await outcome(node, item)).not.toBe(await outcome(node, itemWithout(place)));
		expect(await outcome(node, item)).not.toContain(label);
	});

	if (!field.required && field.type !== 'string' && field.type !== 'multiOptions') {
		it('the default that it shows holds if it is absent', async () => {
			expect(await outcome(node, itemWith(place, field.default))).toBe(
				await outcome(node, itemWithout(place)),
			);
		});
	}
});

it('looks at every operation, and at fields of all types', () => {
	expect(nodeCases.length).toBeGreaterThan(6);
	const types = [...new Set(places.map(({ field }) => field.type))].sort();
	expect(types.join(' ')).toBe(
		'boolean collection multiOptions number options resourceLocator string',
	);
});
