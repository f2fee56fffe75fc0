import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { IExecutePaginationFunctions, INode } from 'n8n-workflow';
import { ExecutionCanceledError, RunStoppedError } from '../../../nodes/SendGridSegments/errors';
import { runOf, RunState } from '../../../nodes/SendGridSegments/execution/runState';
import { countTurns, settle } from '../fakes';

/** What has become of a promise so far. */
async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'resolved' | Error> {
	let state: 'pending' | 'resolved' | Error = 'pending';
	promise.then(
		() => (state = 'resolved'),
		(error: Error) => (state = error),
	);
	await settle();
	return state;
}

const attemptOf = (itemCount: number) => new RunState(itemCount).attempt;

describe('inOrder', () => {
	it('runs the tasks of one key one after the other, and those of others beside them', async () => {
		const attempt = attemptOf(4);
		const events: string[] = [];
		const ends: Array<() => void> = [];
		const task = (name: string) => async () => {
			events.push(name);
			await new Promise<void>((resolve) => ends.push(resolve));
			return name;
		};
		const first = attempt.inOrder('a', task('a1'));
		const second = attempt.inOrder('a', task('a2'));
		void attempt.inOrder('b', task('b1'));
		await settle();
		expect(events).toEqual(['a1', 'b1']);
		ends[0]();
		expect(await first).toBe('a1');
		await settle();
		expect(events).toEqual(['a1', 'b1', 'a2']);
		ends[2]();
		expect(await second).toBe('a2');
	});

	it('tells each whether the one before it was sent, which one that failed may have been', async () => {
		const attempt = attemptOf(4);
		const told: boolean[] = [];
		const task = (result: unknown) => async (wasSent: boolean) => {
			told.push(wasSent);
			if (result instanceof Error) throw result;
			return result;
		};
		const results = await Promise.allSettled(
			[undefined, 'sent', undefined, new Error('failed'), 'sent'].map(
				async (result) => await attempt.inOrder('a', task(result)),
			),
		);
		expect(told).toEqual([false, false, true, false, true]);
		expect(results[3]).toMatchObject({ status: 'rejected' });
		expect(results[4]).toEqual({ status: 'fulfilled', value: 'sent' });
	});
});

describe('waitForAllItems', () => {
	it('resolves when every item is ready, each counted once', async () => {
		const attempt = attemptOf(2);
		const waits = attempt.waitForAllItems();
		attempt.markReady(0);
		attempt.markReady(0);
		expect(await stateOf(waits)).toBe('pending');
		attempt.markReady(1);
		expect(await stateOf(waits)).toBe('resolved');
		expect(await stateOf(attempt.waitForAllItems())).toBe('resolved');
	});

	it('lets n8n serve others between the items', async () => {
		let now = 0;
		jest.spyOn(performance, 'now').mockImplementation(() => now);
		const turns = countTurns();
		const attempt = attemptOf(6);
		for (let item = 0; item < 6; item++) attempt.markReady(item);
		const turnOf = await Promise.all(
			Array.from({ length: 6 }, async () => {
				await attempt.waitForAllItems();
				now += 4;
				return turns.current();
			}),
		);
		turns.stop();
		jest.restoreAllMocks();
		expect(turnOf[0]).toBeLessThan(turnOf[5]);
	});

	it('rejects when the run is stopped, before and after', async () => {
		const attempt = attemptOf(2);
		const waits = attempt.waitForAllItems();
		attempt.stop();
		expect(await stateOf(waits)).toBeInstanceOf(RunStoppedError);
		expect(await stateOf(attempt.waitForAllItems())).toBeInstanceOf(RunStoppedError);
		await expect(attempt.parse(() => 1)).rejects.toBeInstanceOf(RunStoppedError);
	});
});

describe('waitForItemsToCome', () => {
	beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));

	afterEach(() => jest.useRealTimers());

	it('resolves when every item is ready', async () => {
		const attempt = attemptOf(2);
		attempt.markReady(0);
		const waits = attempt.waitForItemsToCome();
		expect(await stateOf(waits)).toBe('pending');
		attempt.markReady(1);
		expect(await stateOf(waits)).toBe('resolved');
	});

	it('goes on without an item that does not come: a second after the last one', async () => {
		const attempt = attemptOf(3);
		attempt.markReady(0);
		const waits = attempt.waitForItemsToCome();
		await jest.advanceTimersByTimeAsync(900);
		attempt.markReady(1);
		await jest.advanceTimersByTimeAsync(1000);
		expect(await stateOf(waits)).toBe('pending');
		await jest.advanceTimersByTimeAsync(1000);
		expect(await stateOf(waits)).toBe('resolved');
		expect(await stateOf(attempt.waitForItemsToCome())).toBe('resolved');
	});

	it('rejects when the run is stopped', async () => {
		const attempt = attemptOf(2);
		const waits = attempt.waitForItemsToCome();
		attempt.stop();
		expect(await stateOf(waits)).toBeInstanceOf(RunStoppedError);
	});
});

describe('parse', () => {
	beforeEach(() => jest.useFakeTimers());

	afterEach(() => jest.useRealTimers());

	const nodeWith = (parameters: object) => ({ name: 'x', parameters }) as unknown as INode;

	it('reads a single item at once', async () => {
		const node = nodeWith({ name: '=x' });
		const parsed = new RunState(1, node).attempt.parse(() => node.parameters.name);
		expect(node.parameters.name).toBe('=x');
		expect(await parsed).toBe('=x');
		expect(jest.getTimerCount()).toBe(0);
	});

	it('reads many in order, with their expressions, after the engine has prepared them', async () => {
		const node = nodeWith({ name: '=x' });
		const { attempt } = new RunState(3, node);
		const order: number[] = [];
		const parsed = [0, 1, 2].map(
			async (n) => await attempt.parse(() => (order.push(n), node.parameters.name)),
		);
		expect(node.parameters.name).toBe('');
		await jest.runAllTimersAsync();
		expect(await Promise.all(parsed)).toEqual(['=x', '=x', '=x']);
		expect(order).toEqual([0, 1, 2]);
		void attempt.parse(() => 3).catch(() => {});
		expect(node.parameters.name).toBe('');
		await Promise.resolve();
		expect(node.parameters.name).toBe('=x');
	});
});

describe('memoize', () => {
	it('calls the function once for each key, also where it fails', async () => {
		const attempt = attemptOf(2);
		const fn = jest.fn(async () => await Promise.reject(new Error('failed')));
		for (let item = 0; item < 2; item++) {
			await expect(attempt.memoize('a', fn)).rejects.toThrow('failed');
		}
		expect(await attempt.memoize('b', async () => undefined)).toBeUndefined();
		await attempt.memoize('b', fn);
		expect(fn).toHaveBeenCalledTimes(1);
	});

	it('again in the next try', async () => {
		const run = new RunState(1);
		const fn = jest.fn(async () => 1);
		await run.register(0).memoize('a', fn);
		await run.register(0).memoize('a', fn);
		expect(fn).toHaveBeenCalledTimes(2);
	});
});

describe('readAccount', () => {
	const contextWith = (getCredentials: () => Promise<object>) =>
		({ getCredentials }) as unknown as IExecutePaginationFunctions;

	it('gives items with the same key the same account', async () => {
		const attempt = attemptOf(3);
		const keys = ['SG.a', 'SG.a', 'SG.b'];
		const [a, alsoA, b] = await Promise.all(
			keys.map(async (apiKey) => {
				const baseUrl = 'https://api.sendgrid.com';
				return await attempt.readAccount(contextWith(async () => ({ apiKey, baseUrl })));
			}),
		);
		expect(a.credential.apiKey).toBe('SG.a');
		expect(alsoA).toBe(a);
		expect(b).not.toBe(a);
	});

	it.each([
		['once where it is the same for all', true, 1],
		['for every item where it is not', undefined, 4],
	])('reads the credential %s', async (_how, isSameForAllItems, readings) => {
		const attempt = attemptOf(3);
		const credential = { apiKey: 'SG.a', baseUrl: 'https://api.sendgrid.com', isSameForAllItems };
		const context = contextWith(jest.fn(async () => credential));
		for (let item = 0; item < 3; item++) await attempt.readAccount(context);
		expect(context.getCredentials).toHaveBeenCalledTimes(readings);
	});

	it('reads it for every item where that of the first cannot be used', async () => {
		const attempt = attemptOf(2);
		const [bad, good] = ['', 'SG.a'].map((apiKey) =>
			contextWith(async () => ({ apiKey, baseUrl: 'https://api.sendgrid.com' })),
		);
		const [first, second] = [attempt.readAccount(bad), attempt.readAccount(good)];
		await expect(first).rejects.toThrow('The API Key of the credential is empty');
		expect((await second).credential.apiKey).toBe('SG.a');
	});

	it('reads no more credentials once the attempt has been stopped', async () => {
		const attempt = attemptOf(1);
		const getCredentials = jest.fn(async () => ({}));
		attempt.stop();
		await expect(attempt.readAccount(contextWith(getCredentials))).rejects.toBeInstanceOf(
			RunStoppedError,
		);
		expect(getCredentials).not.toHaveBeenCalled();
	});
});

describe('the tries of a run', () => {
	it('an item that comes again opens a new one and stops the one before', () => {
		const run = new RunState(2);
		const first = run.register(0);
		expect(run.register(1)).toBe(first);
		const second = run.register(0);
		expect(second).not.toBe(first);
		expect(run.register(1)).toBe(second);
		expect(first.signal.reason).toBeInstanceOf(RunStoppedError);
		expect(second.signal.aborted).toBe(false);
	});

	it('are all aborted once the execution is canceled', () => {
		const controller = new AbortController();
		const run = new RunState(1, undefined, controller.signal);
		run.register(0);
		expect(run.isCanceled).toBe(false);
		controller.abort();
		expect(run.isCanceled).toBe(true);
		expect(run.attempt.signal.reason).toBeInstanceOf(ExecutionCanceledError);
		expect(run.register(0).signal.reason).toBeInstanceOf(ExecutionCanceledError);
		const late = new RunState(1, undefined, controller.signal);
		expect(late.attempt.signal.reason).toBeInstanceOf(ExecutionCanceledError);
	});

	it('settle when every item has come and ended', async () => {
		const run = new RunState(2);
		const attempt = run.register(0);
		let end!: () => void;
		attempt.track(new Promise<void>((resolve) => (end = resolve)));
		const settled = attempt.settled();
		run.register(1);
		expect(await stateOf(settled)).toBe('pending');
		end();
		expect(await stateOf(settled)).toBe('resolved');
	});

	it('do not settle before every item has come', async () => {
		const run = new RunState(2);
		const settled = run.register(0).settled();
		expect(await stateOf(settled)).toBe('pending');
		run.register(1);
		expect(await stateOf(settled)).toBe('resolved');
	});
});

describe('requestKey', () => {
	it('is the same for equal requests', () => {
		const attempt = attemptOf(2);
		expect(attempt.requestKey('a')).toBe(attempt.requestKey('a'));
		expect(attempt.requestKey('a')).not.toBe(attempt.requestKey('b'));
	});

	it('of one order key: until another one comes between, alike in each try', () => {
		const keysOf = (requests: Array<[string, string]>) => {
			const attempt = attemptOf(requests.length);
			return requests.map(([dedupeKey, orderKey]) => attempt.requestKey(dedupeKey, orderKey));
		};
		const requests: Array<[string, string]> = [
			['a', 'x'],
			['a', 'x'],
			['other', 'y'],
			['a', 'x'],
			['b', 'x'],
			['a', 'x'],
			['other', 'y'],
		];
		const keys = keysOf(requests);
		expect(keys.map((key) => keys.indexOf(key))).toEqual([0, 0, 2, 0, 4, 5, 2]);
		expect(keysOf(requests)).toEqual(keys);
	});
});

it('a run that is over is not kept by the signal of the execution', async () => {
	setFlagsFromString('--expose-gc');
	const collectGarbage = runInNewContext('gc') as () => void;
	const { signal } = new AbortController();
	const runThatEnds = () => new WeakRef(new RunState(1, undefined, signal));
	const run = runThatEnds();
	await settle();
	collectGarbage();
	expect(run.deref()).toBeUndefined();
});

it('accounts are told apart by API key and base URL, and count what is uncertain', () => {
	const run = new RunState(1);
	const account = (apiKey: string, baseUrl = 'https://api.sendgrid.com') =>
		run.account({ data: {}, apiKey, baseUrl });
	const first = account('a');
	expect(account('a')).toBe(first);
	expect(account('b')).not.toBe(first);
	expect(account('a', 'https://example.com')).not.toBe(first);
	expect(first.record('x')).toBe(first.record('x'));
	expect(first.record('x')).not.toBe(account('b').record('x'));
	expect(run.uncertainRequests).toBe(0);
	first.record('x').delivery.maybeProcessed = true;
	account('b').record('y').delivery.maybeProcessed = true;
	expect(run.uncertainRequests).toBe(2);
	account('b').record('y').hasSucceeded = true;
	expect(run.uncertainRequests).toBe(1);
});

describe('runOf', () => {
	interface Call {
		node?: Partial<INode>;
		executeData?: object;
		toolArguments?: object;
	}

	const contextOf = ({ node, executeData, toolArguments }: Call) =>
		({
			getNode: () => ({ name: 'Segments', ...node }),
			getExecuteData: () => executeData,
			getInputData: () => {
				if (!toolArguments) throw new Error('No such input');
				return { json: toolArguments };
			},
		}) as unknown as IExecutePaginationFunctions;

	const items = [{ json: {} }, { json: {} }, { json: {} }];
	const execution = (data: object = { main: [items] }) => ({ node: { name: 'Segments' }, data });

	it('is one for all items of a run, and another for the next', () => {
		const executeData = execution();
		const run = runOf(contextOf({ executeData }));
		expect(run).toMatchObject({ itemCount: 3, node: executeData.node });
		expect(runOf(contextOf({ executeData }))).toBe(run);
		expect(runOf(contextOf({ executeData: execution() }))).not.toBe(run);
	});

	it.each<[string, object, Partial<INode>, number]>([
		['items of a tool', { ai_tool: [items] }, {}, 3],
		['Execute Once', { main: [items] }, { executeOnce: true }, 1],
		['no input', {}, {}, 1],
		['an empty connection', { main: [null] }, {}, 1],
	])('counts %s', (_, data, node, count) => {
		expect(runOf(contextOf({ node, executeData: execution(data) })).itemCount).toBe(count);
	});

	describe('of a tool that an agent calls itself', () => {
		const executeData = { node: { name: 'Agent' }, data: { main: [items] } };

		it('is one for all tries of a call, and none for two calls', () => {
			const toolArguments = { segmentId: 'a' };
			const run = runOf(contextOf({ executeData, toolArguments }));
			expect(run).toMatchObject({ itemCount: 1, node: undefined });
			expect(runOf(contextOf({ executeData, toolArguments }))).toBe(run);
			const same = { ...toolArguments };
			expect(runOf(contextOf({ executeData, toolArguments: same }))).not.toBe(run);
		});

		it.each([executeData, undefined])('stands alone without arguments', (data) => {
			const context = contextOf({ executeData: data });
			expect(runOf(context)).not.toBe(runOf(context));
		});
	});
});
