import type { IExecutePaginationFunctions, INode } from 'n8n-workflow';
import type { NodeOperation } from '../operation';
import { Run } from './run';

const runs = new WeakMap<object, Run>();

/**
 * The run that an item belongs to. The engine gives all items of a run, in all its tries, the same
 * `getExecuteData()`. Where an AI agent calls a tool itself (AI Agent up to 2.2, MCP Server Trigger)
 * that object is the agent's; then all tries of one call, and no other call, share the arguments.
 *
 * Where neither holds, each item is a run of its own: done right, alone and at once.
 */
export function runOf(
	context: IExecutePaginationFunctions,
	operationOf: (node: INode) => NodeOperation,
): Run {
	const node = context.getNode();
	const executeData = context.getExecuteData();
	const isSame = executeData === context.getExecuteData();
	const isOwn = isSame && executeData?.node?.name === node.name;
	const key = isOwn ? executeData : toolArguments(context);
	const known = key && runs.get(key);
	if (known) return known;
	const { main, ai_tool: tool } = isOwn ? executeData.data : {};
	// Under "Stop Workflow" no item comes before the first one of its run.
	const isAlone = isOwn && !context.continueOnFail() && context.getItemIndex() > 0;
	const itemCount = (main ?? tool)?.[0]?.length ?? 1;
	const run = new Run(
		operationOf(node),
		isAlone || node.executeOnce ? 1 : itemCount,
		!context.continueOnFail(),
		context.getExecutionCancelSignal?.(),
	);
	if (key && !isAlone) runs.set(key, run);
	return run;
}

function toolArguments(context: IExecutePaginationFunctions): object | undefined {
	try {
		return context.getInputData(0, 'ai_tool').json;
	} catch {
		return undefined;
	}
}
