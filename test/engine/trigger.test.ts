import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { startSimulator } from '../../simulator';
import { activateTrigger, activateTriggers, loadOptions, loadPackage } from './harness';
import { credentials, MISSING, sent, simulator, useSimulator } from './helpers';
import { triggerTypeName } from './load-package';
import { n8n } from './n8n';

useSimulator({ refreshSeconds: Infinity, countSeconds: Infinity });

type Options = Omit<Parameters<typeof activateTrigger>[0], 'parameters'>;

const EMPTY = '={{ undefined }}';

const ALL = ['countChanged', 'created', 'deleted', 'invalid', 'refreshed', 'updated'];

const activate = async (parameters: object = {}, options: Options = {}) =>
	await activateTrigger({
		parameters: { events: ALL, ...parameters },
		credentials: credentials(),
		...options,
	});

const eventsOf = (items: Array<Record<string, unknown>>) =>
	items.map(({ event, segment_name: name }) => `${event} ${name}`);

/** SendGrid has counted a segment again. */
const recount = ({ id }: { id: string }, contactsCount: number) => {
	simulator.clock.advance(60_000);
	const now = simulator.clock.now().toISOString();
	Object.assign(simulator.segments.get(id)!, {
		contacts_count: contactsCount,
		sample_updated_at: now,
	});
};

const addBerlin = () => simulator.addSegment({ name: 'Berlin', contacts_count: 100 });

describe('a poll', () => {
	it('reports nothing at first, then what has changed, once', async () => {
		const berlin = addBerlin();
		const { poll } = await activate();
		expect(await poll()).toEqual([]);
		recount(berlin, 120);
		expect(await poll()).toEqual(
			['refreshed', 'countChanged'].map((event) => ({
				event,
				segment_id: berlin.id,
				segment_name: 'Berlin',
				contacts_count: 120,
				previous_count: 100,
				change: 20,
				sample_updated_at: berlin.sample_updated_at,
				status: 'VALID',
				error_message: null,
				occurred_at: berlin.sample_updated_at!.replace(/\.\d+Z$/, 'Z'),
			})),
		);
		expect(await poll()).toEqual([]);
	});

	it('is one request for 1,000 segments', async () => {
		const segments = simulator.addSegments(1000);
		const { poll } = await activate();
		await poll();
		segments.forEach((segment) => recount(segment, 7));
		simulator.resetLog();
		expect(await poll()).toHaveLength(2000);
		expect(sent()).toEqual(['GET /v3/marketing/segments/2.0']);
	});

	it.each<[object, string]>([
		[{ events: EMPTY }, "'Trigger On' is empty"],
		[{ segments: EMPTY }, "'Segment Names or IDs' is empty"],
		[{ segments: '={{ [] }}' }, "'Segment Names or IDs' is empty"],
		[{ options: { minChange: EMPTY } }, "'Minimum Change' is empty"],
		[{ options: { min_change: 5 } }, `'Options' has no field "min_change"`],
		[{ options: 'minChange' }, "'Options' must be an object"],
		[{ options: EMPTY }, "'Options' is empty"],
	])('sends nothing if a parameter cannot be used: %j', async (parameters, message) => {
		const { poll } = await activate(parameters);
		await expect(poll()).rejects.toMatchObject({ name: 'NodeOperationError', message });
		expect(simulator.log).toEqual([]);
	});
});

describe('two triggers of one workflow', () => {
	it.each([['same-id'], [undefined]])('both report, if their node ID is %s', async (id) => {
		const berlin = addBerlin();
		const triggers = await activateTriggers(
			[
				{ name: 'One', id, parameters: { events: ['refreshed'] } },
				{ name: 'Two', id, parameters: { events: ['countChanged'] } },
			],
			{ credentials: credentials() },
		);
		for (const { poll } of triggers) await poll();
		for (const count of [110, 120, 130]) {
			recount(berlin, count);
			const items = await Promise.all(triggers.map(async ({ poll }) => await poll()));
			expect(items.map(eventsOf)).toEqual([['refreshed Berlin'], ['countChanged Berlin']]);
		}
	});
});

describe('the life of n8n', () => {
	it.each(['init', 'update'] as const)('%s: reports what has changed meanwhile', async (mode) => {
		const berlin = addBerlin();
		const gone = simulator.addSegment({ name: 'Gone' });
		const first = await activate();
		await first.poll();

		recount(berlin, 120);
		simulator.segments.delete(gone.id);
		const second = await activate({}, { activationMode: mode, staticData: first.staticData });
		expect(eventsOf(await second.poll())).toEqual([
			'refreshed Berlin',
			'countChanged Berlin',
			'deleted Gone',
		]);
	});

	it('takes a new baseline when the workflow is switched on again, and only then', async () => {
		const berlin = addBerlin();
		const first = await activate();
		await first.poll();
		recount(berlin, 120);
		const second = await activate({}, { staticData: first.staticData });
		expect(await second.poll()).toEqual([]);
		recount(berlin, 140);
		expect(eventsOf(await second.poll())).toEqual(['refreshed Berlin', 'countChanged Berlin']);
	});
});

describe('a poll that fails', () => {
	test.each<[string, Parameters<typeof simulator.fault>[0], object]>([
		['an error with an empty list', { status: 400, body: { results: [] } }, { httpCode: '400' }],
		['something else than a list', { body: { result: [] } }, {}],
		['a list that is cut off', { drop: 'midBody', times: 3 }, {}],
	])('changes no state: %s', async (_name, fault, error) => {
		const berlin = addBerlin();
		const { poll, ...activation } = await activate();
		await poll();
		const before = activation.staticData;
		recount(berlin, 120);
		simulator.fault(fault);
		await expect(poll()).rejects.toMatchObject({ name: 'NodeApiError', ...error });
		expect(activation.staticData).toBe(before);
		expect(eventsOf(await poll())).toEqual(['refreshed Berlin', 'countChanged Berlin']);
	});

	it('fails where one page cannot be read, and takes no segment for deleted', async () => {
		const paged = await startSimulator({ pageSize: 10 });
		paged.addSegments(25);
		const { poll } = await activate({}, { credentials: { ...credentials(), baseUrl: paged.url } });
		await poll();
		paged.fault({ status: 403, match: ({ path }) => path.includes('page_token') });
		await expect(poll()).rejects.toThrow();
		const after = await poll();
		await paged.stop();
		expect(after).toEqual([]);
	});

	it('says that the key is wrong, as it does for items', async () => {
		const { poll } = await activate({}, { credentials: { ...credentials(), apiKey: 'SG.wrong' } });
		await expect(poll()).rejects.toMatchObject({
			message: 'SendGrid rejected the API key',
			httpCode: '401',
		});
		expect(simulator.log).toHaveLength(1);
	});
});

describe('Fetch Test Event', () => {
	it.each(ALL)('shows a real segment and changes nothing: %s', async (event) => {
		const berlin = addBerlin();
		const { poll, ...activation } = await activate({ events: [event] }, { manual: true });
		const [item, ...others] = await poll();
		expect(item).toMatchObject({
			event,
			segment_id: berlin.id,
			segment_name: 'Berlin',
			previous_count: 100,
			change: event === 'deleted' ? null : 0,
			occurred_at: expect.stringMatching(/^\d{4}-.*Z$/),
		});
		expect(others).toEqual([]);
		expect(activation.staticData).toBe('{}');
	});

	it('shows a chosen segment', async () => {
		const berlin = addBerlin();
		simulator.addSegment();
		const { poll } = await activate({ segments: [berlin.id] }, { manual: true });
		expect(await poll()).toMatchObject([{ segment_id: berlin.id }]);
	});

	it.each<[string, object]>([
		['The account has no segments', {}],
		["None of the segments in 'Segment Names or IDs' exists", { segments: [MISSING] }],
	])('says why there is none: %s', async (message, parameters) => {
		const { poll } = await activate(parameters, { manual: true });
		await expect(poll()).rejects.toMatchObject({ message });
	});
});

test.each([
	[['refreshed'], 'Refreshed'],
	[ALL, 'Count Changed, Created, Deleted, Query Invalid, Refreshed, Updated'],
	['deleted', 'Deleted'],
	[['opened'], 'opened'],
])('the canvas shows the chosen events: %j', async (events, shown) => {
	const { trigger, nodeTypes } = await loadPackage();
	const node = { id: '1', name: 'Trigger', typeVersion: 1, parameters: { events } };
	const workflow = new n8n.Workflow({
		nodes: [{ ...node, type: triggerTypeName, position: [0, 0] }],
		connections: {},
		active: false,
		nodeTypes,
	});
	const value = workflow.expression.getSimpleParameterValue(
		workflow.getNode('Trigger')!,
		trigger.description.subtitle,
		'internal',
		{},
	);
	expect(value).toBe(shown);
});

it('offers the segments by name', async () => {
	const [b, a] = ['Berlin', 'Amsterdam'].map((name) =>
		simulator.addSegment({ name, contacts_count: 3 }),
	);
	expect(await loadOptions('getSegments', credentials(), triggerTypeName)).toEqual([
		{ name: 'Amsterdam', value: a.id, description: '3 contacts' },
		{ name: 'Berlin', value: b.id, description: '3 contacts' },
	]);
});

it('gives items in the form that the schema says', async () => {
	const schema = JSON.parse(
		readFileSync(
			path.resolve(__dirname, '../../nodes/SendGridSegments/__schema__/v1.0.0.json'),
			'utf8',
		),
	);
	delete schema.version;
	const validate = new Ajv().compile({ ...schema, additionalProperties: false });
	const berlin = addBerlin();
	const { poll } = await activate();
	await poll();
	simulator.segments.delete(berlin.id);
	simulator.addSegment({ sample_updated_at: null });
	const items = await poll();
	expect(items).toHaveLength(2);
	for (const item of items) {
		expect(validate(item) || validate.errors).toBe(true);
	}
});
