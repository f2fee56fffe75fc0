import type { Instance } from '../n8n/instance';

/** What all groups of measurements need. */
export interface Context {
	/** How often each measurement is repeated. */
	runs: number;
	/** The number of items or contacts to measure with instead of this one. */
	scaled: (count: number) => number;
	/** Starts a new n8n, as `name` in progress and folders. */
	startN8n: (name: string) => Promise<Instance>;
}

/** Measures, and returns rows of the table. */
export type Group = (context: Context) => Promise<string[]>;
