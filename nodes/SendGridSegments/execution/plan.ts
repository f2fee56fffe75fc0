import { getOrAdd } from '../utils';

/** What decides which batch an item goes into. */
export interface Plannable {
	/** Only items with the same key share a request. */
	key: string;
	/** Items with different units are sent together in one request, up to a maximum. */
	unit?: string;
}

/**
 * Assigns items, one after the other, to batches: those with the same key, with at most `maxUnits`
 * different units in one. Items with the same key and unit are always in the same batch.
 *
 * @returns a function that gives the name of an item's batch
 */
export function batchesOf(maxUnits: number): (item: Plannable) => string {
	const unitsOfKey = new Map<string, Map<string, number>>();
	return ({ key, unit = '' }) => {
		const units = getOrAdd(unitsOfKey, key, () => new Map<string, number>());
		const position = getOrAdd(units, unit, () => units.size);
		return `${Math.floor(position / maxUnits)} ${key}`;
	};
}
