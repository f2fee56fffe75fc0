import { advance, until, untilDone } from '../../clock';
import { startNode } from '../harness';
import { byTitle, createItems, credentials, operations, simulator, useNewSimulator } from './setup';

useNewSimulator();

const { deletion, refresh, get, getMany, create, update, upsertNew } = operations;

/** Of more items than that, exactly so many requests are in progress when no response comes. */
it.each([
	...byTitle([deletion, get, getMany, create]).map((row) => [...row, 50] as const),
	...byTitle([refresh]).map((row) => [...row, 5] as const),
	...byTitle([update, upsertNew]).map((row) => [...row, 1] as const),
])('%s: so many requests are in progress', async (_, operation, expected) => {
	simulator.fault({ hang: true, times: Infinity, match: ({ path }) => !path.includes('search') });
	const { finished, cancel } = await startNode({
		parameters: operation.parameters,
		items: createItems(operation, expected + 10),
		credentials: credentials(),
		onError: 'continueRegularOutput',
	});
	await until(`${expected} requests`, () => simulator.inFlight === expected);
	// One more would be sent now.
	await advance(0);
	cancel();
	await untilDone(finished);
	expect(simulator.maxInFlight).toBe(expected);
});
