import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { runInThisContext } from 'node:vm';
import type { IDataObject, INode, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import {
	type LoggedRequest,
	type Simulator,
	type SimulatorOptions,
	startSimulator,
} from '../../../simulator';
import { useClock } from '../../clock';
import { logged, type NodeRun, type NodeRunResult, runNode } from '../harness';

/** A new one for each test of a file that uses it. */
export let simulator: Simulator;

/** Starts a simulator for each test, on the test's clock. */
export function useNewSimulator(options?: SimulatorOptions) {
	useClock();
	beforeEach(async () => {
		simulator = await startSimulator(options);
	});
	afterEach(async () => {
		for (const close of closeServers.splice(0)) close();
		await simulator.stop();
	});
	expectNoApiKeyInLogs();
}

const closeServers: Array<() => void> = [];

/** Has the server listen until the end of the test, and returns where: "host:port". */
export async function listen(server: Server): Promise<string> {
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => sockets.add(socket));
	closeServers.push(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The same for a server that responds to the first bytes of each connection. */
export const listenForBytes = async (respond: (socket: Socket) => void): Promise<string> =>
	await listen(
		createServer((socket) => {
			socket.on('error', () => {});
			socket.once('data', () => respond(socket));
		}),
	);

/** No log entry of the test file may contain an API key. */
export function expectNoApiKeyInLogs() {
	afterAll(() => {
		expect(logged.length).toBeGreaterThan(0);
		expect(logged.filter((entry) => /SG\.[\w-]{22}\./.test(entry))).toEqual([]);
	});
}

/** The realm of n8n, to whose process its rejections belong. */
const outer = runInThisContext('globalThis') as typeof globalThis;

/** Nothing is thrown in n8n meanwhile that nobody waits for. */
export async function expectNoUnhandledRejection(work: () => Promise<void>): Promise<void> {
	const unhandled: unknown[] = [];
	const listen = (reason: unknown) => void unhandled.push(reason);
	outer.process.on('unhandledRejection', listen);
	await work();
	outer.process.off('unhandledRejection', listen);
	expect(unhandled).toEqual([]);
}

/** The three settings of "On Error". */
export const onErrorSettings: Array<NonNullable<INode['onError']>> = [
	'stopWorkflow',
	'continueRegularOutput',
	'continueErrorOutput',
];

/** An item of a test: `id` names what it works on, and nothing else in the account. */
export type Item = { id: string };

export interface Operation {
	title: string;
	/** With expressions over the item. */
	parameters: INodeParameters;
	/** Methods of the requests that name the item, where nothing goes wrong. */
	requests: string[];
	/** Which of them the faults are for. */
	faultedMethod: string;
	/**
	 * How often that one may be sent: `read` and `repeatable` three times, `once` only again if it was
	 * definitely not processed. A read changes nothing.
	 */
	kind: 'read' | 'repeatable' | 'once';
	/** Adds to the account what the item works on. */
	addToAccount(simulator: Simulator, item: Item): void;
	/** Whether the account is in the state that the item's output claims. */
	matchesServerState(output: IDataObject, simulator: Simulator, item: Item): boolean;
}

const segmentId = { __rl: true, mode: 'id', value: '={{ $json.id }}' };
const queryDsl = 'SELECT contact_id, updated_at FROM contact_data';
const addSegment = ({ addSegment: add }: Simulator, { id }: Item) => void add({ id });
const isNamed = (output: IDataObject, { segments }: Simulator, id: string, name: string) =>
	output.segment_id === id && output.segment_name === name && segments.get(id)?.name === name;

const deletion: Operation = {
	title: 'delete',
	parameters: { operation: 'delete', segmentId },
	requests: ['GET', 'DELETE'],
	faultedMethod: 'DELETE',
	kind: 'repeatable',
	addToAccount: addSegment,
	matchesServerState: ({ deleted, segment_id, segment }, { segments }, { id }) =>
		deleted === true &&
		segment_id === id &&
		(segment as IDataObject).id === id &&
		!segments.has(id),
};

const refresh: Operation = {
	title: 'refresh',
	parameters: { operation: 'refresh', segmentId, timeZone: 'Europe/Berlin' },
	requests: ['GET', 'POST'],
	faultedMethod: 'POST',
	kind: 'once',
	addToAccount: addSegment,
	matchesServerState: ({ status, segment_id }, { segments }, { id }) =>
		status === 'accepted' && segment_id === id && segments.get(id)?.refreshes_used === 1,
};

const get: Operation = {
	title: 'get',
	parameters: { operation: 'get', segmentId },
	requests: ['GET'],
	faultedMethod: 'GET',
	kind: 'read',
	addToAccount: addSegment,
	matchesServerState: (output, sim, { id }) =>
		isNamed(output, sim, id, String(sim.segments.get(id)?.name)),
};

const create: Operation = {
	title: 'create',
	parameters: { operation: 'create', name: '=New {{ $json.id }}', queryDsl },
	requests: ['POST'],
	faultedMethod: 'POST',
	kind: 'once',
	addToAccount: () => {},
	matchesServerState: ({ segment_id, segment_name: name }, { segments }, { id }) =>
		name === `New ${id}` &&
		segments.get(segment_id as string)?.name === name &&
		[...segments.values()].filter((segment) => segment.name === name).length === 1,
};

const update: Operation = {
	title: 'update',
	parameters: { operation: 'update', segmentId, updateFields: { name: '=New {{ $json.id }}' } },
	requests: ['PATCH'],
	faultedMethod: 'PATCH',
	kind: 'repeatable',
	addToAccount: addSegment,
	matchesServerState: (output, sim, { id }) => isNamed(output, sim, id, `New ${id}`),
};

const upsertNew: Operation = {
	...create,
	title: 'create or update: new',
	parameters: { ...create.parameters, operation: 'upsert' },
	matchesServerState: (output, sim, item) =>
		output.created === true && create.matchesServerState(output, sim, item),
};

const upsertExisting: Operation = {
	...upsertNew,
	title: 'create or update: existing',
	requests: ['GET', 'PATCH'],
	faultedMethod: 'PATCH',
	kind: 'repeatable',
	addToAccount: (sim, { id }) =>
		void sim.addSegment({ id, name: `New ${id}`, query_dsl: `${queryDsl} WHERE 1 = 1` }),
	matchesServerState: ({ created, segment_id }, { segments }, { id }) =>
		created === false && segment_id === id && segments.get(id)?.query_dsl === queryDsl,
};

export const operations = {
	deletion,
	readBeforeDelete: {
		...deletion,
		title: 'read before delete',
		faultedMethod: 'GET',
		kind: 'read',
	} satisfies Operation as Operation,
	refresh,
	get,
	getMany: {
		...get,
		title: 'get many',
		parameters: { operation: 'getAll', returnAll: true, filters: { ids: '={{ $json.id }}' } },
	} satisfies Operation as Operation,
	create,
	update,
	upsertNew,
	upsertExisting,
};

export const allOperations = Object.values(operations);

/** For the titles of `it.each`. */
export const byTitle = (list: Operation[]) =>
	list.map((operation) => [operation.title, operation] as const);

/** Items of an operation, with all that they need in the account. */
export function createItems(operation: Operation, count: number, on = simulator): Item[] {
	const items = Array.from({ length: count }, () => ({ id: randomUUID() }));
	for (const item of items) operation.addToAccount(on, item);
	return items;
}

/** Whether the request is about the item, which it names in its path or its body. */
export const isAbout = ({ path, body }: LoggedRequest, { id }: Item) =>
	path.includes(id) || JSON.stringify(body ?? '').includes(id);

/** The operation, with an expression that cannot be evaluated for one of the items. */
export function withBrokenItem(operation: Operation, count: number, broken: number) {
	const items = createItems(operation, count).map((item, index) => ({
		...item,
		isBroken: index === broken,
	}));
	const parameters: INodeParameters = JSON.parse(
		JSON.stringify(operation.parameters).replaceAll(
			'$json.id',
			"$json.isBroken ? $('Nowhere').item.json.id : $json.id",
		),
	);
	return { operation: { ...operation, parameters }, items };
}

/** The engine's own batching, as request options. */
export const inBatches = (batchSize: number, batchInterval = 1) => ({
	batching: { batch: { batchSize, batchInterval } },
});

/** Matches the request of the item that the operation's faults are for. */
export const faulted =
	({ faultedMethod }: Operation, item: Item) =>
	(request: LoggedRequest) =>
		request.method === faultedMethod && isAbout(request, item);

/** Methods of the requests that arrived about the item, in order. */
export const methodsOf = (item: Item, on = simulator) =>
	on.log.filter((request) => isAbout(request, item)).map(({ method }) => method);

/** How often the faulted request arrived for each item. */
export const countsOf = (operation: Operation, items: Item[]) =>
	items.map((item) => simulator.log.filter(faulted(operation, item)).length);

export const credentials = (on = simulator) => ({ apiKey: on.keys.full, baseUrl: on.url });

/** Runs the operation to its end; default: with the error output. */
export const run = async (
	{ parameters }: Operation,
	items: object[],
	settings: Partial<NodeRun> = {},
) =>
	await runNode({
		parameters,
		items: items as IDataObject[],
		credentials: settings.credentials ?? credentials(),
		onError: 'continueErrorOutput',
		...settings,
	});

/** `refused`: nothing was changed. `uncertain`: the request may have taken effect. */
export type Outcome = 'succeeded' | 'refused' | 'uncertain';

export const itemOf = ({ pairedItem }: INodeExecutionData) => (pairedItem as { item: number }).item;

export const isUncertain = ({ json }: INodeExecutionData) =>
	String((json.error as IDataObject).description).includes('may still have taken effect');

/** What became of an item: one output or one failure of a run that continued, no more. */
export function resultOf(
	{ success, failures }: NodeRunResult,
	item: number,
): { outcome: Outcome; output?: IDataObject; message?: string; description?: string } {
	const ends = [...success, ...failures].filter((end) => itemOf(end) === item);
	expect(ends).toHaveLength(1);
	const [{ json }] = ends;
	if (!json.error) return { outcome: 'succeeded', output: json };
	const { message, description } = json.error as Record<string, string>;
	return { outcome: isUncertain(ends[0]) ? 'uncertain' : 'refused', message, description };
}

/** The items whose output is missing, or claims what is not so in the account. */
export const withoutTrueOutput = (
	operation: Operation,
	result: NodeRunResult,
	items: Item[],
	on = simulator,
) =>
	items.flatMap((item, index) => {
		const { output, ...failure } = resultOf(result, index);
		if (output && operation.matchesServerState(output, on, item)) return [];
		return [{ index, output, ...failure }];
	});

/** Every item has its output, the output is true, and nothing else was sent for it. */
export function expectUnaffected(operation: Operation, result: NodeRunResult, items: Item[]) {
	expect(withoutTrueOutput(operation, result, items)).toEqual([]);
	expect(items.map((item) => methodsOf(item))).toEqual(items.map(() => operation.requests));
}
