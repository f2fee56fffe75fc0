export function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How two contestants compare that took turns: medians over the pairs of neighbouring runs. */
export interface Comparison {
	ours: number;
	theirs: number;
	/** Ours to theirs: median, lowest and highest of all pairs. */
	ratio: { median: number; lowest: number; highest: number };
}

/** @param pairs ours and theirs, of runs one right after the other */
export function compare(pairs: Array<{ ours: number; theirs: number }>): Comparison {
	const ratios = pairs.map(({ ours, theirs }) => ours / theirs);
	return {
		ours: median(pairs.map(({ ours }) => ours)),
		theirs: median(pairs.map(({ theirs }) => theirs)),
		ratio: {
			median: median(ratios),
			lowest: Math.min(...ratios),
			highest: Math.max(...ratios),
		},
	};
}
