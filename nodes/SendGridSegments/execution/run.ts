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
import { getOrAdd, Semaphore, sleepUnlessAborted, TimeSlicer } from '../utils';
import { deferExpressions } from './deferExpressions';
import type { AccountContext, NodeOperation, OperationContext, OutputItem } from '../operation';
import { groupByRequest } from './plan';

/** How long the engine must be quiet before the run stops waiting for more items. */
const QUIET_MS = 1000;

/** How an item ended. */
export type Outcome = { items: OutputItem[] } | { error: ItemError } | 'notSent';

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
	account: Account;
	context: AccountContext;
	key: string;
	unit?: string;
}

/** An item that has its request. */
interface PlannedItem extends ParsedItem {
	context: OperationContext;
	request: Request;
	prepared?: Promise<void>;
}

/** A request of one try, and the items that share it. */
interface Request {
	items: PlannedItem[];
	record: RequestRecord;
	result?: Promise<unknown>;
}

/** What is known of a request through all tries of "Retry On Fail". */
interface RequestRecord {
	delivery: Delivery;
	progress: OperationContext['progress'];
	/** The items that it was sent for. */
	servedItems: Set<number>;
	/** A success, or the uncertain end of a request that must not be sent twice. */
	result?: Promise<unknown>;
	hasSucceeded?: boolean;
}

/** What items with the same API key and base URL share. Other items share nothing. */
class Account {
	readonly rateLimits = new RateLimits();
	/** The requests of each key, the latest first. */
	readonly records = new Map<string, RequestRecord[]>();
	/** By name: what was looked up in any try, so that a later one means the same segments. */
	readonly segmentIds = new Map<string, string>();

	constructor(readonly credential: Credential) {}
}

/** Ms that the engine waits between batches of items, as the user set it. */
function pauseBetweenBatches(functions: IExecutePaginationFunctions): number {
	const { batching } = functions.getNodeParameter('requestOptions', {}) as {
		batching?: { batch?: { batchInterval?: number } };
	};
	return Math.max(Number(batching?.batch?.batchInterval) || 0, 0);
}

/** One run of the node, through all tries of "Retry On Fail". */
export class Run {
	/** The outputs of the items that have succeeded. */
	readonly outputs = new Map<number, OutputItem[]>();
	private readonly records: RequestRecord[] = [];
	private readonly accounts = new Map<string, Account>();
	private currentTry?: Try;

	constructor(
		readonly operation: NodeOperation,
		/** How many items the engine has for the node; 1 if they cannot be recognized as one run. */
		readonly itemCount: number,
		readonly stopsOnError: boolean,
		readonly cancelSignal?: AbortSignal,
	) {}

	/** The engine hands items over in order, so one that comes again opens a new try. */
	tryOf(index: number): Try {
		const { lastIndex = Infinity } = this.currentTry ?? {};
		if (index <= lastIndex || !this.currentTry) {
			this.currentTry?.stop();
			this.currentTry = new Try(this, this.currentTry);
		}
		return this.currentTry;
	}

	account(credential: Credential): Account {
		const key = `${credential.baseUrl}\n${credential.apiKey}`;
		return getOrAdd(this.accounts, key, () => new Account(credential));
	}

	/** The items whose request succeeded, whether or not what they wait for has happened. */
	get processedItems(): number[] {
		return this.records
			.filter(({ hasSucceeded }) => hasSucceeded)
			.flatMap(({ servedItems }) => [...servedItems]);
	}

	/** The items whose request may have changed something without a success being seen. */
	get uncertainItems(): number[] {
		return this.records
			.filter(({ delivery, hasSucceeded }) => delivery.maybeProcessed && !hasSucceeded)
			.flatMap(({ servedItems }) => [...servedItems]);
	}

	newRecord(): RequestRecord {
		const record = { delivery: {}, progress: {}, servedItems: new Set<number>() };
		this.records.push(record);
		return record;
	}
}

/**
 * One pass of the engine over the items of a run. Read it downwards: this is all that happens to them.
 *
 * It rests on two facts of the engine: items arrive synchronously and in order, so all items of one
 * stretch are there before the first microtask; and it hands over all of them, or gives up on the node
 * (under "Continue", newer ones leave out what they cannot evaluate).
 */
class Try {
	private readonly controller = new AbortController();
	private readonly signal = this.controller.signal;
	private readonly slicer = new TimeSlicer();
	private arrivals: Arrival[] = [];
	lastIndex = -1;
	private onArrival = () => {};
	private parsed: ParsedItem[] = [];
	/** What there is to do for the items so far, one after the other. */
	private work = Promise.resolve();
	/** Resolves when all items are there, if they must be before the first request. */
	private allArrived?: Promise<void>;
	private mustWaitForAll: boolean;
	private readonly requests = new Map<RequestRecord, Request>();
	private readonly limits = new Map<Account, Semaphore>();
	private sharedCredential?: Promise<Credential | undefined>;
	private readonly outcomes: Array<Promise<Outcome>> = [];
	private unsettled = 0;
	private failure?: Promise<Outcome | undefined>;
	/** Whether the engine stopped handing over items, and so no longer waits for those that it did. */
	isAbandoned = false;

	constructor(
		private readonly run: Run,
		previous?: Try,
	) {
		const { stopsOnError, operation } = run;
		// n8n may have given up on the previous try while requests were in progress: what became of them
		// must be known before anything is sent again.
		if (previous) this.work = Promise.all(previous.outcomes).then(() => {});
		// Nothing may be sent if an item turns out to be unusable, or else without all of its items.
		this.mustWaitForAll = stopsOnError || !!operation.batch || !!operation.prepare;
	}

	/** Takes an item from the engine, and resolves with its outcome. */
	async enter(functions: IExecutePaginationFunctions, options: IHttpRequestOptions) {
		const { cancelSignal, itemCount } = this.run;
		const index = (this.lastIndex = functions.getItemIndex());
		const outcome = new Promise<Outcome>((settle) => {
			this.arrivals.push({ index, functions, options, settle });
		});
		this.outcomes.push(outcome);
		// The engine would give up on the node, whatever "On Error" says, at an item whose expression cannot
		// be evaluated; here, it is that item which fails.
		const parametersAreBack =
			itemCount > 1 ? deferExpressions(functions.getExecuteData().node) : undefined;
		this.onArrival();
		if (this.arrivals.length === 1) this.collect(functions, parametersAreBack);
		if (cancelSignal?.aborted) this.cancel();
		if (this.unsettled++ === 0) cancelSignal?.addEventListener('abort', this.cancel);
		try {
			return await outcome;
		} finally {
			if (--this.unsettled === 0) cancelSignal?.removeEventListener('abort', this.cancel);
		}
	}

	/** Ends the try under "Stop Workflow", or because a later one has begun. */
	stop(): void {
		this.controller.abort(new RunStoppedError());
	}

	private readonly cancel = (): void => this.controller.abort(new ExecutionCanceledError());

	/** Resolves when all items have their outcome; not before the engine waits for them, too. */
	async firstFailure(): Promise<Outcome | undefined> {
		await this.allArrived;
		return await (this.failure ??= Promise.all(this.outcomes).then((outcomes) =>
			outcomes.find((outcome) => outcome !== 'notSent' && 'error' in outcome),
		));
	}

	/**
	 * Collect: the items that the engine hands over in one stretch. They are parsed at once, while it
	 * pauses between batches, and carried out with all others, if those must be waited for.
	 */
	private collect(
		functions: IExecutePaginationFunctions,
		parametersAreBack: Promise<void> | undefined,
	): void {
		const stretch = Promise.resolve(parametersAreBack).then(() => this.arrivals.splice(0));
		const carryOut = () => (this.work = this.work.then(async () => await this.carryOut()));
		this.work = this.work.then(async () => await this.parseAll(await stretch));
		if (!this.mustWaitForAll) return void carryOut();
		// If it is aborted, each item fails by the signal.
		this.allArrived ??= this.untilAllArrived(functions)
			.catch(() => {})
			.then(() => {
				this.mustWaitForAll = false;
				return carryOut();
			});
	}

	private async untilAllArrived(functions: IExecutePaginationFunctions): Promise<void> {
		const { stopsOnError, itemCount } = this.run;
		const quietMs = QUIET_MS + pauseBetweenBatches(functions);
		while (this.lastIndex < itemCount - 1) {
			const before = this.lastIndex;
			const next = new Promise<void>((resolve) => (this.onArrival = resolve));
			// The engine hands over all items, a canceled run's too, before it waits for any of them: until
			// then, nobody would handle what an item throws.
			const quiet = stopsOnError ? sleep(quietMs) : sleepUnlessAborted(quietMs, this.signal);
			await Promise.race([next, quiet]);
			if (this.lastIndex !== before) continue;
			// The items that the engine left out do not come; if it gave up, this cannot be known.
			if (!stopsOnError) return;
			this.isAbandoned = true;
			const message = 'n8n did not hand over all items of this run';
			this.controller.abort(new ItemError(message, 'Nothing was sent. Run the workflow again.'));
			return;
		}
	}

	private async parseAll(arrivals: Arrival[]): Promise<void> {
		const { outputs } = this.run;
		for (const arrival of arrivals) {
			const items = outputs.get(arrival.index);
			// What succeeded in an earlier try stays as it is.
			if (items) {
				arrival.settle({ items });
				continue;
			}
			await this.inSlices(() => this.parse(arrival)).then(
				(item) => this.parsed.push(item),
				(thrown) => this.fail(arrival, thrown),
			);
		}
	}

	private async carryOut(): Promise<void> {
		const items = this.plan(this.parsed.splice(0));
		// In one turn with the plan: a request that they join could otherwise be sent in between.
		if (!this.signal.aborted) for (const item of items) this.prepare(item);
		for (const item of items) {
			await this.inSlices(() => this.answer(item)).catch((thrown) => this.fail(item, thrown));
		}
	}

	/** Lets n8n do other work every few milliseconds. */
	private async inSlices<T>(task: () => T): Promise<Awaited<T>> {
		await this.slicer.pauseIfOver();
		this.signal.throwIfAborted();
		return await task();
	}

	/** Parse: the item's credential and parameters. */
	private async parse(arrival: Arrival): Promise<ParsedItem> {
		const { operation } = this.run;
		const { functions, options, index } = arrival;
		const parameters = ParameterReader.of(functions);
		const account = await this.readAccount(functions);
		const context: AccountContext = {
			limit: getOrAdd(this.limits, account, () => new Semaphore(operation.concurrency)),
			functions,
			options,
			credential: account.credential,
			rateLimits: account.rateLimits,
			segmentIds: account.segmentIds,
			signal: this.signal,
			timeoutMs: timeoutOf(functions),
		};
		const input: unknown = await operation.parse({
			parameters,
			options: parameters.collection(operation.optionsField, operation.allOptions),
			functions,
			context,
		});
		return {
			...arrival,
			input,
			account,
			context,
			key: operation.requestKey?.(input) ?? `item ${index}`,
			unit: operation.batch?.key(input),
		};
	}

	/**
	 * Reads the credential once for all items, unless its fields are expressions over the item. n8n loads
	 * and decrypts it each time, which took 10 more seconds of CPU time for 5,000 items.
	 */
	private async readAccount(functions: IExecutePaginationFunctions): Promise<Account> {
		// If it cannot be read, that may only affect the first item.
		const first = await (this.sharedCredential ??= readCredential(functions).catch(
			() => undefined,
		));
		const isSame = first?.data.isSameForAllItems === true;
		return this.run.account(isSame ? first : await readCredential(functions));
	}

	/** Plan: which items share a request. Only items with the same API key and base URL do. */
	private plan(parsed: ParsedItem[]): PlannedItem[] {
		const { batch } = this.run.operation;
		const byAccount = new Map<Account, ParsedItem[]>();
		for (const item of parsed) getOrAdd(byAccount, item.account, (): ParsedItem[] => []).push(item);
		const planned: PlannedItem[] = [];
		const groups = [...byAccount.values()].flatMap((items) => groupByRequest(items, batch?.size));
		for (const group of groups) {
			const batchRecord = batch && this.run.newRecord();
			for (const item of group) {
				const record = batchRecord ?? this.recordFor(item);
				const request = getOrAdd(this.requests, record, (): Request => ({ items: [], record }));
				const { delivery, progress } = record;
				const context = { ...item.context, delivery, progress };
				const plannedItem = { ...item, context, request };
				request.items.push(plannedItem);
				planned.push(plannedItem);
			}
		}
		return planned.sort((a, b) => a.index - b.index);
	}

	/** A new record if the item needs more than the request of its key that was already sent. */
	private recordFor({ account, key, index, input }: ParsedItem): RequestRecord {
		const { mayJoinSent } = this.run.operation;
		const records = getOrAdd(account.records, key, () => [this.run.newRecord()]);
		const served = records.find(({ servedItems }) => servedItems.has(index));
		const [latest] = records;
		const wasSent = latest.result ?? this.requests.get(latest)?.result;
		if (served || !wasSent || (mayJoinSent?.(input) ?? true)) return served ?? latest;
		const record = this.run.newRecord();
		records.unshift(record);
		return record;
	}

	/** Prepare: what must have happened before the item's request. */
	private prepare(item: PlannedItem): void {
		const { operation } = this.run;
		const { hasSucceeded, servedItems } = item.request.record;
		if (hasSucceeded && servedItems.has(item.index)) return;
		const prepared = operation.prepare?.(item.context, item.input);
		if (!prepared) return;
		item.prepared = this.stopIfFailed([item], prepared);
		item.prepared.catch(() => {});
	}

	/** Answer: the item's output, once its request has ended. */
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
		const { operation } = this.run;
		await item.prepared;
		const result = await (request.result ??= this.send(request));
		request.record.servedItems.add(index);
		// The items of a shared request would otherwise all continue at once.
		await this.slicer.pauseIfOver();
		const output = await operation.toOutput(result, input, context);
		// Nodes that follow may change an item: none may change another one with it.
		if (request.record.servedItems.size === 1) return output;
		const copies: OutputItem[] = [];
		for (const each of output) {
			await this.slicer.pauseIfOver();
			copies.push(deepCopy(each));
		}
		return copies;
	}

	/** Send: once all items of the request are prepared. */
	private async send(request: Request): Promise<unknown> {
		const { operation } = this.run;
		// Items that come later share the result, but are not waited for.
		const {
			record,
			items: [...items],
		} = request;
		const prepared = await Promise.allSettled(items.map((item) => item.prepared));
		this.signal.throwIfAborted();
		if (record.result) return await record.result;
		const ready = items.filter((_, index) => prepared[index].status === 'fulfilled');
		for (const { index } of ready) record.servedItems.add(index);
		const [{ context }] = ready;
		const inputs = [...new Map(ready.map(({ unit, input }) => [unit, input])).values()];
		const result = context.limit.run(async () => {
			this.signal.throwIfAborted();
			return await this.stopIfFailed(
				ready,
				operation.execute(context, operation.batch ? inputs : [ready[0].input]),
			);
		});
		try {
			await result;
			record.result = result;
			record.hasSucceeded = true;
		} catch {
			const isUncertain = record.delivery.maybeProcessed;
			if (operation.idempotent === false && isUncertain) record.result = result;
		}
		return await result;
	}

	/** Stops the try before the request's slot is released; otherwise one more request would start. */
	private async stopIfFailed<T>(items: PlannedItem[], work: Promise<T>): Promise<T> {
		const { operation, stopsOnError } = this.run;
		await work.catch((thrown) => {
			const error = toItemError(thrown);
			const isTolerated = items.every(({ input }) => operation.recover?.(error, input));
			if (stopsOnError && !isTolerated) this.stop();
		});
		return await work;
	}

	private fail({ index, settle, input }: Arrival & { input?: unknown }, thrown: unknown): void {
		if (thrown instanceof RunStoppedError) return settle('notSent');
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
