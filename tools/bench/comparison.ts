import { summarize, type Comparison } from './statistics';

/** The measurements of this node and of what it is compared with. */
export interface Pair<M> {
	ours: M;
	theirs: M;
}

/** Measures both in turn. A first run of each is a warm-up and does not count. */
export async function compare<M>(
	runs: number,
	measure: { ours: () => Promise<M>; theirs: () => Promise<M> },
): Promise<Array<Pair<M>>> {
	const pairs: Array<Pair<M>> = [];
	for (let round = 0; round <= runs; round++) {
		const pair = { ours: await measure.ours(), theirs: await measure.theirs() };
		if (round > 0) pairs.push(pair);
	}
	return pairs;
}

/** Compares one of the numbers that were measured. */
export const summaryOf = <M>(pairs: Array<Pair<M>>, of: (measured: M) => number): Comparison =>
	summarize(pairs.map(({ ours, theirs }) => ({ ours: of(ours), theirs: of(theirs) })));
