import { runInThisContext } from 'node:vm';
import type { IExecutePaginationFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { Run } from '../../../nodes/SendGridSegments/execution/run';
import type { NodeOperation } from '../../../nodes/SendGridSegments/operation';
import { API_KEY, settle } from '../fakes';

/** The realm of Node.js, to whose process unhandled rejections belong. */
const outer = runInThisContext('globalThis') as typeof globalThis;

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

const operationWith = (functions: Partial<NodeOperation>) =>
	({
		fields: [],
		allOptions: [],
		optionsField: { displayName: 'Options', name: 'options', type: 'collection', default: {} },
		concurrency: 5,
		...functions,
	}) as NodeOperation;

/** Three items that may share a request; two of them come when the first one waits for its import. */
async function runWithLateItem(microtasksUntilFirstImportEnds: number): Promise<string[]> {
	const events: string[] = [];
	const endImport: Array<() => void> = [];
	const operation = operationWith({
		parse: ({ context }) => {
			const index = context.functions.getItemIndex();
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
	});

	const run = new Run(operation, 3, false);
	const enter = async (index: number) =>
		await run.tryOf(index).enter(functionsOf(index), {} as IHttpRequestOptions);
	const first = enter(0);
	jest.advanceTimersByTime(2000);
	await settle();
	const others = [enter(1), enter(2)];
	await settle();
	for (const index of [1, 2]) endImport[index]();
	await Promise.all([first, ...others]);
	return events;
}

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
afterEach(() => jest.useRealTimers());

it('items that come late share a request, but never one that was sent before their import ended', async () => {
	const orders = new Set<string>();
	for (let count = 0; count < 60; count++) {
		orders.add((await runWithLateItem(count)).join('; '));
	}
	const imports = 'import of item 1; import of item 2';
	expect([...orders].sort()).toEqual([
		`import of item 0; ${imports}; refresh; item 0 has refresh 1; item 1 has refresh 1; item 2 has refresh 1`,
		`import of item 0; refresh; item 0 has refresh 1; ${imports}; refresh; item 1 has refresh 2; item 2 has refresh 2`,
	]);
});

it('a failure in preparing ends the run with that failure, though the item had not been answered yet', async () => {
	const unhandled: unknown[] = [];
	const listen = (reason: unknown) => void unhandled.push(reason);
	outer.process.on('unhandledRejection', listen);
	const operation = operationWith({
		parse: ({ context }) => context.functions.getItemIndex(),
		prepare: async (_context, index: number) => {
			await microtasks(index * 20);
			throw new Error(`The import of item ${index} failed`);
		},
	});
	const run = new Run(operation, 3, true);
	const outcomes = await Promise.all(
		[0, 1, 2].map(
			async (index) => await run.tryOf(index).enter(functionsOf(index), {} as IHttpRequestOptions),
		),
	);
	await settle();
	outer.process.off('unhandledRejection', listen);
	expect(outcomes).toEqual([
		{ error: expect.objectContaining({ message: 'The import of item 0 failed' }) },
		'stopped',
		'stopped',
	]);
	expect(unhandled).toEqual([]);
});

it.each([
	['does not repeat what took effect', false, 1],
	['sends again what was refused', true, 2],
])('a try waits for the requests of the one before, and %s', async (_, isRefused, requests) => {
	const ended: Array<() => void> = [];
	const operation = operationWith({
		parse: ({ context }) => context.functions.getItemIndex(),
		execute: async () => {
			await new Promise<void>((resolve) => ended.push(resolve));
			if (isRefused && ended.length === 1) throw new Error('Refused');
		},
		toOutput: (_result, index: number) => [{ json: { index } }],
	});
	const run = new Run(operation, 2, false);
	const enterFirst = async () =>
		await run.tryOf(0).enter(functionsOf(0), {} as IHttpRequestOptions);
	// n8n gives up on the node before it has handed over the second item, and tries again.
	void enterFirst();
	await settle();
	const second = enterFirst();
	await settle();
	expect(ended).toHaveLength(1);
	ended[0]();
	await settle();
	ended[1]?.();
	expect(await second).toEqual({ items: [{ json: { index: 0 } }] });
	expect(ended).toHaveLength(requests);
});

it.each([
	['a request', undefined],
	['a batch', { size: 10, unit: String }],
])('%s that succeeded is not sent again because the output of an item failed', async (_, batch) => {
	let requests = 0;
	const operation = operationWith({
		batch,
		parse: ({ context }) => context.functions.getItemIndex(),
		execute: async () => await Promise.resolve(++requests),
		toOutput: () => {
			throw new Error('More than fits');
		},
	});
	const run = new Run(operation, 1, false);
	const error: unknown = expect.objectContaining({ message: 'More than fits' });
	for (let tries = 1; tries <= 2; tries++) {
		expect(await run.tryOf(0).enter(functionsOf(0), {} as IHttpRequestOptions)).toEqual({ error });
	}
	expect(requests).toBe(1);
});

it('a defect of an operation fails its items, and leaves none of them waiting', async () => {
	const operation = operationWith({
		parse: () => undefined,
		prepare: () => {
			throw new TypeError('x is not a function');
		},
	});
	const run = new Run(operation, 2, true);
	const outcomes = await Promise.all(
		[0, 1].map(
			async (index) => await run.tryOf(index).enter(functionsOf(index), {} as IHttpRequestOptions),
		),
	);
	const error: unknown = expect.objectContaining({ message: 'x is not a function' });
	expect(outcomes).toEqual([{ error }, { error }]);
});
