/** What decides which request an item goes into. */
export interface Plannable {
	/** Items with the same key may share a request. */
	key: string;
	/** Items that differ in it are sent together in one request, up to a number of them. */
	unit?: string;
}

/**
 * Which items share a request: those with the same key, with at most `maxUnits` different units in
 * one. Items with the same key and unit always share. Keeps the order of the items.
 */
export function groupByRequest<Item extends Plannable>(items: Item[], maxUnits = 1): Item[][] {
	const groups: Item[][] = [];
	const groupOfUnit = new Map<string, Item[]>();
	const openGroup = new Map<string, { items: Item[]; units: number }>();
	for (const item of items) {
		const { key, unit = '' } = item;
		const unitKey = JSON.stringify([key, unit]);
		let group = groupOfUnit.get(unitKey);
		if (!group) {
			let open = openGroup.get(key);
			if (!open || open.units >= maxUnits) {
				openGroup.set(key, (open = { items: [], units: 0 }));
				groups.push(open.items);
			}
			open.units++;
			groupOfUnit.set(unitKey, (group = open.items));
		}
		group.push(item);
	}
	return groups;
}
