import { sleep, type IDataObject, type IExecutePaginationFunctions } from 'n8n-workflow';
import { SegmentFailure } from './failures';

/** How soon a wait notices that the run was stopped or cancelled. */
const NOTICE_MS = 500;

/** By the word "canceled" in it, the engine knows that the execution did not fail. */
export const CANCELED = 'The execution was canceled';

/** Thrown for an item that is not sent any more, since the run has ended under "Stop Workflow". */
export class NotSent extends Error {}

/** Lets at most so many pieces of work be under way at a time, first come first served. */
export class Places {
	private readonly waiting: Array<() => void> = [];

	constructor(private free: number) {}

	async with<T>(work: () => Promise<T>): Promise<T> {
		if (this.free > 0) this.free--;
		else await new Promise<void>((resolve) => this.waiting.push(resolve));
		try {
			return await work();
		} finally {
			const next = this.waiting.shift();
			if (next) next();
			else this.free++;
		}
	}
}

/** One go of the engine through the run's items; "Retry On Fail" makes further ones. */
export class Attempt {
	/** Set by the first failure under "Stop Workflow": nothing more is sent. */
	stopped = false;

	private readonly arrived = new Set<number>();

	private readonly work: Array<Promise<unknown>> = [];

	private readonly shared = new Map<string, Promise<unknown>>();

	private allWork?: Promise<unknown>;

	private lastArrival!: () => void;

	private readonly allArrived = new Promise<void>((resolve) => (this.lastArrival = resolve));

	private macrotask?: Promise<void>;

	constructor(readonly run: Run) {}

	has(item: number): boolean {
		return this.arrived.has(item);
	}

	arrive(item: number): void {
		this.arrived.add(item);
		if (this.arrived.size >= this.run.itemCount) this.lastArrival();
	}

	/** Does the work once for all items of this attempt that ask for the same. */
	async once<T>(key: string, work: () => Promise<T>): Promise<T> {
		let result = this.shared.get(key) as Promise<T> | undefined;
		if (!result) {
			result = work();
			this.shared.set(key, result);
		}
		return await result;
	}

	/**
	 * Under "Stop Workflow" the engine gives up when an item's expression cannot be evaluated, while
	 * the items before it are here already. It prepares items without a pause, so after one
	 * macrotask either all are here or it has given up, and then nothing may be sent.
	 */
	async complete(): Promise<void> {
		this.macrotask ??= sleep(0);
		await this.macrotask;
		if (this.arrived.size < this.run.itemCount) throw new NotSent();
	}

	track(work: Promise<unknown>): void {
		this.work.push(work);
	}

	/** When every item of the run has arrived and has its output or failure. */
	async settled(): Promise<void> {
		await this.allArrived;
		this.allWork ??= Promise.all(this.work);
		await this.allWork;
	}

	/** Throws where nothing more may be sent. */
	check(): void {
		if (this.stopped) throw new NotSent();
		if (this.run.cancelSignal?.aborted) {
			throw new SegmentFailure(CANCELED, 'Nothing more was sent for this item.');
		}
	}

	/** Waits until the instant (ms since the epoch); throws soon after a stop or a cancellation. */
	async waitUntil(instant: number): Promise<void> {
		this.check();
		for (let rest = instant - Date.now(); rest > 0; rest = instant - Date.now()) {
			await sleep(Math.min(rest, NOTICE_MS));
			this.check();
		}
	}
}

/** What the items of one run of the node share, through all tries of "Retry On Fail". */
export class Run {
	/** The outputs of the items that have succeeded. */
	readonly outputs = new Map<number, IDataObject[]>();

	attempt = new Attempt(this);

	private readonly notes = new Map<string, unknown>();

	private pausedUntil = 0;

	constructor(
		readonly itemCount: number,
		readonly cancelSignal?: AbortSignal,
	) {}

	/** The attempt that the item's arrival belongs to: an item that comes again opens a new one. */
	arrive(item: number): Attempt {
		if (this.attempt.has(item)) {
			this.attempt.stopped = true;
			this.attempt = new Attempt(this);
		}
		this.attempt.arrive(item);
		return this.attempt;
	}

	/** What was noted under this key, in this attempt or an earlier one. */
	note<T>(key: string, initial: () => T): T {
		if (!this.notes.has(key)) this.notes.set(key, initial());
		return this.notes.get(key) as T;
	}

	/** Keeps every request of the run back until the instant (ms since the epoch). */
	pauseUntil(instant: number): void {
		this.pausedUntil = Math.max(this.pausedUntil, instant);
	}

	async resumed(attempt: Attempt): Promise<void> {
		do await attempt.waitUntil(this.pausedUntil);
		while (Date.now() < this.pausedUntil);
	}
}

const runs = new WeakMap<object, Run>();

/**
 * The run that an item belongs to. All items of a run, in all its tries, are given the same
 * `getExecuteData()`. Several calls of an AI agent's tools may see one object too, the agent's: such
 * a call is a run of its own.
 */
export function runOf(context: IExecutePaginationFunctions): Run {
	const node = context.getNode();
	const executeData = context.getExecuteData();
	const cancelSignal = context.getExecutionCancelSignal();
	if (executeData?.node?.name !== node.name) return new Run(1, cancelSignal);
	const known = runs.get(executeData);
	if (known) return known;
	const { main, ai_tool: tool } = executeData.data;
	const count = (main ?? tool)?.[0]?.length ?? 1;
	const run = new Run(node.executeOnce ? 1 : count, cancelSignal);
	runs.set(executeData, run);
	return run;
}
