import type {
	IAllExecuteFunctions,
	IDataObject,
	IExecutePaginationFunctions,
	INode,
} from 'n8n-workflow';
import { ExecutionCanceledError, RunStoppedError } from '../errors';
import { RateLimits, type Delivery } from '../transport/apiRequest';
import { readCredential, type Credential } from '../transport/credential';
import { abortable, sleepUnlessAborted } from '../utils';
import { deferExpressions, TimeSlicer } from './preparation';
import { Semaphore } from './semaphore';

/** n8n reads credentials from its database, which others need, too. */
const MAX_CREDENTIAL_READS = 5;

/** Enough for SendGrid's 600 requests a minute where each is answered within a second. */
const MAX_WAITING_READS = 10;

/** After this time without a further item, no more are expected. */
const QUIET_MS = 1000;

/**
 * What is known of one request through all tries of "Retry On Fail". Items that ask for the same
 * share it.
 */
export interface RequestRecord {
	delivery: Delivery;
	/** A success, or an uncertain request that must not be sent twice. */
	result?: Promise<unknown>;
	hasSucceeded?: boolean;
	/** Also of a try that the engine has given up on. */
	inProgress?: Promise<unknown>;
	/** What the operation itself keeps from one try to the next. */
	progress: IDataObject;
}

/** The items that have the same API key and base URL; nothing is shared beyond it. */
export class AccountState {
	readonly rateLimits = new RateLimits();

	readonly waitingReads = new Semaphore(MAX_WAITING_READS);

	private readonly records = new Map<string, RequestRecord>();

	constructor(
		readonly id: number,
		readonly credential: Credential,
	) {}

	record(key: string): RequestRecord {
		let record = this.records.get(key);
		if (!record) this.records.set(key, (record = { delivery: {}, progress: {} }));
		return record;
	}

	/** How many requests may have changed something without a success being seen. */
	get uncertainRequests(): number {
		return [...this.records.values()].filter(
			({ delivery, hasSucceeded }) => delivery.maybeProcessed && !hasSucceeded,
		).length;
	}
}

/** The inputs of the items that ask for the same, in the order of the items. */
class SharedInputs<Input> {
	private readonly entries: Array<{ input: Input; account: Promise<AccountState | undefined> }> =
		[];

	add(input: Input, account: Promise<AccountState>): void {
		// Where an item's credential cannot be read, that is for the item itself to say.
		this.entries.push({ input, account: account.catch(() => undefined) });
	}

	/** The first one of this API key and base URL: the request that all of them share is its own. */
	async first(account: AccountState): Promise<Input> {
		const { value } = await this.of(account).next();
		return value as Input;
	}

	/** Those of one API key and base URL; also what is added meanwhile. */
	async *of(account: AccountState): AsyncGenerator<Input> {
		for (const entry of this.entries) {
			if ((await entry.account) === account) yield entry.input;
		}
	}
}

/** One pass of the engine over the items; "Retry On Fail" makes further ones. */
export class RunAttempt {
	private readonly controller = new AbortController();

	private readonly registered = new Set<number>();

	private readonly outcomes: Array<Promise<unknown>> = [];

	private readonly inputs = new Map<string, SharedInputs<unknown>>();

	private readonly lastRequests = new Map<string, { dedupeKey: string; number: number }>();

	private readonly memos = new Map<string, Promise<unknown>>();

	private readonly lastByOrderKey = new Map<string, Promise<boolean>>();

	private readonly slicer = new TimeSlicer();

	private readonly credentialReads = new Semaphore(MAX_CREDENTIAL_READS);

	private deferring?: Promise<void>;

	private onAllRegistered!: () => void;

	private readonly allRegistered = new Promise<void>((resolve) => (this.onAllRegistered = resolve));

	private readonly ready = new Set<number>();

	private onAllReady!: () => void;

	private readonly allReady = new Promise<void>((resolve) => (this.onAllReady = resolve));

	constructor(readonly run: RunState) {}

	/** Aborted, with an error to throw, where nothing more may be sent. */
	get signal(): AbortSignal {
		return this.controller.signal;
	}

	has(item: number): boolean {
		return this.registered.has(item);
	}

	register(item: number): void {
		this.registered.add(item);
		if (this.registered.size >= this.run.itemCount) this.onAllRegistered();
	}

	/**
	 * Reads an item's parameters, in the order of the items. Of many items, the expressions are
	 * evaluated in slices of time (see `deferExpressions`).
	 *
	 * @throws RunStoppedError where the run ended before
	 */
	async parse<T>(parse: () => T): Promise<T> {
		const { node, itemCount } = this.run;
		const parseUnlessAborted = () => {
			this.signal.throwIfAborted();
			return parse();
		};
		if (!node || itemCount === 1) return parseUnlessAborted();
		this.deferring ??= deferExpressions(node).finally(() => (this.deferring = undefined));
		await this.deferring;
		return await this.slicer.run(parseUnlessAborted);
	}

	/** To be called when an item's parameters and credential have been read, or it has failed. */
	markReady(item: number): void {
		this.ready.add(item);
		if (this.ready.size >= this.run.itemCount) this.onAllReady();
	}

	/**
	 * Names the request of an item; to be called in the order of the items. Among the items of one
	 * `orderKey`, only those share a request that no other one comes between: it would have changed what
	 * the first one did.
	 */
	requestKey(dedupeKey: string, orderKey?: string): string {
		if (orderKey === undefined) return dedupeKey;
		let last = this.lastRequests.get(orderKey);
		if (last?.dedupeKey !== dedupeKey) {
			last = { dedupeKey, number: (last?.number ?? 0) + 1 };
			this.lastRequests.set(orderKey, last);
		}
		return `${dedupeKey} ${last.number}`;
	}

	/** @returns all inputs added under the key so far; the same object for each of them */
	addInput<Input>(key: string, input: Input, account: Promise<AccountState>): SharedInputs<Input> {
		let inputs = this.inputs.get(key) as SharedInputs<Input> | undefined;
		if (!inputs) this.inputs.set(key, (inputs = new SharedInputs()));
		inputs.add(input, account);
		return inputs;
	}

	/** Ends the attempt under "Stop Workflow", or since a later one has begun. */
	stop(): void {
		this.controller.abort(new RunStoppedError());
	}

	cancel(): void {
		this.controller.abort(new ExecutionCanceledError());
	}

	/** Calls the function once for all items of this attempt that pass the same key. */
	async memoize<T>(key: string, fn: () => Promise<T>): Promise<T> {
		let result = this.memos.get(key) as Promise<T> | undefined;
		if (!result) this.memos.set(key, (result = fn()));
		return await result;
	}

	/**
	 * Runs items of one key one after the other, in the order of the calls. Each is told whether the
	 * one before it was sent in this attempt.
	 */
	async inOrder<T>(key: string, task: (wasSent: boolean) => Promise<T>): Promise<T> {
		const previous = this.lastByOrderKey.get(key) ?? Promise.resolve(false);
		const current = previous.then(async (wasSent) => await task(wasSent));
		this.lastByOrderKey.set(
			key,
			current.then(
				(result) => result !== undefined,
				() => true,
			),
		);
		return await current;
	}

	/**
	 * Reads the item's credential: once for all items, since n8n asks its database and decrypts for each
	 * reading, unless its fields are expressions over the item.
	 */
	async readAccount(functions: IAllExecuteFunctions): Promise<AccountState> {
		const read = async () => {
			this.signal.throwIfAborted();
			return await readCredential(functions);
		};
		// Where this cannot be read, it may be for the first item alone.
		const first = await this.memoize('credential', async () => await read().catch(() => undefined));
		const isSame = first?.data.isSameForAllItems === true;
		const credential = isSame ? first : await this.credentialReads.run(read);
		return this.run.account(credential);
	}

	/**
	 * Under "Stop Workflow" nothing is sent before every item is ready. Where the engine gives up on the
	 * way, this never resolves: the engine has dropped what waits for it.
	 */
	async waitForAllItems(): Promise<void> {
		await abortable(this.signal, this.allReady);
		await this.goOnInSlices();
	}

	/**
	 * Waits for the items that the engine still prepares, under "Continue", too: there it may have
	 * dropped one, so this ends when none has become ready for a second.
	 */
	async waitForItemsToCome(): Promise<void> {
		await this.memoize('items to come', async () => {
			let readyBefore = -1;
			while (this.ready.size < this.run.itemCount && this.ready.size > readyBefore) {
				readyBefore = this.ready.size;
				await Promise.race([this.allReady, sleepUnlessAborted(QUIET_MS, this.signal)]);
			}
		});
		await this.goOnInSlices();
	}

	/** Or all items would go on in one stretch, in which n8n could do nothing else. */
	private async goOnInSlices(): Promise<void> {
		await this.slicer.run(() => this.signal.throwIfAborted());
	}

	track(outcome: Promise<unknown>): void {
		this.outcomes.push(outcome);
	}

	/** When every item of the run has its output or error. */
	async settled(): Promise<void> {
		await this.allRegistered;
		await this.memoize('settled', async () => await Promise.all(this.outcomes));
	}
}

/** What the items of one run of the node share, through all tries of "Retry On Fail". */
export class RunState {
	/** The outputs of the items that have succeeded. */
	readonly outputs = new Map<number, IDataObject[]>();

	/** The items whose request succeeded, whether or not what they wait for has happened. */
	readonly executedItems = new Set<number>();

	attempt: RunAttempt;

	private readonly accounts = new Map<string, AccountState>();

	/**
	 * @param node the engine's own object; `undefined` where several runs share it
	 */
	constructor(
		readonly itemCount: number,
		readonly node?: INode,
		private readonly cancelSignal?: AbortSignal,
	) {
		this.attempt = new RunAttempt(this);
		if (cancelSignal?.aborted) this.attempt.cancel();
		// The signal is that of the execution, which may run the node many times, as in a loop. It would
		// keep every run with its outputs in memory.
		const weakThis = new WeakRef(this);
		const cancel = () => weakThis.deref()?.attempt.cancel();
		cancelSignal?.addEventListener('abort', cancel, { once: true });
	}

	get isCanceled(): boolean {
		return this.cancelSignal?.aborted ?? false;
	}

	/** The attempt that an item belongs to: an item that comes again opens a new one. */
	register(item: number): RunAttempt {
		if (this.attempt.has(item)) {
			this.attempt.stop();
			this.attempt = new RunAttempt(this);
			if (this.isCanceled) this.attempt.cancel();
		}
		this.attempt.register(item);
		return this.attempt;
	}

	account(credential: Credential): AccountState {
		const key = `${credential.baseUrl}\n${credential.apiKey}`;
		let account = this.accounts.get(key);
		if (!account)
			this.accounts.set(key, (account = new AccountState(this.accounts.size, credential)));
		return account;
	}

	get uncertainRequests(): number {
		return [...this.accounts.values()].reduce((sum, { uncertainRequests: n }) => sum + n, 0);
	}
}

const runs = new WeakMap<object, RunState>();

/**
 * The run that an item belongs to. All items of a run, in all its tries, are given the same
 * `getExecuteData()`. Where an AI agent calls a tool itself (AI Agent up to 2.2, MCP Server Trigger)
 * that object is the agent's; then all tries of one call, and no other call, share the arguments.
 */
export function runOf(context: IExecutePaginationFunctions): RunState {
	const node = context.getNode();
	const executeData = context.getExecuteData();
	const isOwn = executeData?.node?.name === node.name;
	const key = isOwn ? executeData : toolArguments(context);
	const known = key && runs.get(key);
	if (known) return known;
	const { main, ai_tool: tool } = isOwn ? executeData.data : {};
	const itemCount = (main ?? tool)?.[0]?.length ?? 1;
	const run = new RunState(
		node.executeOnce ? 1 : itemCount,
		isOwn ? executeData.node : undefined,
		context.getExecutionCancelSignal?.(),
	);
	if (key) runs.set(key, run);
	return run;
}

function toolArguments(context: IExecutePaginationFunctions): object | undefined {
	try {
		return context.getInputData(0, 'ai_tool').json;
	} catch {
		return undefined;
	}
}
