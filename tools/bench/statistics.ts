export function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Comparison of two subjects: medians of the alternating runs. */
export interface Comparison {
	ours: number;
	theirs: number;
	/** Ours divided by theirs: median, lowest and highest of all pairs. */
	ratio: { median: number; lowest: number; highest: number };
}

/** @param pairs measurements of consecutive runs */
export function summarize(pairs: Array<{ ours: number; theirs: number }>): Comparison {
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
