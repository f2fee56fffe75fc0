import type { INode, INodeParameters } from 'n8n-workflow';
import { isObject } from '../utils';

/** These decide which request the engine prepares, and how. */
const KEPT_PARAMETERS = ['resource', 'operation', 'requestOptions'];

const standIns = new WeakSet<INodeParameters>();

/**
 * Keeps the engine from evaluating expressions while it prepares the items that follow, until it
 * next pauses.
 *
 * The engine evaluates every parameter of every item, although only this node's own functions need
 * the values, which they read again. With 5,000 items, that takes half of the time. And it would give
 * up on the node, whatever "On Error" says, at an item whose expression cannot be evaluated. So for
 * this one synchronous stretch, only the parameters that decide what is done keep their values.
 *
 * The node has its own parameters again before whatever the caller awaits continues, even if the
 * parameters were replaced by another execution that shares the node.
 */
export function deferExpressions(node: INode): void {
	const { parameters } = node;
	if (standIns.has(parameters) || Object.isFrozen(node)) return;
	const withoutExpressions: INodeParameters = {};
	for (const [name, value] of Object.entries(parameters)) {
		if (KEPT_PARAMETERS.includes(name)) withoutExpressions[name] = value;
		else withoutExpressions[name] = isObject(value) ? {} : '';
	}
	standIns.add(withoutExpressions);
	node.parameters = withoutExpressions;
	// Microtasks run, in order, as soon as the engine waits, ends or throws.
	queueMicrotask(() => {
		node.parameters = parameters;
	});
}
