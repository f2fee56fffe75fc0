import type { INode, INodeParameters } from 'n8n-workflow';
import { isObject } from '../utils';

/** These decide which request the engine prepares, and how. */
const KEPT_PARAMETERS = ['resource', 'operation', 'requestOptions'];

/** Stand-in parameters, each with a promise that resolves when the node has its own back. */
const standIns = new WeakMap<INodeParameters, Promise<void>>();

/**
 * Keeps the engine from evaluating expressions while it prepares the items that follow, until it
 * next pauses.
 *
 * The engine evaluates every parameter of every item, although only this node's own functions need
 * the values, which they read again. With 5,000 items, that takes half of the time. So for this one
 * synchronous stretch, only the parameters that decide what is done keep their values.
 *
 * @returns resolves when the node has its own parameters again, whichever execution replaced them;
 * `undefined` if they were not replaced
 */
export function deferExpressions(node: INode): Promise<void> | undefined {
	const { parameters } = node;
	const alreadyDeferred = standIns.get(parameters);
	if (alreadyDeferred || Object.isFrozen(node)) return alreadyDeferred;
	const withoutExpressions: INodeParameters = {};
	for (const [name, value] of Object.entries(parameters)) {
		if (KEPT_PARAMETERS.includes(name)) withoutExpressions[name] = value;
		else withoutExpressions[name] = isObject(value) ? {} : '';
	}
	node.parameters = withoutExpressions;
	// Microtasks run as soon as the engine waits, ends or throws.
	const areBack = Promise.resolve().then(() => {
		node.parameters = parameters;
	});
	standIns.set(withoutExpressions, areBack);
	return areBack;
}
