import { advance, until } from '../../clock';
import { startNode } from '../harness';
import {
	byTitle,
	createItems,
	credentials,
	type Operation,
	operations,
	simulator,
	useNewSimulator,
} from './setup';

useNewSimulator();

const { deletion, deleteWithDefinition, refresh, get, getMany, create, update, upsertNew } =
	operations;

/** Of more items than that, exactly so many requests are in progress when no response comes. */
async function expectInProgress(operation: Operation, expected: number) {
	// The first responses tell the rate limit.
	simulator.fault({ hang: true, times: Infinity, match: () => simulator.log.length > 5 });
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
	await finished;
	expect(simulator.maxInFlight).toBe(expected);
}

it.each(byTitle([deletion, deleteWithDefinition, get, getMany, create, update, upsertNew]))(
	'%s: 50 requests are in progress',
	async (_, operation) => await expectInProgress(operation, 50),
);

it('refresh: 5 requests are in progress', async () => await expectInProgress(refresh, 5));

it.each([1, 7, 200])('Max Concurrency %i', async (maxConcurrency) => {
	const parameters = { ...deletion.parameters, options: { maxConcurrency } };
	await expectInProgress({ ...deletion, parameters }, maxConcurrency);
});
