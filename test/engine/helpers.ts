import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator';
import { type NodeRun, runNode } from './harness';

/** One for all tests of a file; each of them finds it as it was at the start. */
export let simulator: Simulator;

/** Without a rate limit that a test could reach by chance. */
export function useSimulator(options?: SimulatorOptions) {
	beforeAll(async () => {
		simulator = await startSimulator({ rateLimit: { limit: 100_000 }, ...options });
	});
	afterEach(() => simulator.reset());
	afterAll(async () => await simulator.stop());
}

/** A UUID that no segment has. */
export const MISSING = '00000000-0000-4000-8000-00000000dead';

export const credentials = () => ({ apiKey: simulator.keys.full, baseUrl: simulator.url });

export const byId = (value: unknown) =>
	({ __rl: true, mode: 'id', value }) as unknown as INodeParameters;

/** Runs the node on the items, with the simulator's credential. */
export const run = async (parameters: IDataObject, settings: Partial<NodeRun> = {}) =>
	await runNode({
		parameters: parameters as INodeParameters,
		credentials: credentials(),
		...settings,
	});

/** Runs an operation on the segments with these IDs, one item each: `{ id }`. */
export const runOn = async (
	operation: string,
	ids: unknown[],
	parameters: IDataObject = {},
	settings: Partial<NodeRun> = {},
) =>
	await run(
		{ operation, segmentId: byId('={{ $json.id }}'), ...parameters },
		{ items: ids.map((id) => ({ id })) as IDataObject[], ...settings },
	);

/** Each request that arrived, as "METHOD path". */
export const sent = () => simulator.log.map(({ method, path }) => `${method} ${path}`);

export const jsonOf = (items: INodeExecutionData[]) => items.map(({ json }) => json);

export const pairsOf = (items: INodeExecutionData[]) => items.map(({ pairedItem }) => pairedItem);

/** The failures among items of the success output under "Continue". */
export const failuresIn = (items: INodeExecutionData[]) =>
	items.flatMap(({ json }) => (json.error ? [json.error as IDataObject] : []));

/** What every failure is held to: words that help, and no more fields than the README names. */
export function expectFailure(
	item: INodeExecutionData,
	expected: { message: unknown; description?: unknown } & IDataObject,
) {
	expect(Object.keys(item).filter((key) => key !== 'json')).toEqual(['pairedItem']);
	expect(Object.keys(item.json)).toEqual(['error']);
	const { message, description, ...details } = item.json.error as Record<string, string>;
	const { message: expectedMessage, description: advice, ...expectedDetails } = expected;
	expect(message).toEqual(expectedMessage);
	expect(description).toMatch(/\w{3}.*\.( \[item \d+\])?$/s);
	if (advice) expect(description).toEqual(advice);
	expect(`${message} ${description}`).not.toMatch(/\b(error|problem|failure|mistake)s?\b/i);
	expect(details).toEqual(expectedDetails);
}
