/** How long n8n may be kept from other work, in ms. */
const SLICE_MS = 10;

/**
 * Resolves after n8n has handled what arrived in the meantime. A timer would not work: the engine's own
 * timer between batches and this one would take turns, and Node.js runs all timers that are due before
 * it checks the network.
 */
async function serveOthers(): Promise<void> {
	const { port1, port2 } = new MessageChannel();
	await new Promise((resolve) => {
		port1.once('message', resolve);
		port2.postMessage(undefined);
	});
	port1.close();
}

/** Runs tasks one after the other, and lets n8n do other work every few milliseconds. */
export class TimeSlicer {
	private lastTurn = Promise.resolve();

	private sliceEndsAt = 0;

	async run<T>(task: () => T): Promise<Awaited<T>> {
		const turn = this.lastTurn.then(async () => await this.startSliceIfOver());
		this.lastTurn = turn;
		await turn;
		return await task();
	}

	private async startSliceIfOver(): Promise<void> {
		if (performance.now() < this.sliceEndsAt) return;
		await serveOthers();
		this.sliceEndsAt = performance.now() + SLICE_MS;
	}
}
