import fc from 'fast-check';
import { batchesOf, type Plannable } from '../../../nodes/SendGridSegments/execution/plan';

/** Items written as `key` or `key:unit`, numbered by their place. */
const items = (...texts: string[]) =>
	texts.map((text, index) => {
		const [key, unit] = text.split(':');
		return { index, key, unit };
	});

/** The items of each batch. */
function batch<Item extends Plannable>(items: Item[], maxUnits = 1): Item[][] {
	const batchOf = batchesOf(maxUnits);
	const batches = new Map<string, Item[]>();
	for (const item of items) {
		const name = batchOf(item);
		batches.set(name, [...(batches.get(name) ?? []), item]);
	}
	return [...batches.values()];
}

const indexes = (groups: Array<Array<{ index: number }>>) =>
	groups.map((group) => group.map(({ index }) => index));

it.each<[string, string[], number | undefined, number[][]]>([
	['no items need no request', [], undefined, []],
	['items with the same key share one', ['a', 'b', 'a', 'a'], undefined, [[0, 2, 3], [1]]],
	['each key has its own', ['a', 'b', 'c'], undefined, [[0], [1], [2]]],
	['units share one, as many as it may have', ['a:1', 'a:2', 'a:3'], 2, [[0, 1], [2]]],
	['a unit that comes again needs no room', ['a:1', 'a:2', 'a:1', 'a:3'], 2, [[0, 1, 2], [3]]],
	['a unit stays in its request when that is full', ['a:1', 'a:2', 'a:1'], 1, [[0, 2], [1]]],
	['the same unit of another key is another one', ['a:1', 'b:1'], 5, [[0], [1]]],
	['keys and units are not mixed up', ['a","b:1', 'a:b","1'], 1, [[0], [1]]],
])('%s', (_, texts, maxUnits, expected) => {
	expect(indexes(batch(items(...texts), maxUnits))).toEqual(expected);
});

it('5,000 different addresses in one segment are 50 requests', () => {
	const addresses = Array.from({ length: 5_000 }, (_, index) => `a:${index}`);
	const groups = batch(items(...addresses), 100);
	expect(groups.map(({ length }) => length)).toEqual(Array(50).fill(100));
});

it('whatever the items: each is in one request, in order, with its equals, and none is too large', () => {
	const item = fc.record({ key: fc.constantFrom('a', 'b', ''), unit: fc.option(fc.nat(6)) });
	fc.assert(
		fc.property(fc.array(item), fc.integer({ min: 1, max: 4 }), (given, maxUnits) => {
			const all = given.map(({ key, unit }, index) => ({
				index,
				key,
				...(unit !== null && { unit: String(unit) }),
			}));
			const groups = batch(all, maxUnits);
			const requestOf = new Map(
				groups.flatMap((group, request) => group.map(({ index }) => [index, request] as const)),
			);
			expect([...requestOf.keys()].sort((a, b) => a - b)).toEqual(all.map(({ index }) => index));
			for (const group of groups) {
				expect(group.map(({ index }) => index)).toEqual(
					group.map(({ index }) => index).sort((a, b) => a - b),
				);
				expect(new Set(group.map(({ key }) => key)).size).toBe(1);
				expect(new Set(group.map(({ unit }) => unit)).size).toBeLessThanOrEqual(maxUnits);
			}
			for (const a of all) {
				for (const b of all) {
					if (a.key !== b.key || a.unit !== b.unit) continue;
					expect(requestOf.get(a.index)).toBe(requestOf.get(b.index));
				}
			}
			// Of one key, no request is left with room while a later one is opened.
			for (const key of new Set(all.map((each) => each.key))) {
				const ofKey = groups.filter(([first]) => first.key === key).slice(0, -1);
				for (const group of ofKey) {
					expect(new Set(group.map(({ unit }) => unit)).size).toBe(maxUnits);
				}
			}
		}),
	);
});
