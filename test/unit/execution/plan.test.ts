import fc from 'fast-check';
import { batchesOf, type Plannable } from '../../../nodes/SendGridSegments/execution/plan';

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

it('keys and units are not mixed up', () => {
	const items = [
		{ index: 0, key: 'a","b', unit: '1' },
		{ index: 1, key: 'a', unit: 'b","1' },
	];
	expect(batch(items)).toEqual([[items[0]], [items[1]]]);
});

it('5,000 different addresses in one segment are 50 requests', () => {
	const addresses = Array.from({ length: 5_000 }, (_, index) => ({
		index,
		key: 'a',
		unit: String(index),
	}));
	const groups = batch(addresses, 100);
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
