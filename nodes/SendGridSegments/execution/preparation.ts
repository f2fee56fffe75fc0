import type { INode } from 'n8n-workflow';
import { isObject } from '../utils';

/** What decides which request the engine prepares, and how. */
const KEPT_PARAMETERS = ['resource', 'operation', 'requestOptions'];

/** How long n8n may be kept from everything else while items are prepared. */
const SLICE_MS = 10;

/**
 * Keeps the engine from evaluating expressions while it prepares the items that follow, until it
 * stops for the first time.
 *
 * The engine prepares all items of a run in one go and evaluates every parameter of each, although
 * only this node's own functions need the values. With 5,000 items, n8n answered nobody for 8
 * seconds. So for this one synchronous stretch only the parameters that decide what is done keep their
 * values; each item's own are evaluated later, in slices. Nothing else can run during the stretch, so
 * nothing else can see it.
 *
 * @returns resolves when the node has its parameters again
 */
export async function deferExpressions(node: INode): Promise<void> {
	const { parameters } = node;
	const withoutExpressions = Object.entries(parameters).map(([name, value]) => {
		if (KEPT_PARAMETERS.includes(name)) return [name, value];
		return [name, isObject(value) ? {} : ''];
	});
	node.parameters = Object.fromEntries(withoutExpressions);
	// Microtasks run as soon as the engine waits, ends or throws.
	await Promise.resolve();
	node.parameters = parameters;
}

/**
 * Resolves after n8n has served what came in meanwhile. A timer would not do: the engine's own, between
 * its batches, is due when a slice ends, the slice's when a batch ends, and Node.js runs timers that
 * are due before anything else.
 */
async function serveOthers(): Promise<void> {
	const { port1, port2 } = new MessageChannel();
	await new Promise((resolve) => {
		port1.once('message', resolve);
		port2.postMessage(undefined);
	});
	port1.close();
}

/** Runs tasks one after the other, and lets n8n do something else every few milliseconds. */
export class TimeSlicer {
	private lastTurn = Promise.resolve();

	private sliceEndsAt = 0;

	async run<T>(task: () => T): Promise<T> {
		const turn = this.lastTurn.then(async () => await this.startSliceIfOver());
		this.lastTurn = turn;
		await turn;
		return task();
	}

	private async startSliceIfOver(): Promise<void> {
		if (performance.now() < this.sliceEndsAt) return;
		await serveOthers();
		this.sliceEndsAt = performance.now() + SLICE_MS;
	}
}
