import {
	deepCopy,
	sleep,
	type IExecutePaginationFunctions,
	type IHttpRequestOptions,
} from 'n8n-workflow';
import { ExecutionCanceledError, ItemError, RunStoppedError, toItemError } from '../errors';
import { ParameterReader } from '../parameters/ParameterReader';
import { RateLimits, timeoutOf, type Delivery } from '../transport/apiRequest';
import { readCredential, type Credential } from '../transport/credential';
import { getOrAdd, onAbort, Semaphore, TimeSlicer } from '../utils';
import { deferExpressions } from './deferExpressions';
import type { AccountContext, NodeOperation, OperationContext, OutputItem } from '../operation';
import { batchesOf } from './plan';

/** How long the engine must be quiet, beyond its pauses, before the run stops waiting for items. */
const QUIET_MS = 1000;

/** An item's outcome; `stopped`: another item ended the run. */
type Outcome = { items: OutputItem[] } | { error: ItemError } | 'stopped';

/** An item as the engine hands it over. */
interface Arrival {
	index: number;
	functions: IExecutePaginationFunctions;
	options: IHttpRequestOptions;
	settle(outcome: Outcome): void;
}

/** An item whose parameters have been read. */
interface ParsedItem extends Arrival {
	input: unknown;
	context: AccountContext;
	key: string;
	unit?: string;
}

/** An item that has been assigned to a request. */
interface PlannedItem extends ParsedItem {
	context: OperationContext;
	request: SharedRequest;
	prepared?: Promise<void>;
}

/** A request, and the items that share it. It lives through all tries of "Retry On Fail". */
class SharedRequest {
	/** Those of earlier tries only if it is not sent again. */
	items: PlannedItem[] = [];
	/** Once it is sent. */
	result?: Promise<unknown>;
	hasSucceeded = false;
	readonly delivery: Delivery = {};
	readonly progress: OperationContext['progress'] = {};
}

/** What items with the same API key and base URL share. Other items share nothing. */
class Account {
	readonly rateLimits = new RateLimits();
	readonly names: AccountContext['names'] = {};

	constructor(
		readonly credential: Credential,
		/** Different for each account of a run. */
		readonly id: number,
	) {}
}

/** Ms that the engine waits between batches of items, as set by the user. */
function pauseBetweenBatches(functions: IExecutePaginationFunctions): number {
	const options = functions.getNodeParameter('requestOptions', {}) as null | {
		batching?: { batch?: { batchInterval?: number } };
	};
	return Math.max(Number(options?.batching?.batch?.batchInterval) || 0, 0);
}

/** One run of the node, across all tries of "Retry On Fail". */
export class Run {
	/** The outputs of the items that have succeeded. */
	readonly outputs = new Map<number, OutputItem[]>();
	/** The latest request of each key. */
	readonly requests = new Map<string, SharedRequest>();
	/** The last request that was sent for each item. */
	readonly requestOf = new Map<number, SharedRequest>();
	private readonly accounts = new Map<string, Account>();
	private currentTry?: Try;

	constructor(
		readonly operation: NodeOperation,
		/** How many items the engine has; 1 under "Execute Once", or if they are not recognized as one run. */
		readonly itemCount: number,
		readonly stopsOnError: boolean,
		readonly cancelSignal?: AbortSignal,
	) {}

	/** The engine hands items over in order, so an index that is not higher starts a new try. */
	tryOf(index: number): Try {
		const previous = this.currentTry;
		if (previous && index > previous.lastIndex) return previous;
		previous?.stop();
		return (this.currentTry = new Try(this, previous));
	}

	/** For another try, in which everything is sent again but what took effect, or must not be repeated. */
	resetRequests(): void {
		const { idempotent } = this.operation;
		for (const request of [...this.requests.values(), ...this.requestOf.values()]) {
			const { hasSucceeded, delivery } = request;
			if (hasSucceeded || (idempotent === false && delivery.maybeProcessed)) continue;
			request.result = undefined;
			request.items = [];
		}
	}

	account(credential: Credential): Account {
		const key = `${credential.baseUrl}\n${credential.apiKey}`;
		return getOrAdd(this.accounts, key, () => new Account(credential, this.accounts.size));
	}

	/** The items whose request succeeded, even if they still wait for what it started. */
	get processedItems(): number[] {
		return this.itemsWith(({ hasSucceeded }) => hasSucceeded);
	}

	/** The items whose request may have changed something without a success being seen. */
	get uncertainItems(): number[] {
		return this.itemsWith(({ delivery, hasSucceeded }) => delivery.maybeProcessed && !hasSucceeded);
	}

	private itemsWith(isMet: (request: SharedRequest) => boolean | undefined): number[] {
		return [...this.requestOf].filter(([, request]) => isMet(request)).map(([index]) => index);
	}
}

/**
 * One pass of the engine over the items of a run. Read it from top to bottom: this is all that happens.
 *
 * It relies on two facts about the engine. Items arrive synchronously and in order, so all items between
 * two of its pauses are there before the first microtask. And it hands over all items, or gives up on the
 * node (under "Continue", newer versions skip items that they cannot evaluate).
 */
class Try {
	private readonly controller = new AbortController();
	private readonly signal = this.controller.signal;
	private readonly slicer = new TimeSlicer();
	private readonly limits = new Map<Account, Semaphore>();
	private sharedCredential?: Promise<Credential | undefined>;
	/** The items that are being collected, to be parsed and planned together. */
	private wave: Arrival[] = [];
	lastIndex = -1;
	private onLastArrival = () => {};
	private readonly lastArrival = new Promise<void>((resolve) => (this.onLastArrival = resolve));
	/** Waves are parsed and planned one after the other; their requests may overlap. */
	private work = Promise.resolve();
	private readonly outcomes: Array<Promise<Outcome>> = [];
	private failure?: Promise<Outcome | undefined>;

	constructor(
		private readonly run: Run,
		previous?: Try,
	) {
		// n8n may have given up on the previous try while requests were in progress: what became of them
		// must be known before anything is sent again.
		if (previous) this.work = Promise.all(previous.outcomes).then(() => run.resetRequests());
	}

	/** Collect: takes an item from the engine, and resolves with its outcome. */
	async enter(functions: IExecutePaginationFunctions, options: IHttpRequestOptions) {
		const { cancelSignal, itemCount, stopsOnError, operation } = this.run;
		const index = (this.lastIndex = functions.getItemIndex());
		const outcome = new Promise<Outcome>((settle) => {
			this.wave.push({ index, functions, options, settle });
		});
		this.outcomes.push(outcome);
		// From the second item between two pauses on, an expression that cannot be evaluated fails only its item.
		if (itemCount > 1) deferExpressions(functions.getExecuteData().node);
		if (this.isComplete) this.onLastArrival();
		const { wave } = this;
		if (wave.length === 1) {
			// Under "Stop", nothing may be sent if any item turns out to be unusable. A batch needs all of its
			// items, and what one item prepares for may concern the others. Other items may join later.
			const waitsForAll = stopsOnError || !!operation.batch || !!operation.prepare;
			const allArrived = waitsForAll ? this.untilAllArrived(functions) : undefined;
			this.work = Promise.all([this.work, allArrived])
				.finally(() => (this.wave = []))
				.then(async () => await this.carryOut(wave))
				// A defect of an operation must not leave its items without an outcome.
				.catch((thrown) => wave.forEach((arrival) => this.fail(arrival, thrown)));
		}
		const cancel = () => this.controller.abort(new ExecutionCanceledError());
		if (cancelSignal?.aborted) cancel();
		return await outcome.finally(cancelSignal && onAbort(cancelSignal, cancel));
	}

	/** Whether the engine has handed over all items. Until then, it does not wait for any of them. */
	get isComplete(): boolean {
		return this.lastIndex >= this.run.itemCount - 1;
	}

	/** Ends the try under "Stop Workflow", or because a later one has begun. */
	stop(): void {
		this.controller.abort(new RunStoppedError());
	}

	/** The first failure in the order of the items; resolves when all of them have their outcome. */
	async firstFailure(): Promise<Outcome | undefined> {
		return await (this.failure ??= Promise.all(this.outcomes).then((outcomes) =>
			outcomes.find((outcome) => outcome !== 'stopped' && 'error' in outcome),
		));
	}

	/**
	 * Resolves with the last item, or when none has come for a second. The engine hands over all items, even
	 * of a canceled run, before it waits for any of them: until then, nothing would catch what one throws.
	 */
	private async untilAllArrived(functions: IExecutePaginationFunctions): Promise<void> {
		const quietMs = QUIET_MS + pauseBetweenBatches(functions);
		for (let before = -1; before !== this.lastIndex;) {
			if (this.isComplete) return;
			before = this.lastIndex;
			await Promise.race([this.lastArrival, sleep(quietMs)]);
		}
		// Whether the engine skipped the rest or gave up on the node cannot be told.
		if (!this.run.stopsOnError) return;
		const message = 'n8n did not hand over all items of this run';
		this.controller.abort(new ItemError(message, 'Nothing was sent. Run the workflow again.'));
	}

	private async carryOut(wave: Arrival[]): Promise<void> {
		const parsed: ParsedItem[] = [];
		for (const arrival of wave) {
			const items = this.run.outputs.get(arrival.index);
			// What has an output from an earlier try keeps it.
			if (items) {
				arrival.settle({ items });
				continue;
			}
			await this.slicer.pauseIfOver();
			await this.parse(arrival).then(
				(item) => parsed.push(item),
				(thrown) => this.fail(arrival, thrown),
			);
		}
		const planned = this.plan(parsed);
		// All in the same turn, before the first answer: a request waits only for what was prepared by then.
		for (const item of planned) this.prepare(item);
		for (const item of planned) {
			await this.slicer.pauseIfOver();
			this.answer(item);
		}
	}

	/** Parse: the item's credential and parameters. */
	private async parse(arrival: Arrival): Promise<ParsedItem> {
		const { operation } = this.run;
		const { functions, options, index } = arrival;
		this.signal.throwIfAborted();
		const parameters = ParameterReader.of(functions);
		const account = await this.readAccount(functions);
		const context: AccountContext = {
			limit: getOrAdd(this.limits, account, () => new Semaphore(operation.concurrency)),
			functions,
			options,
			credential: account.credential,
			rateLimits: account.rateLimits,
			names: account.names,
			signal: this.signal,
			timeoutMs: timeoutOf(functions),
		};
		const input: unknown = await operation.parse({
			parameters,
			options: parameters.collection(operation.optionsField, operation.allOptions),
			context,
		});
		return {
			...arrival,
			input,
			context,
			key: `${account.id} ${operation.requestKey?.(input) ?? `item ${index}`}`,
			unit: operation.batch?.unit(input),
		};
	}

	/**
	 * Reads the credential once for all items, unless its fields are expressions that depend on the item.
	 * n8n loads and decrypts it each time, which took another 10 seconds of CPU time for 5,000 items.
	 */
	private async readAccount(functions: IExecutePaginationFunctions): Promise<Account> {
		// If it cannot be read, that may concern the first item only.
		const first = await (this.sharedCredential ??= readCredential(functions).catch(
			() => undefined,
		));
		const isSame = first?.data.isSameForAllItems === true;
		return this.run.account(isSame ? first : await readCredential(functions));
	}

	/** Plan: which items share a request. Only items with the same API key and base URL do. */
	private plan(parsed: ParsedItem[]): PlannedItem[] {
		const { operation, requestOf } = this.run;
		const batchOf = operation.batch && batchesOf(operation.batch.size);
		const batches = new Map<string, SharedRequest>();
		return parsed.map((item) => {
			// What was processed, or may have been, in an earlier try stays the item's request, whatever its
			// parameters are now.
			let request = requestOf.get(item.index);
			if (!request?.result) {
				request = batchOf
					? getOrAdd(batches, batchOf(item), () => new SharedRequest())
					: this.latestRequest(item);
			}
			const { delivery, progress } = request;
			const planned = { ...item, context: { ...item.context, delivery, progress }, request };
			request.items.push(planned);
			return planned;
		});
	}

	/** The latest request of the item's key, or a new one if the item may not share it. */
	private latestRequest({ key, input }: ParsedItem): SharedRequest {
		const { operation, requests } = this.run;
		const latest = getOrAdd(requests, key, () => new SharedRequest());
		if (!latest.result || (operation.mayJoinSent?.(input) ?? true)) return latest;
		const request = new SharedRequest();
		requests.set(key, request);
		return request;
	}

	/** Prepare: what must have happened before the item's request. */
	private prepare(item: PlannedItem): void {
		const { request, context, input } = item;
		if (request.result || this.signal.aborted) return;
		item.prepared = this.run.operation.prepare?.(context, input);
		// Handled at once: if the failure stopped the run first, the item would be answered as stopped.
		item.prepared?.catch((thrown) => this.fail(item, thrown));
	}

	/** Answer: the item's output, as soon as its request has ended. */
	private answer(item: PlannedItem): void {
		this.outputOf(item).then(
			(items) => {
				this.run.outputs.set(item.index, items);
				item.settle({ items });
			},
			(thrown) => this.fail(item, thrown),
		);
	}

	private async outputOf(item: PlannedItem): Promise<OutputItem[]> {
		const { index, request, input, context } = item;
		const { operation, requestOf } = this.run;
		this.signal.throwIfAborted();
		await item.prepared;
		const sending = (request.result ??= this.send(request));
		requestOf.set(index, request);
		const result = await sending;
		// The items of a shared request would otherwise all continue at once.
		await this.slicer.pauseIfOver();
		const output = await operation.toOutput(result, input, context);
		if (item === request.items[0]) return output;
		// Nodes that follow may change an item, which must not change another one with it.
		const copies: OutputItem[] = [];
		for (const each of output) {
			await this.slicer.pauseIfOver();
			copies.push(deepCopy(each));
		}
		return copies;
	}

	/** Send: once all items of the request have been prepared, or failed. Later ones share its result. */
	private async send(request: SharedRequest): Promise<unknown> {
		const { operation, requestOf, stopsOnError } = this.run;
		const items = [...request.items];
		const prepared = await Promise.allSettled(items.map((item) => item.prepared));
		const ready = items.filter((_, index) => prepared[index].status === 'fulfilled');
		for (const { index } of ready) requestOf.set(index, request);
		const [{ context }] = ready;
		const inputs = new Map<string | undefined, unknown>();
		for (const { unit, input } of ready) getOrAdd(inputs, unit, () => input);
		return await context.limit.run(async () => {
			this.signal.throwIfAborted();
			const work = operation.execute(context, [...inputs.values()]);
			await work.then(
				() => (request.hasSucceeded = true),
				(thrown) => {
					const error = toItemError(thrown);
					const isTolerated = ready.every(({ input }) => operation.recover?.(error, input));
					// Before the request gives up its slot; otherwise, one more would start.
					if (stopsOnError && !isTolerated) this.stop();
				},
			);
			return await work;
		});
	}

	private fail({ index, settle, input }: Arrival & { input?: unknown }, thrown: unknown): void {
		if (thrown instanceof RunStoppedError) return settle('stopped');
		const error = toItemError(thrown);
		const json = input === undefined ? undefined : this.run.operation.recover?.(error, input);
		if (json) {
			const items = [{ json }];
			this.run.outputs.set(index, items);
			return settle({ items });
		}
		if (this.run.stopsOnError) this.stop();
		settle({ error });
	}
}
