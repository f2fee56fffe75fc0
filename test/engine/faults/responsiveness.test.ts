import { startSimulator } from '../../../simulator';
import { createItems, credentials, inBatches, operations, run } from './setup';

// On the real clock, since the node lets n8n do other work by it.

/** None of the turns of the event loop takes a large part of the CPU time of the work. */
async function expectShortTurns(work: () => Promise<unknown>): Promise<void> {
	const turns: number[] = [];
	const cpuMs = () => {
		const { user, system } = process.cpuUsage();
		return (user + system) / 1000;
	};
	let last = cpuMs();
	let isDone = false;
	const turn = () => {
		const now = cpuMs();
		turns.push(now - last);
		last = now;
		if (!isDone) setImmediate(turn);
	};
	setImmediate(turn);
	await work();
	// The turn in which it ended counts, too.
	await new Promise((resolve) => setImmediate(resolve));
	isDone = true;
	const total = turns.reduce((sum, ms) => sum + ms, 0);
	expect(Math.max(...turns)).toBeLessThan(total / 5);
}

it('2,000 items: n8n is never kept busy for longer than some tens of them take', async () => {
	const { deletion } = operations;
	const simulator = await startSimulator();
	const settings = {
		credentials: credentials(simulator),
		// The node's default, under which the engine pauses between batches of 10 items.
		requestOptions: inBatches(10),
		onError: 'stopWorkflow' as const,
	};
	await run(deletion, createItems(deletion, 50, simulator), settings);
	simulator.resetLog();
	const items = createItems(deletion, 2000, simulator);
	items[1999] = { id: 'not an ID' };
	await expectShortTurns(async () => {
		const { error } = await run(deletion, items, settings);
		expect(error).toHaveProperty('context.itemIndex', 1999);
	});
	await simulator.stop();
	// Nothing is sent, so that all of the time went into preparing the items.
	expect(simulator.log).toEqual([]);
});

it('2,000 items whose shared refresh failed: telling them takes no long turn', async () => {
	const { refresh } = operations;
	const simulator = await startSimulator();
	simulator.fault({ status: 500, times: Infinity, match: ({ method }) => method === 'POST' });
	const [item] = createItems(refresh, 1, simulator);
	await expectShortTurns(async () => {
		const { error } = await run(refresh, Array(2000).fill(item), {
			credentials: credentials(simulator),
			requestOptions: inBatches(10),
			onError: 'stopWorkflow',
		});
		expect(error).toHaveProperty('context.itemIndex', 0);
	});
	await simulator.stop();
});
