import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { fieldsOf, nodeCases, optionsOf, type NodeCase } from '../../unit/parseItem';
import { byId, CONTINUE, jsonOf, run, runOn, simulator, useSimulator } from '../helpers';

useSimulator();

/** What an expression gives that finds nothing, or something else than was meant. */
const NOTHINGS = ['undefined', 'null', '""', '" "', '[]'];
const WRONG = ['({})', 'NaN', '[[]]'];
const EXPRESSIONS = [...NOTHINGS, ...WRONG];

/** The item's value, as the field's own expression gives it. */
const EXPRESSION = `={{ [${EXPRESSIONS.join()}][$itemIndex] }}`;

/** A blank text as Name Contains is how an agent leaves it out. */
const isLeftOut = ({ name }: INodeProperties, expression: string) =>
	name === 'nameContains' && ['""', '" "'].includes(expression);

interface Place {
	node: NodeCase;
	field: INodeProperties;
	/** The name of the collection that it is in. */
	collection?: string;
}

/** Every field of every operation, those in collections too. */
const places = nodeCases.flatMap((node) =>
	fieldsOf(node).flatMap((field): Place[] =>
		field.type === 'collection'
			? optionsOf(field, node).map((option) => ({ node, field: option, collection: field.name }))
			: [{ node, field }],
	),
);

const validParameters = (node: NodeCase, id: string) => ({
	...node,
	segmentId: byId(id),
	name: 'New',
	queryDsl: 'SELECT 1',
	email: 'contact-1@example.com',
	// Fields that others depend on.
	waitForCompletion: true,
	updateFields: { name: 'New' },
});

/** An item with the expression in this field, and a valid value in all that must have one. */
function parametersOf({ node, field, collection }: Place, id: string) {
	const valid = validParameters(node, id);
	const given = { [field.name]: EXPRESSION };
	if (!collection) return { ...valid, ...given } as IDataObject;
	const isSaved = ['create', 'update', 'upsert'].includes(node.operation);
	const added = collection === 'options' && isSaved ? { waitUntilCounted: true } : {};
	return { ...valid, [collection]: { ...added, ...given } } as IDataObject;
}

it('a field that is there and gives nothing, or nonsense, fails its item, and nothing is sent', async () => {
	expect(places.length).toBeGreaterThan(35);
	for (const place of places) {
		simulator.reset();
		const { node, field, collection = '' } = place;
		const title = [node.resource, node.operation, collection, field.name].join(' ');
		const { success } = await run(parametersOf(place, simulator.addSegment().id), {
			items: EXPRESSIONS.map(() => ({})),
			...CONTINUE,
		});
		const ends = EXPRESSIONS.map((expression, index) => {
			if (isLeftOut(field, expression)) return 'left out';
			const { json } =
				success.find(({ pairedItem }) => (pairedItem as { item: number }).item === index) ?? {};
			const { message = '' } = (json?.error ?? {}) as { message?: string };
			if (message === `'${field.displayName}' is empty`) return 'is empty';
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

/** Every collection of every operation, those without fields too. */
const collections = nodeCases.flatMap((node) => {
	const named = fieldsOf(node).filter(({ type }) => type === 'collection');
	return [...new Set(['options', ...named.map(({ name }) => name)])].map((name) => ({
		node,
		name,
	}));
});

// Of a collection, n8n drops what it does not know.
it.each([
	['text', 'dryRun', 'must be an object'],
	['a list', [{ dryRun: true }], 'must be an object'],
	['an expression that gives text', '={{ "dryRun" }}', 'must be an object'],
	['an expression that gives nothing', '={{ $json.nothing }}', 'is empty'],
	['an object with an unknown field', { dryRun: true }, 'has no field "dryRun"'],
])('a collection that is %s fails its item, and nothing is sent', async (_, value, message) => {
	const { id } = simulator.addSegment();
	for (const { node, name } of collections) {
		const parameters = { ...validParameters(node, id), [name]: value };
		const { success } = await run(parameters, CONTINUE);
		const failure = expect.objectContaining({ message: expect.stringContaining(message) });
		expect([node, name, jsonOf(success)]).toEqual([node, name, [{ error: failure }]]);
	}
	expect(simulator.log).toEqual([]);
});

it('a collection can be an expression that gives an object', async () => {
	const options = "={{ { ifScheduled: 'delete' } }}";
	await runOn('delete', [simulator.addSegment().id], { options });
	expect(simulator.log.map(({ method }) => method)).toEqual(['GET', 'DELETE']);
});
