import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator';
import { useClock } from '../clock';
import { FORBIDDEN_WORDS } from '../forbiddenWords';
import { type NodeRun, runNode } from './harness';

/** One for all tests of a file; each of them finds it as it was at the start. */
export let simulator: Simulator;

/** On the test's clock. Its rate limit is out of the way, unless the options say otherwise. */
export function useSimulator(options: SimulatorOptions = {}) {
	useClock();
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

export const CONTINUE: Partial<NodeRun> = { onError: 'continueRegularOutput' };

/** Of every item that `run` returned: how many items its run had. */
const itemCounts = new WeakMap<INodeExecutionData, number>();

/** Runs the node on the items, with the simulator's credential. */
export const run = async (parameters: IDataObject, settings: Partial<NodeRun> = {}) => {
	const result = await runNode({
		parameters: parameters as INodeParameters,
		credentials: credentials(),
		...settings,
	});
	const itemCount = settings.executeOnce ? 1 : (settings.items?.length ?? 1);
	for (const item of [...result.success, ...result.failures]) itemCounts.set(item, itemCount);
	return result;
};

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

/** Of a segment, as `sent` has it. */
export const readOf = (id: string) => `GET /v3/marketing/segments/2.0/${id}?contacts_sample=false`;
export const refreshOf = (id: string) => `POST /v3/marketing/segments/2.0/refresh/${id}`;

export const jsonOf = (items: INodeExecutionData[]) => items.map(({ json }) => json);

export const pairsOf = (items: INodeExecutionData[]) => items.map(({ pairedItem }) => pairedItem);

/** The failures among items of the success output under "Continue". */
export const failuresIn = (items: INodeExecutionData[]) =>
	items.flatMap(({ json }) => (json.error ? [json.error as IDataObject] : []));

/**
 * What every failure is held to: words that help, no more fields than expected, and the item's number
 * where the run has several.
 *
 * @param expected `description` without the item's number
 */
export function expectFailure(
	item: INodeExecutionData,
	expected: { message: unknown; description?: unknown } & IDataObject,
) {
	expect(Object.keys(item).filter((key) => key !== 'json')).toEqual(['pairedItem']);
	expect(Object.keys(item.json)).toEqual(['error']);
	const { message, description, ...details } = item.json.error as Record<string, string>;
	const { message: expectedMessage, description: advice, ...expectedDetails } = expected;
	expect(message).toEqual(expectedMessage);
	const [, text, suffix] = /^(.*?)( \[item \d+\])?$/s.exec(description)!;
	expect(text).toMatch(/\w{3}.*\.$/s);
	if (advice) expect(text).toEqual(advice);
	const itemCount = itemCounts.get(item);
	const { item: index } = item.pairedItem as { item: number };
	if (itemCount) expect(suffix).toBe(itemCount > 1 ? ` [item ${index}]` : undefined);
	expect(`${message} ${description}`).not.toMatch(FORBIDDEN_WORDS);
	expect(details).toEqual(expectedDetails);
}
