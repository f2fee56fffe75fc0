import type { INode, INodeParameters } from 'n8n-workflow';
import { isObject } from '../utils';

/** These decide which request the engine prepares, and how. */
const KEPT_PARAMETERS = ['resource', 'operation', 'requestOptions'];

/** Stand-ins for parameters, so that none is mistaken for a node's own parameters. */
const emptied = new WeakSet<INodeParameters>();

/**
 * Keeps the engine from evaluating expressions while it prepares the items that follow, until it
 * stops for the first time.
 *
 * The engine evaluates every parameter of every item, although only this node's own functions need
 * the values, which they read again. With 5,000 items, that is half of the time per item. So for this
 * one synchronous stretch, only the parameters that decide what is done keep their values.
 *
 * @returns resolves when the node has its parameters again
 */
export async function deferExpressions(node: INode): Promise<void> {
	const { parameters } = node;
	// Another execution shares this node and has emptied it; it will restore the parameters.
	if (emptied.has(parameters) || Object.isFrozen(node)) return;
	const withoutExpressions: INodeParameters = {};
	for (const [name, value] of Object.entries(parameters)) {
		if (KEPT_PARAMETERS.includes(name)) withoutExpressions[name] = value;
		else withoutExpressions[name] = isObject(value) ? {} : '';
	}
	emptied.add(withoutExpressions);
	node.parameters = withoutExpressions;
	// Microtasks run as soon as the engine waits, ends or throws.
	await Promise.resolve();
	node.parameters = parameters;
}
