import type { LimitedRun } from './rateLimit';
import type { Comparison } from './statistics';

export const number = (value: number, fraction = 0): string =>
	value.toLocaleString('en-US', {
		minimumFractionDigits: fraction,
		maximumFractionDigits: fraction,
	});

const megabytes = (bytes: number): string => `${number(bytes / 1e6)} MB`;

/** A row of a Markdown table. */
export const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

export const tableHead = [
	row('', 'This node', 'HTTP Request or chain', 'Ratio (lowest to highest)'),
	row('---', '---', '---', '---'),
];

/** Times in milliseconds for all items, shown per item. */
export function timeRow(title: string, items: number, { ours, theirs, ratio }: Comparison): string {
	return row(
		title,
		`${number(ours / items, 2)} ms per item`,
		`${number(theirs / items, 2)} ms per item`,
		`${number(ratio.median, 2)} (${number(ratio.lowest, 2)} to ${number(ratio.highest, 2)})`,
	);
}

/** Times in milliseconds as they are. */
export function millisecondsRow(title: string, { ours, theirs, ratio }: Comparison): string {
	return row(
		title,
		`${number(ours)} ms`,
		`${number(theirs)} ms`,
		`${number(ratio.median, 2)} (${number(ratio.lowest, 2)} to ${number(ratio.highest, 2)})`,
	);
}

/** Times in milliseconds, shown in seconds. */
export function secondsRow(title: string, { ours, theirs, ratio }: Comparison): string {
	return row(
		title,
		`${number(ours / 1000, 1)} s`,
		`${number(theirs / 1000, 1)} s`,
		`${number(ratio.median, 2)} (${number(ratio.lowest, 2)} to ${number(ratio.highest, 2)})`,
	);
}

export function requestsRow(title: string, ours: number, theirs: number): string {
	return row(`${title}: requests sent`, number(ours), number(theirs), number(ours / theirs, 3));
}

interface Memory {
	before: number;
	peak: number;
}

/** Peak memory of n8n above what it had before. */
export function addedMemoryRow(title: string, ours: Memory, theirs: Memory): string {
	const added = ({ before, peak }: Memory) => peak - before;
	const format = (memory: Memory) =>
		`${megabytes(added(memory))} (${megabytes(memory.before)} before)`;
	return row(
		`${title}: peak memory of n8n above idle`,
		format(ours),
		format(theirs),
		number(added(ours) / added(theirs), 2),
	);
}

/** What became of the same items with each subject. */
export function limitedRow(title: string, ...runs: LimitedRun[]): string {
	return row(
		title,
		...runs.map(
			({ succeeded, seconds, refused }) =>
				`${number(succeeded)} succeeded in ${number(seconds)} s, ${number(refused)} requests refused`,
		),
		'',
	);
}
