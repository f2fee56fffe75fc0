import type { IExecutePaginationFunctions, INode } from 'n8n-workflow';
import type { NodeOperation } from '../operation';
import { Run } from './run';

const runs = new WeakMap<object, Run>();

/**
 * The run that an item belongs to. The engine gives all items of a run, in all its tries, the same
 * `getExecuteData().data`. If an AI agent calls a tool itself (AI Agent up to 2.2, MCP Server Trigger),
 * that data is the agent's. In that case all tries of one call, and no other call, share the object of its
 * arguments.
 *
 * If neither holds, each item is a run of its own: processed by itself and right away.
 */
export function runOf(
	context: IExecutePaginationFunctions,
	operationOf: (node: INode) => NodeOperation,
): Run {
	const node = context.getNode();
	const { node: executed, data } = context.getExecuteData() ?? {};
	const isOwn = data === context.getExecuteData()?.data && executed?.name === node.name;
	const key = isOwn ? data : toolArguments(context);
	const known = key && runs.get(key);
	if (known) return known;
	const items = isOwn && !node.executeOnce ? (data.main ?? data.ai_tool)?.[0] : undefined;
	const run = new Run(
		operationOf(node),
		items?.length ?? 1,
		!context.continueOnFail(),
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
