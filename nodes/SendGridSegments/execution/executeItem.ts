import {
	deepCopy,
	type DeclarativeRestApiSettings,
	type IDataObject,
	type IExecutePaginationFunctions,
	type IHttpRequestOptions,
	type INode,
	type INodeExecutionData,
	type INodePropertyRouting,
} from 'n8n-workflow';
import { CANCELED_MESSAGE, toNodeError, type ItemError } from '../errors';
import type { NodeOperation } from '../operation';
import type { Run } from './run';
import { runOf } from './runOf';

/** How far a stopped run got, so that people know what is left. */
function describeProgress({ operation, itemCount, processedItems, outputs, uncertainItems }: Run) {
	const { changesData } = operation;
	if (!changesData || itemCount === 1) return '';
	const count = processedItems.filter(
		// Without an output: its request succeeded, but what followed failed or was stopped.
		(item) => outputs.get(item)?.some(({ json }) => changesData(json)) ?? true,
	).length;
	const items = `${count > 0 ? count : 'None'} of ${itemCount} items had been processed`;
	const more = count > 0 ? ' more' : '';
	return (
		` ${items} when the run stopped.` +
		(uncertainItems.length > 0
			? ` ${uncertainItems.length}${more} may have been: check in SendGrid.`
			: '')
	);
}

function toErrorItem(
	{ message, description, details }: ItemError,
	item: number,
	itemCount: number,
): INodeExecutionData {
	const suffix = itemCount > 1 ? ` [item ${item}]` : '';
	// Items that share a request share its error, too.
	const error = { message, description: description + suffix, ...deepCopy(details) };
	return { json: { error: error as IDataObject }, pairedItem: { item } };
}

/**
 * The one `routing` of the node, for all operations, so that no operation, even one that does not
 * exist, ever reaches the engine's own request.
 *
 * The function is the engine's `pagination`, although there is nothing to page. The engine starts the
 * requests of all items at once, does not pair them, and has neither limits nor retries. Of a
 * declarative node's hooks, `pagination` is the only one that wraps the request. `preSend` and
 * `postReceive` run outside of it, and an error thrown there is no longer linked to its item.
 */
export function routingOf(operationOf: (node: INode) => NodeOperation): INodePropertyRouting {
	async function executeItem(
		this: IExecutePaginationFunctions,
		{ options }: DeclarativeRestApiSettings.ResultOptions,
	): Promise<INodeExecutionData[]> {
		const item = this.getItemIndex();
		const run = runOf(this, operationOf);
		const currentTry = run.tryOf(item);
		const outcome = await currentTry.enter(this, options as IHttpRequestOptions);
		if (outcome === 'stopped') return [];
		if ('items' in outcome) {
			// In place, with one object for all: a segment can have 100,000 contacts, and n8n saves them all.
			const pairedItem = { item };
			for (const each of outcome.items) each.pairedItem = pairedItem;
			return outcome.items;
		}
		const { error } = outcome;
		// n8n throws the first failure, and ignores the others.
		if (run.stopsOnError && (await currentTry.firstFailure()) !== outcome) return [];
		// If the engine has given up, nothing would catch an error, and n8n would log it.
		if (!run.stopsOnError || !currentTry.isComplete)
			return [toErrorItem(error, item, run.itemCount)];
		throw toNodeError(this.getNode(), error, {
			message: run.cancelSignal?.aborted ? CANCELED_MESSAGE : error.message,
			description: error.description + describeProgress(run),
		});
	}

	return { send: { paginate: true }, operations: { pagination: executeItem } };
}
