import {
	NodeApiError,
	type DeclarativeRestApiSettings,
	type IDataObject,
	type IExecutePaginationFunctions,
	type IHttpRequestOptions,
	type INodeExecutionData,
	type INodePropertyRouting,
	type JsonObject,
} from 'n8n-workflow';
import {
	CANCELED_MESSAGE,
	RunStoppedError,
	SendGridApiError,
	toItemError,
	type ItemError,
} from '../errors';
import { DEFAULT_TIMEOUT_MS, type Delivery, type RequestContext } from '../transport/apiRequest';
import type { Endpoint } from '../transport/endpoint';
import { isObject, type GetParameter } from '../utils';
import { runOf, type AccountState, type RequestRecord, type RunAttempt } from './runState';
import { Semaphore } from './semaphore';

/** The longest that a timer can wait. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** What is needed to wait for something that only reads can tell. */
export interface WaitContext extends RequestContext {
	/** Limits the reads of the items of one API key that wait, each for the time of the read only. */
	waitingReads: Semaphore;
}

/** What an operation's functions are given beside the item's input. */
export interface OperationContext<Shared = undefined> extends WaitContext {
	/** What the items of one API key share in one attempt; made by `createShared`. */
	shared: Shared;
	/** To be passed to the request that changes data. */
	delivery: Delivery;
	/** Kept for the items' shared request from one try of "Retry On Fail" to the next. */
	progress: IDataObject;
	/** Limits the requests of the run; `execute` already runs in it. */
	semaphore: Semaphore;
	/** Names the request that the item shares with others. */
	requestKey: string;
	/** Resolves when the parameters of the items that are still to come have been read. */
	waitForItemsToCome(): Promise<void>;
	/** Calls the function once for all items of one API key that pass the same key. */
	memoize<T>(key: string, fn: () => Promise<T>): Promise<T>;
}

/** What an operation does with one item: parse → prepare → execute → toOutput. */
export interface OperationHandler<Input, Result, Shared = undefined> {
	/** How many items of a run may execute at the same time. */
	concurrency: number | ((getParameter: GetParameter) => number);
	/** Whether an item with this output changed something in SendGrid; without it, none does. */
	changesData?(output: IDataObject): boolean;
	/** Reads the item's parameters; throws an InvalidParameterError before anything is sent. */
	parse(getParameter: GetParameter, context: IExecutePaginationFunctions): Input;
	/**
	 * Items with the same key share one request and its result; without it, none do. Where there is an
	 * `orderKey`, too, only items share that no other request of that key comes between.
	 */
	dedupeKey?(input: Input): string;
	/** Items with the same key are executed one after the other, in the order of the items. */
	orderKey?(input: Input): string;
	/** Set where a request must never be sent again once it may have been processed. */
	idempotent?: false;
	createShared?(): Shared;
	/**
	 * What must be known before the item's request; may wait, and takes no place among the requests.
	 *
	 * @param sharing the inputs that share the request, as far as their parameters have been read
	 */
	prepare?(
		context: OperationContext<Shared>,
		input: Input,
		sharing: AsyncIterable<Input>,
	): Promise<void>;
	execute(context: OperationContext<Shared>, input: Input): Promise<Result>;
	/** The output for an error that the item's options tolerate. */
	recover?(error: ItemError, input: Input): IDataObject[] | undefined;
	/** The item's output, from a result that it may share with others; may wait. */
	toOutput(
		result: Result,
		input: Input,
		context: OperationContext<Shared>,
	): IDataObject[] | Promise<IDataObject[]>;
}

type Outcome = { json: IDataObject[] } | { error: ItemError } | 'notSent';

/**
 * Ms that one attempt may take: the item's Timeout in n8n's request options. Without one, the engine
 * would wait 5 minutes.
 */
function readTimeout(getParameter: GetParameter): number {
	const given = getParameter('requestOptions', {});
	const timeoutMs = isObject(given) ? Math.ceil(Number(given.timeout)) : NaN;
	return timeoutMs > 0 ? Math.min(timeoutMs, MAX_TIMEOUT_MS) : DEFAULT_TIMEOUT_MS;
}

/**
 * Keeps a success, and an uncertain request that must not be sent twice, for later tries.
 *
 * @param isRepeated whether a success of an earlier try is sent again
 */
async function runOncePerRecord<Result>(
	record: RequestRecord,
	{ isIdempotent, isRepeated }: { isIdempotent: boolean; isRepeated: boolean },
	work: () => Promise<Result>,
): Promise<Result> {
	// The engine may have given up on the try before while this was in progress.
	await record.inProgress?.catch(() => {});
	if (record.result && !isRepeated) return (await record.result) as Result;
	const result = (record.inProgress = work());
	try {
		await result;
		record.result = result;
		record.hasSucceeded = true;
	} catch (thrown) {
		const isUncertain = thrown instanceof SendGridApiError && thrown.maybeProcessed;
		if (!isIdempotent && isUncertain) record.result = result;
	}
	return (await result) as Result;
}

/** How far a stopped run had come, so that a person knows what is left. */
function describeProgress<Input, Result, Shared>(
	{ run }: RunAttempt,
	{ changesData }: OperationHandler<Input, Result, Shared>,
): string {
	if (!changesData || run.itemCount === 1) return '';
	const count = [...run.executedItems].filter(
		// Without an output it was stopped while it waited for its effect.
		(item) => run.outputs.get(item)?.some(changesData) ?? true,
	).length;
	const uncertain = run.uncertainRequests;
	const items =
		count > 0
			? `${count} of ${run.itemCount} items had already`
			: `None of the ${run.itemCount} items had`;
	const more = count > 0 ? ' more' : '';
	return (
		` ${items} taken effect when the run was stopped.` +
		(uncertain > 0 ? ` ${uncertain}${more} may have: check in SendGrid.` : '')
	);
}

function toErrorItem(
	{ message, description, details }: ItemError,
	item: number,
	itemCount: number,
): INodeExecutionData {
	const where = itemCount > 1 ? ` [item ${item}]` : '';
	const error = { message, description: description + where, ...details } as IDataObject;
	return { json: { error }, pairedItem: { item } };
}

/**
 * The one place where n8n's engine meets SendGrid: everything that happens to one item.
 *
 * It stands as the `pagination` of each operation, although it pages nothing. The engine starts the
 * requests of all items at once, does not pair them, and has neither a limit nor a retry; of the
 * hooks of a declarative node, `pagination` is the only one that surrounds the request, so only
 * there can an item wait, share a request, or turn an error into a paired output. `preSend` and
 * `postReceive` run outside of it, and what they throw loses its item.
 */
function createItemExecutor<Input, Result, Shared>(
	handler: OperationHandler<Input, Result, Shared>,
) {
	return async function (
		this: IExecutePaginationFunctions,
		requestData: DeclarativeRestApiSettings.ResultOptions,
	): Promise<INodeExecutionData[]> {
		const item = this.getItemIndex();
		const run = runOf(this);
		const attempt = run.register(item);
		const getParameter: GetParameter = (name, fallback) => this.getNodeParameter(name, fallback);
		const stopsAtError = !this.continueOnFail();

		const readAccount = async (): Promise<AccountState> => {
			const account = await attempt.readAccount(this);
			attempt.markReady(item);
			if (stopsAtError) await attempt.waitForAllItems();
			return account;
		};

		const execute = async (
			input: Input,
			key: string,
			reading: Promise<AccountState>,
		): Promise<IDataObject[]> => {
			// Before anything is waited for, so that an item knows of those that come after it.
			const sharing = attempt.addInput(key, input, reading);
			const semaphore = await attempt.memoize('semaphore', async () => {
				const { concurrency } = handler;
				return new Semaphore(
					typeof concurrency === 'number' ? concurrency : concurrency(getParameter),
				);
			});
			const account = await reading;
			const record = account.record(key);
			const memoize: OperationContext['memoize'] = async (memoKey, fn) =>
				await attempt.memoize(`account ${account.id} memo ${memoKey}`, fn);
			const options = requestData.options as IHttpRequestOptions;
			const context: OperationContext<Shared> = {
				functions: this,
				options,
				credential: account.credential,
				rateLimits: account.rateLimits,
				signal: attempt.signal,
				timeoutMs: readTimeout(getParameter),
				shared: (await memoize('shared', async () => handler.createShared?.())) as Shared,
				delivery: record.delivery,
				progress: record.progress,
				semaphore,
				requestKey: key,
				waitingReads: account.waitingReads,
				waitForItemsToCome: async () => await attempt.waitForItemsToCome(),
				memoize,
			};
			const stopOnError = async <T>(work: Promise<T>): Promise<T> => {
				// Before its place is free, or one more request would be sent from it.
				await work.catch((thrown) => {
					if (stopsAtError && !handler.recover?.(toItemError(thrown), input)) attempt.stop();
				});
				return await work;
			};
			if (handler.prepare && !run.executedItems.has(item)) {
				await stopOnError(handler.prepare(context, input, sharing.of(account)));
			}
			const result = await attempt.memoize(`account ${account.id} request ${key}`, async () => {
				const once = {
					isIdempotent: handler.idempotent ?? true,
					isRepeated: handler.orderKey !== undefined,
				};
				return await runOncePerRecord(record, once, async () => {
					return await semaphore.run(
						async () => await stopOnError(handler.execute(context, await sharing.first(account))),
					);
				});
			});
			run.executedItems.add(item);
			return await handler.toOutput(result, input, context);
		};

		const runItem = async (): Promise<Outcome> => {
			let input: Input | undefined;
			let json = run.outputs.get(item);
			try {
				const parsed = (input = await attempt.parse(() => handler.parse(getParameter, this)));
				const orderKey = handler.orderKey?.(parsed);
				const dedupeKey = handler.dedupeKey?.(parsed);
				const key =
					dedupeKey === undefined ? `item ${item}` : attempt.requestKey(dedupeKey, orderKey);
				if (orderKey === undefined) {
					if (json) attempt.markReady(item);
					json ??= await execute(parsed, key, readAccount());
				} else {
					// Before its turn: the items before it wait until it is ready.
					const reading = readAccount();
					reading.catch(() => {
						if (stopsAtError) attempt.stop();
					});
					// What succeeded in an earlier try would be undone by what is sent again before it.
					const known = json;
					const sent = await attempt.inOrder(orderKey, async (wasSent) => {
						await reading;
						return known && !wasSent ? undefined : await execute(parsed, key, reading);
					});
					json = sent ?? known;
				}
			} catch (thrown) {
				if (thrown instanceof RunStoppedError) return 'notSent';
				json = input && handler.recover?.(toItemError(thrown), input);
				if (!json) {
					if (stopsAtError) attempt.stop();
					attempt.markReady(item);
					return { error: toItemError(thrown) };
				}
			}
			run.outputs.set(item, json!);
			return { json: json! };
		};

		const running = runItem();
		attempt.track(running);
		const outcome = await running;
		if (outcome === 'notSent') return [];
		if ('json' in outcome) return outcome.json.map((json) => ({ json, pairedItem: { item } }));
		const { error } = outcome;
		if (!stopsAtError) return [toErrorItem(error, item, run.itemCount)];
		await attempt.settled();
		const progress = await attempt.memoize('progress', async () =>
			describeProgress(attempt, handler),
		);
		throw new NodeApiError(this.getNode(), { ...error.details } as JsonObject, {
			message: run.isCanceled ? CANCELED_MESSAGE : error.message,
			description: error.description + progress,
			httpCode: error.details.http_status?.toString(),
		});
	};
}

/** The `routing` of an operation: its request as data, and what is done with each item. */
export function buildRouting<Input, Result, Shared>(
	{ method, path }: Endpoint,
	handler: OperationHandler<Input, Result, Shared>,
): INodePropertyRouting {
	return {
		request: { method, url: path },
		send: { paginate: true },
		operations: { pagination: createItemExecutor(handler) },
	};
}
