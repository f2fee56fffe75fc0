import { getOrAdd } from '../utils';

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
	const unitsOfKey = new Map<string, Map<string, number>>();
	const groups = new Map<string, Item[]>();
	for (const item of items) {
		const units = getOrAdd(unitsOfKey, item.key, () => new Map<string, number>());
		const position = getOrAdd(units, item.unit ?? '', () => units.size);
		const group = `${Math.floor(position / maxUnits)} ${item.key}`;
		getOrAdd(groups, group, (): Item[] => []).push(item);
	}
	return [...groups.values()];
}
