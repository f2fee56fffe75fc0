import type { IExecutePaginationFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { Run } from '../../../nodes/SendGridSegments/execution/run';
import type { NodeOperation } from '../../../nodes/SendGridSegments/operation';
import { API_KEY, settle } from '../fakes';

const CREDENTIAL = { apiKey: API_KEY, baseUrl: 'https://api.sendgrid.com' };

/** What n8n gives the node for an item, which is all that the run needs of it. */
const functionsOf = (index: number) =>
	({
		getItemIndex: () => index,
		getNode: () => ({ parameters: {} }),
		getNodeParameter: (_name: string, fallback?: unknown) => fallback,
		getExecuteData: () => ({ node: { parameters: {} } }),
		getCredentials: async () => await Promise.resolve(CREDENTIAL),
		continueOnFail: () => true,
	}) as unknown as IExecutePaginationFunctions;

/** Resolves after so many microtasks. */
async function microtasks(count: number): Promise<void> {
	for (let i = 0; i < count; i++) await Promise.resolve();
}

/** Two items that share a request; the second one comes when the first one waits for its import. */
async function runWithLateItem(microtasksUntilFirstImportEnds: number): Promise<string[]> {
	const events: string[] = [];
	const endImport: Array<() => void> = [];
	const operation = {
		fields: [],
		allOptions: [],
		optionsField: { displayName: 'Options', name: 'options', type: 'collection', default: {} },
		concurrency: 5,
		parse: ({ functions }) => {
			const index = functions.getItemIndex();
			if (index === 1) void microtasks(microtasksUntilFirstImportEnds).then(endImport[0]);
			return index;
		},
		requestKey: () => 'a segment',
		mayJoinSent: () => false,
		prepare: async (_context, index: number) => {
			await new Promise<void>((resolve) => (endImport[index] = resolve));
			events.push(`import of item ${index}`);
		},
		execute: async () => {
			await Promise.resolve(events.push('refresh'));
			return events.filter((event) => event === 'refresh').length;
		},
		toOutput: (refreshes: number, index: number) => {
			events.push(`item ${index} has refresh ${refreshes}`);
			return [{ json: {} }];
		},
	} as Partial<NodeOperation> as NodeOperation;

	const run = new Run(operation, 2, false);
	const enter = async (index: number) =>
		await run.tryOf(index).enter(functionsOf(index), {} as IHttpRequestOptions);
	const first = enter(0);
	jest.advanceTimersByTime(2000);
	await settle();
	const second = enter(1);
	await settle();
	endImport[1]();
	await Promise.all([first, second]);
	return events;
}

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
afterEach(() => jest.useRealTimers());

it('an item that comes late never has a request that was sent before its import ended', async () => {
	const orders = new Set<string>();
	for (let count = 0; count < 60; count++) {
		orders.add((await runWithLateItem(count)).join('; '));
	}
	expect([...orders].sort()).toEqual([
		'import of item 0; import of item 1; refresh; item 0 has refresh 1; item 1 has refresh 1',
		'import of item 0; refresh; item 0 has refresh 1; import of item 1; refresh; item 1 has refresh 2',
	]);
});
