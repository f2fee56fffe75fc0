/** How long n8n may be kept from everything else, in ms. */
const SLICE_MS = 10;

/**
 * Resolves after n8n has served what came in meanwhile. A timer would not do: the engine's own between
 * its batches and this one would be due alternately, and Node.js runs all timers that are due before it
 * looks at the network.
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
