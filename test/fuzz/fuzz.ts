import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as fc from 'fast-check';
import type { Simulator } from '../../simulator';
import { describeScenario } from './describe';
import { violationsOf } from './invariants';
import { play, type Played } from './play';
import { operations, scenario, type Scenario } from './scenario';

/** Scenarios per seed. The seed of each further block follows from the first, so that a block can be repeated. */
const BLOCK = 100;

/** Real time for a block, and for making smaller what it finds. */
const BLOCK_MS = 4 * 60_000;

/** What a fuzz run did. */
export interface Figures {
	seed: number;
	runs: number;
	items: number;
	requests: number;
	/** By "resource operation": items that succeeded, and that failed. */
	ends: Record<string, { succeeded: number; failed: number }>;
	canceled: number;
	stopped: number;
	/** The longest turn of the event loop in real ms, the simulator's work and other processes' included. */
	longestTurnMs: number;
	longestTurn: string;
}

/**
 * Plays random scenarios until the time or their number is over.
 *
 * @param path of one scenario of the block of `seed`, to play only that
 * @param isDone asked before each block
 * @throws an Error that tells the smallest scenario that was found to break a rule, and how to repeat it
 */
export async function fuzz(
	simulators: Simulator[],
	{
		seed,
		isDone,
		path,
		onBlock = () => {},
	}: {
		seed: number;
		isDone: (runs: number) => boolean;
		path?: string;
		onBlock?: (figures: Figures) => void;
	},
): Promise<Figures> {
	const figures: Figures = {
		seed,
		runs: 0,
		items: 0,
		requests: 0,
		ends: Object.fromEntries(
			Object.keys(operations).map((title) => [title, { succeeded: 0, failed: 0 }]),
		),
		canceled: 0,
		stopped: 0,
		longestTurnMs: 0,
		longestTurn: '',
	};
	const turns = monitorEventLoopDelay({ resolution: 5 });
	turns.enable();
	const playAndCheck = async (drawn: Scenario) => {
		turns.reset();
		const played = await play(drawn, simulators);
		if (!played) return;
		const longestMs = turns.max / 1e6;
		if (longestMs > figures.longestTurnMs) {
			figures.longestTurnMs = Math.round(longestMs);
			figures.longestTurn = describeScenario(drawn);
		}
		count(figures, played);
		const violations = violationsOf(played);
		if (violations.length === 0) return;
		throw new Error(
			`${violations.map((text) => `✗ ${text}`).join('\n')}\n\n${describeScenario(drawn, played)}`,
		);
	};
	try {
		for (let block = seed; !isDone(figures.runs); block++) {
			let last: Promise<void> = Promise.resolve();
			const property = fc.asyncProperty(scenario, async (drawn) => {
				last = playAndCheck(drawn);
				await last;
			});
			const details = await fc.check(property, {
				seed: block,
				path,
				numRuns: BLOCK,
				interruptAfterTimeLimit: BLOCK_MS,
				markInterruptAsFailure: false,
			});
			// One that the time limit left unfinished.
			await last.catch(() => {});
			if (details.failed) {
				const { errorInstance, counterexamplePath } = details;
				const { message, stack } = errorInstance as Error;
				throw new Error(
					`Repeat with --seed ${block} --path ${counterexamplePath}\n\n${message.startsWith('✗') ? message : stack}`,
				);
			}
			onBlock(figures);
		}
	} finally {
		turns.disable();
	}
	return figures;
}

function count(figures: Figures, { scenario: drawn, run, accounts }: Played): void {
	figures.runs++;
	figures.items += drawn.items.length;
	figures.requests += accounts.reduce((sum, { simulator }) => sum + simulator.log.length, 0);
	if (run.status === 'canceled') figures.canceled++;
	if (run.error) figures.stopped++;
	const ends = figures.ends[`${drawn.resource} ${drawn.operation}`];
	for (const { json } of [...run.success, ...run.failures]) {
		if (json.error) ends.failed++;
		else ends.succeeded++;
	}
}
