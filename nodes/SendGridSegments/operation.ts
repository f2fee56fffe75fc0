import type {
	IDataObject,
	IExecutePaginationFunctions,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';
import type { ItemError } from './errors';
import type { ParameterReader } from './parameters/ParameterReader';
import type { Delivery, RequestContext } from './transport/apiRequest';
import type { Segment } from './transport/segments';
import { getOrAdd, type Semaphore } from './utils';

/** An item of the node's output; `pairedItem` is set when it leaves the node. */
export type OutputItem = Pick<INodeExecutionData, 'json' | 'binary' | 'pairedItem'>;

/** What an item is parsed from. */
export interface ParseContext {
	parameters: ParameterReader;
	/** The fields that were added under Options. */
	options: ParameterReader;
	/** For lookups in SendGrid, such as a segment's ID by its name. */
	context: AccountContext;
}

export interface AccountContext extends RequestContext {
	functions: IExecutePaginationFunctions;
	/** Limits the account's concurrent requests in one try of a run; `execute` already runs in it. */
	limit: Semaphore;
	/** Kept across all tries: the account's segments by name, once they were read. */
	names: { segments?: Map<string, Segment[]> };
}

/** What an operation's functions get besides their input. */
export interface OperationContext extends AccountContext {
	/** Pass it to the request that changes data: it remembers what may have been processed. */
	delivery: Delivery;
	/** Kept for the request across all tries of "Retry On Fail"; a batch is another request in each. */
	progress: IDataObject;
}

/** A line that n8n shows above the output, for information that is not in the output. */
export interface OperationHint {
	message: string;
	type: 'info' | 'warning';
	whenToDisplay: 'beforeExecution' | 'afterExecution';
	/** May use the parameters and the number of input items; n8n does not make the output available to it. */
	condition: string;
}

/** An operation of the node: how it looks in the editor, and what it does with an item. */
export interface Operation<Input, Result> {
	/** As in the drop-down "Operation"; `action` is what n8n's node panel and AI agents see. */
	name: string;
	value: string;
	action: string;
	description: string;
	fields: INodeProperties[];
	/** Fields of the collection "Options". */
	options?: INodeProperties[];
	hint?: OperationHint;

	/** How many requests of one account may be in progress at the same time. */
	concurrency: number;
	/** Whether an item with this output changed something in SendGrid. If omitted, no item changes anything. */
	changesData?(output: IDataObject): boolean;
	/** False for a request that must never be sent again once it may have been processed. */
	idempotent?: false;
	/** Items with the same key share one request. If omitted, each has its own. */
	requestKey?(input: Input): string;
	/** Whether an item may share a request that was sent before the item arrived. If omitted, any may. */
	mayJoinSent?(input: Input): boolean;
	/** For sending inputs with the same request key together: at most `size` different units in each request. */
	batch?: { size: number; unit(input: Input): string };

	/** Reads the item's parameters; throws before anything is changed. */
	parse(context: ParseContext): Input | Promise<Input>;
	/** Does what must happen before the item's request is sent. It waits for all items that share it by then. */
	prepare?(context: OperationContext, input: Input): Promise<void> | undefined;
	/** @param inputs one, or with `batch` those of the request's items that differ in their unit */
	execute(context: OperationContext, inputs: Input[]): Promise<Result>;
	/** The output for an error that the item's options tolerate. */
	recover?(error: ItemError, input: Input): IDataObject | undefined;
	/** The item's output, from a result that it may share with others; may wait. */
	toOutput(
		result: Result,
		input: Input,
		context: OperationContext,
	): OutputItem[] | Promise<OutputItem[]>;
}

/** An operation whose input and result types only it knows. Its functions receive only what they returned. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- with `unknown`, no operation would fit: its functions accept only its own types
export type AnyOperation = Operation<any, any>;

/** An operation as the node uses it: with its collection "Options", and the options of all operations. */
export type NodeOperation = AnyOperation & {
	optionsField: INodeProperties;
	allOptions: INodeProperties[];
};

/** Calls the function once for all items with the same API key and base URL, in one try of a run. */
export function oncePerAccount<Context extends { limit: Semaphore }, T>(
	fn: (context: Context) => T,
): (context: Context) => T {
	const results = new WeakMap<Semaphore, T>();
	return (context) => getOrAdd(results, context.limit, () => fn(context));
}
