import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulator } from '../../../simulator';
import { type NodeRunResult, runNode } from '../harness';
import { type Expected, type FaultRow, faultRows } from './faults';
import { isFor, type Item, type Operation, operations, prepared, requestsFor } from './operations';
import { fateOf, itemOf, keepsKeyOutOfLog } from './support';

keepsKeyOutOfLog();

/** A run in which each row's fault hits the request of one item; the first and last have none. */
async function underFaults(operation: Operation, rows: FaultRow[], timeout?: number) {
	const simulator = await startSimulator();
	const items = prepared(operation, simulator, rows.length + 2);
	rows.forEach(({ fault }, row) =>
		simulator.fault({
			times: Infinity,
			...(typeof fault === 'function' ? fault(simulator, operation) : fault),
			match: (request) => request.method === operation.hit && isFor(request, items[row + 1]),
		}),
	);
	const run = await runNode({
		parameters: operation.parameters,
		items,
		credentials: { apiKey: simulator.keys.full, baseUrl: simulator.url },
		onError: 'continueErrorOutput',
		evaluate: "={{ $('Source').item.json.id }}",
		requestOptions: timeout ? { timeout } : {},
	});
	await simulator.stop();

	expect(run.status).toBe('success');
	expect(run.success.length + run.failures.length).toBe(items.length);
	expect(run.evaluated.success).toEqual(idsOf(run.success, items));
	expect(run.evaluated.failures).toEqual(idsOf(run.failures, items));
	expect(simulator.requests(undefined, 'elsewhere')).toEqual([]);
	expect(run.fullRunJson).toContain(items[0].id);
	expect(run.fullRunJson).not.toContain(simulator.keys.full);
	return { simulator, items, run };
}

type Disturbed = Awaited<ReturnType<typeof underFaults>>;

const idsOf = (list: NodeRunResult['success'], items: Item[]) =>
	list.map((item) => items[itemOf(item)].id);

/** The requests of the item that the fault is meant for, in order of arrival. */
const methodsOf = ({ simulator, items }: Disturbed, item: number) =>
	requestsFor(simulator, items[item]).map(({ method }) => method);

function expectUndisturbed(operation: Operation, disturbed: Disturbed, item: number) {
	const { simulator, items, run } = disturbed;
	const { output } = fateOf(run, item);
	expect(output && operation.isTrue(output, simulator, items[item])).toBe(true);
	expect(methodsOf(disturbed, item)).toEqual(operation.requests);
}

function expectFate(operation: Operation, expected: Expected, disturbed: Disturbed, item: number) {
	const { simulator, items, run } = disturbed;
	const [requests, expectedOutcome, expectedMessage] = expected;
	const { outcome, output, message } = fateOf(run, item);

	expect(outcome).toBe(expectedOutcome);
	expect(methodsOf(disturbed, item).filter((method) => method === operation.hit)).toHaveLength(
		requests,
	);
	if (expectedMessage) expect(message).toMatch(expectedMessage);
	if (output) {
		expect(operation.isTrue(output, simulator, items[item])).toBe(true);
	} else {
		const { requests: all, hit } = operation;
		const sent = methodsOf(disturbed, item);
		for (const next of all.slice(all.indexOf(hit) + 1)) expect(sent).not.toContain(next);
	}
}

const expectedOf = ({ kind, title }: Operation, row: FaultRow) => row.but?.[title] ?? row[kind];

const all = Object.values(operations);
const disturbed = new Map<string, { run: Disturbed; item: number }>();
const keyOf = (operation: Operation, row: FaultRow) => `${operation.title}: ${row.title}`;

// All at once, since most of the time is waiting between tries.
beforeAll(async () => {
	const runs = all.flatMap((operation) =>
		// An account allows 10 refreshes, so each row has one of its own.
		(operation === operations.refresh ? faultRows.map((row) => [row]) : [faultRows]).map(
			async (rows) => {
				const run = await underFaults(operation, rows);
				rows.forEach((row, at) => disturbed.set(keyOf(operation, row), { run, item: at + 1 }));
				expectUndisturbed(operation, run, 0);
				expectUndisturbed(operation, run, rows.length + 1);
			},
		),
	);
	await Promise.all(runs);
}, 60_000);

describe.each(all)('$title', (operation) => {
	it.each(faultRows)('$title', (row) => {
		const { run, item } = disturbed.get(keyOf(operation, row))!;
		expectFate(operation, expectedOf(operation, row), run, item);
	});
});

it('gives up at the timeout', async () => {
	const rows: FaultRow[] = [
		{
			title: 'not carried out',
			fault: { hang: true },
			read: [3, 'refused', /^SendGrid could not be reached$/],
			repeatable: [3, 'uncertain', /^SendGrid could not be reached$/],
			once: [1, 'uncertain', /^SendGrid could not be reached$/],
		},
		{
			title: 'once, carried out',
			fault: { hang: true, apply: 'after', times: 1 },
			read: [2, 'succeeded'],
			repeatable: [2, 'succeeded'],
			once: [1, 'uncertain', /^SendGrid could not be reached$/],
		},
	];
	await Promise.all(
		all.map(async (operation) => {
			const disturbed = await underFaults(operation, rows, 1000);
			expect(disturbed.run.fullRunJson).toContain('The request timed out.');
			rows.forEach((row, index) =>
				expectFate(operation, expectedOf(operation, row), disturbed, index + 1),
			);
			expectUndisturbed(operation, disturbed, 0);
			expectUndisturbed(operation, disturbed, rows.length + 1);
		}),
	);
});

describe('connection refused', () => {
	/** A port where nobody listens, for as long as nobody else asks for one. */
	async function freePort(): Promise<number> {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		await new Promise((resolve) => server.close(resolve));
		return port;
	}

	it('fails, and says that nothing was changed', async () => {
		const baseUrl = `http://127.0.0.1:${await freePort()}`;
		const failing = all.map(async ({ parameters }) => {
			const run = await runNode({
				parameters,
				items: [{ id: '5f8e0c5e-0000-4000-8000-000000000001' }],
				credentials: { apiKey: 'SG.key', baseUrl },
				onError: 'continueErrorOutput',
			});
			const { outcome, message, description } = fateOf(run, 0);
			expect([outcome, message]).toEqual(['refused', 'SendGrid could not be reached']);
			expect(description).toMatch(/ECONNREFUSED.*It was sent 3 times\./);
			expect(run.fullRunJson).not.toContain('SG.key');
		});
		await Promise.all(failing);
	});

	it('is followed by another try, since the request surely never arrived', async () => {
		const recovering = all.map(async (operation) => {
			const simulator = await startSimulator();
			const items = prepared(operation, simulator, 3);
			const port = await freePort();
			const running = runNode({
				parameters: operation.parameters,
				items,
				credentials: { apiKey: simulator.keys.full, baseUrl: `http://127.0.0.1:${port}` },
				onError: 'continueErrorOutput',
			});
			await sleep(100);
			const behind = Number(new URL(simulator.url).port);
			const forwarder = createServer((socket) => {
				pipeline(socket, connect(behind, '127.0.0.1'), socket, () => {});
			}).listen(port, '127.0.0.1');
			const run = await running;
			forwarder.close();
			await simulator.stop();
			for (const index of items.keys()) {
				// The look before a refresh is not repeated.
				const requests = operation === operations.refresh ? ['POST'] : operation.requests;
				expectUndisturbed({ ...operation, requests }, { simulator, items, run }, index);
			}
		});
		await Promise.all(recovering);
	});
});
