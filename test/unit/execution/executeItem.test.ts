import type {
	DeclarativeRestApiSettings,
	IExecutePaginationFunctions,
	INode,
	INodeExecutionData,
} from 'n8n-workflow';
import { ItemError } from '../../../nodes/SendGridSegments/errors';
import {
	buildRouting,
	type OperationContext,
	type OperationHandler,
} from '../../../nodes/SendGridSegments/execution/executeItem';
import { deleteSegmentEndpoint } from '../../../nodes/SendGridSegments/transport/segments';
import { settle } from '../fakes';

// The values of Timeout, and what only a later try of "Retry On Fail" shows. All else about an item is for
// the tests on the engine.

type Handler = OperationHandler<undefined, string>;

/** Returns a function that runs a workflow's only item; each call is one try of the same run. */
function runWith(handler: Partial<Handler>, requestOptions?: object) {
	const { operations } = buildRouting<undefined, string, undefined>(deleteSegmentEndpoint, {
		concurrency: 1,
		parse: () => undefined,
		execute: async () => 'done',
		toOutput: (result) => [{ result }],
		...handler,
	});
	const node = { name: 'Segments', parameters: {} } as INode;
	const executeData = { node, data: { main: [[{ json: {} }]] } };
	const context = {
		getItemIndex: () => 0,
		getNode: () => node,
		getExecuteData: () => executeData,
		getNodeParameter: (_name: string, fallback: unknown) => requestOptions ?? fallback,
		continueOnFail: () => false,
		getExecutionCancelSignal: () => undefined,
		getCredentials: async () => ({ apiKey: 'key', baseUrl: 'https://api.sendgrid.com' }),
	} as unknown as IExecutePaginationFunctions;
	const executeItem = operations!.pagination as (
		this: IExecutePaginationFunctions,
		request: DeclarativeRestApiSettings.ResultOptions,
	) => Promise<INodeExecutionData[]>;
	const request = { options: {} } as DeclarativeRestApiSettings.ResultOptions;
	return async () => await executeItem.call(context, request);
}

it('a request that is still in progress is not sent a second time', async () => {
	let respond!: (result: string) => void;
	const execute = jest.fn(async () => await new Promise<string>((resolve) => (respond = resolve)));
	const runOnce = runWith({ execute });
	const tries = [runOnce()];
	await settle();
	tries.push(runOnce());
	await settle();
	respond('done');
	for (const output of await Promise.all(tries)) {
		expect(output).toEqual([{ json: { result: 'done' }, pairedItem: { item: 0 } }]);
	}
	expect(execute).toHaveBeenCalledTimes(1);
});

it('what a request needs to know before is not looked up again once it has succeeded', async () => {
	const prepare = jest.fn(async () => {});
	const execute = jest.fn(async () => 'done');
	const toOutput = jest
		.fn()
		.mockRejectedValueOnce(new ItemError('The wait was interrupted', 'Run it again.'))
		.mockResolvedValueOnce([{}]);
	const runOnce = runWith({ prepare, execute, toOutput });
	await expect(runOnce()).rejects.toThrow('The wait was interrupted');
	expect(await runOnce()).toEqual([{ json: {}, pairedItem: { item: 0 } }]);
	expect(prepare).toHaveBeenCalledTimes(1);
	expect(execute).toHaveBeenCalledTimes(1);
});

it.each([
	[5000, 5000],
	['5000', 5000],
	[5000.5, 5001],
	[2 ** 31, 2 ** 31 - 1],
	[0, 60_000],
	[-1, 60_000],
	['soon', 60_000],
	[null, 60_000],
])('with a Timeout of %p, an attempt may take %d ms', async (timeout, timeoutMs) => {
	const execute = jest.fn<Promise<string>, [OperationContext]>(async () => 'done');
	await runWith({ execute }, { timeout })();
	expect(execute.mock.calls[0][0].timeoutMs).toBe(timeoutMs);
});
