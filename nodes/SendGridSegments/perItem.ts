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
import { readCredential } from './credential';
import { SegmentFailure } from './failures';
import { CANCELED, NotSent, Places, runOf, type Attempt } from './run';
import { DEFAULT_TIMEOUT_MS, type ApiRequest, type Sender } from './send';

/** Reads a parameter of the item, its expressions resolved; the fallback where it is not set. */
export type Parameters = (name: string, fallback?: unknown) => unknown;

/** What an operation does with one item: checks → request → output. */
export interface Plan<Input, Result> {
	/** How many requests of a run may be under way at a time. */
	concurrency: number | ((parameters: Parameters) => number);
	/** Whether an item with this output changed something in SendGrid; without it, none does. */
	tookEffect?(output: IDataObject): boolean;
	/** Reads and checks the item's parameters; throws a SegmentFailure before anything is sent. */
	checks(parameters: Parameters, context: IExecutePaginationFunctions): Input;
	/** Items whose keys are the same share one request and its answer; without it, none do. */
	sharedBy?(input: Input): string;
	/** Whether a request of this operation must never be repeated once it may have arrived. */
	neverTwice?: boolean;
	/** Sends what the operation sends. */
	request(sender: Sender, input: Input): Promise<Result>;
	/** The output of an item whose failure is one that its options ask to live with. */
	instead?(failure: SegmentFailure, input: Input): IDataObject[] | undefined;
	/** The item's output, made from the answer that it may share with others. */
	output(result: Result, input: Input, sender: Sender): IDataObject[] | Promise<IDataObject[]>;
}

type Outcome = { json: IDataObject[] } | { failure: SegmentFailure } | 'notSent';

/** What holds for all items of an attempt, read from its first. */
function settingsOf<Input, Result>({ concurrency }: Plan<Input, Result>, parameters: Parameters) {
	const { batching, timeout } = parameters('requestOptions', {}) as {
		batching?: { batch?: { batchInterval?: number } };
		timeout?: number;
	};
	return {
		places: new Places(typeof concurrency === 'number' ? concurrency : concurrency(parameters)),
		/** Whether the engine pauses between items. */
		isBatched: (batching?.batch?.batchInterval ?? 0) > 0,
		/** The user's own timeout; without one the engine would wait 5 minutes. */
		timeoutMs: timeout && timeout > 0 ? timeout : DEFAULT_TIMEOUT_MS,
	};
}

/** Keeps a success, and an uncertain request that must not be sent twice, for later attempts. */
async function onceInRun<Result>(
	attempt: Attempt,
	key: string,
	neverTwice: boolean,
	work: () => Promise<Result>,
): Promise<Result> {
	const kept = attempt.run.note(
		`kept ${key}`,
		() => ({}) as { result?: Promise<Result>; underWay?: Promise<unknown> },
	);
	return await attempt.once(key, async () => {
		// The engine may have given up on the attempt before while this was under way.
		await kept.underWay?.catch(() => {});
		if (kept.result) return await kept.result;
		const result = (kept.underWay = work());
		try {
			await result;
			kept.result = result;
		} catch (thrown) {
			const isUncertain = thrown instanceof SegmentFailure && thrown.outcome === 'uncertain';
			if (neverTwice && isUncertain) kept.result = result;
		}
		return await result;
	});
}

function asFailure(thrown: unknown): SegmentFailure {
	if (thrown instanceof SegmentFailure) return thrown;
	const { message, description } = thrown as { message?: string; description?: string };
	return new SegmentFailure(
		message ?? 'The item could not be processed',
		description ?? 'Check the parameters of the node for this item.',
	);
}

/** How far a stopped run had come, for the person to know what is left. */
function progressOf<Input, Result>({ run }: Attempt, { tookEffect }: Plan<Input, Result>): string {
	if (!tookEffect || run.itemCount === 1) return '';
	const count = [...run.outputs.values()].filter((json) => json.some(tookEffect)).length;
	return ` ${count || 'None'} of ${run.itemCount} items had taken effect when the run was stopped.`;
}

function failedItem(failure: SegmentFailure, item: number): INodeExecutionData {
	const { message, description, details } = failure;
	const error = { message, description: `${description} [item ${item}]`, ...details };
	return { json: { error }, pairedItem: { item } };
}

/**
 * The seam between n8n's declarative engine and SendGrid: everything that happens to one item.
 * It is used as the `pagination` of an operation, the one place in a declarative node that surrounds
 * the request, and gives every item exactly one paired output or failure ("Get Many": outputs).
 */
function perItem<Input, Result>(plan: Plan<Input, Result>) {
	return async function (
		this: IExecutePaginationFunctions,
		requestData: DeclarativeRestApiSettings.ResultOptions,
	): Promise<INodeExecutionData[]> {
		const item = this.getItemIndex();
		const attempt = runOf(this).arrive(item);
		const { run } = attempt;
		const parameters: Parameters = (name, fallback) => this.getNodeParameter(name, fallback);
		const stopsAtFailure = !this.continueOnFail();

		const insteadOf = (thrown: unknown, input: Input) => plan.instead?.(asFailure(thrown), input);

		const work = async (input: Input): Promise<IDataObject[]> => {
			const settings = await attempt.once('settings', async () => settingsOf(plan, parameters));
			if (stopsAtFailure && !settings.isBatched) await attempt.complete();
			const { places, timeoutMs } = settings;
			const credential = await attempt.once('credential', async () => await readCredential(this));
			const options = requestData.options as IHttpRequestOptions;
			const sender: Sender = { context: this, options, credential, attempt, timeoutMs };
			const key = plan.sharedBy?.(input) ?? `item ${item}`;
			const result = await onceInRun(attempt, key, plan.neverTwice ?? false, async () => {
				return await places.with(async () => {
					attempt.check();
					const result = plan.request(sender, input);
					// Before the place is free, or one more request would be sent from it.
					await result.catch((thrown) => {
						if (!insteadOf(thrown, input)) attempt.stopped ||= stopsAtFailure;
					});
					return await result;
				});
			});
			return await plan.output(result, input, sender);
		};

		const settle = async (): Promise<Outcome> => {
			let input: Input | undefined;
			let json = run.outputs.get(item);
			try {
				json ??= await work((input = plan.checks(parameters, this)));
			} catch (thrown) {
				if (thrown instanceof NotSent) return 'notSent';
				json = input && insteadOf(thrown, input);
				if (!json) {
					attempt.stopped ||= stopsAtFailure;
					return { failure: asFailure(thrown) };
				}
			}
			run.outputs.set(item, json);
			return { json };
		};

		const settling = settle();
		attempt.track(settling);
		const outcome = await settling;
		if (outcome === 'notSent') return [];
		if ('json' in outcome) return outcome.json.map((json) => ({ json, pairedItem: { item } }));
		const { failure } = outcome;
		if (!stopsAtFailure) return [failedItem(failure, item)];

		await attempt.settled();
		throw new NodeApiError(this.getNode(), { ...failure.details } as JsonObject, {
			message: run.cancelSignal?.aborted ? CANCELED : failure.message,
			description: `${failure.description}${progressOf(attempt, plan)} [item ${item}]`,
			httpCode: failure.details.http_status?.toString(),
			itemIndex: item,
		});
	};
}

/** The `routing` of an operation: the request as data, and what is done with each item. */
export function routingOf<Input, Result>(
	{ method, url }: ApiRequest,
	plan: Plan<Input, Result>,
): INodePropertyRouting {
	return {
		request: { method, url },
		send: { paginate: true },
		operations: { pagination: perItem(plan) },
	};
}
