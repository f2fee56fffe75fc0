import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv, { type SchemaObject } from 'ajv';
import type { IDataObject } from 'n8n-workflow';
import { loadPackage } from '../harness';
import { byId, jsonOf, MISSING, runOn, simulator, useSimulator } from '../helpers';

useSimulator({ refreshSeconds: 0.1, countSeconds: 0.1 });

const LONG_AGO = '2024-01-01T00:00:00Z';

/** A segment with everything that the API's reference knows of one. */
const addSegment = (partial: object = {}) =>
	simulator.addSegment({
		parent_list_ids: [simulator.addList({ name: 'Newsletter' }).id],
		status: { query_validation: 'INVALID', error_message: 'no such field' },
		sample_updated_at: LONG_AGO,
		last_refreshed_at: LONG_AGO,
		...partial,
	});

const outputs = async (operation: string, parameters: IDataObject = {}, id = addSegment().id) =>
	jsonOf((await runOn(operation, [id], parameters)).success);

/** The output for a response that leaves everything out but the ID. */
const bare = async (operation: string, parameters: IDataObject = {}) => {
	const { id } = addSegment();
	simulator.fault({
		match: ({ method, path }) => method !== 'POST' || !path.includes('singlesends'),
		status: operation === 'create' ? 201 : 200,
		body: operation === 'getAll' ? { results: [{ id }] } : { id },
	});
	return await outputs(operation, parameters, id);
};

/** A segment of which SendGrid tells nothing but the ID, in the next response. */
const bareSegment = async () => {
	const { id } = addSegment();
	simulator.fault({ match: ({ path }) => path.includes('/segments/2.0/'), body: { id } });
	return { id };
};

const contact = { resource: 'contact' };

const definition = { name: 'New', queryDsl: 'SELECT 1' };

/** What Create, Update and Create or Update output, also if they wait. */
const saved = async (operation: string, parameters: IDataObject) => {
	const wait = { ...parameters, options: { waitUntilCounted: true } };
	const results = [await outputs(operation, parameters)];
	simulator.segments.clear();
	results.push(await outputs(operation, wait));
	simulator.segments.clear();
	results.push(await outputs(operation, { ...parameters, simplify: false }));
	if (operation !== 'upsert') results.push(await bare(operation, parameters));
	return results;
};

/** In SendGrid's response to a change, a segment can have words about its query without being invalid. */
const withWords = { query_validation: 'VALID', error_message: 'was slow' };

const everyOutput: Record<string, () => Promise<IDataObject[][]>> = {
	'segment/create': async () => {
		const results = await saved('create', definition);
		const { id } = simulator.addList({ name: 'A list' });
		simulator.queryRules = [{ initialStatus: withWords as never }];
		results.push(
			await outputs('create', { ...definition, name: 'On a list', parentListId: byId(id) }),
		);
		simulator.fault({ status: 201, body: addSegment({ refreshes_used: 1, status: withWords }) });
		return [...results, await outputs('create', definition)];
	},
	'segment/update': async () => {
		const valid = { status: { query_validation: 'VALID' } };
		const updateFields = { name: 'Renamed' };
		const results = [await bare('update', { updateFields })];
		for (const options of [{}, { waitUntilCounted: true }]) {
			const segment = addSegment({ ...valid, parent_list_ids: null });
			results.push(
				await outputs('update', { updateFields: { queryDsl: 'SELECT 2' }, options }, segment.id),
			);
		}
		const onNoList = addSegment({ ...valid, parent_list_ids: null });
		results.push(await outputs('update', { updateFields, simplify: false }, onNoList.id));
		simulator.segments.clear();
		const { id } = addSegment({ status: withWords, refreshes_used: 1 });
		return [...results, await outputs('update', { updateFields }, id)];
	},
	'segment/upsert': async () => {
		const results = await saved('upsert', definition);
		const { id } = simulator.addList({ name: 'A list' });
		simulator.addSegment({
			...definition,
			name: 'Known',
			query_dsl: 'SELECT 1',
			parent_list_ids: [id],
			status: withWords as never,
			refreshes_used: 1,
		});
		results.push(await outputs('upsert', { ...definition, name: 'Known', parentListId: byId(id) }));
		simulator.segments.clear();
		simulator.fault({ body: { results: [] } });
		simulator.fault({ status: 201, body: { id: MISSING } });
		return [...results, await outputs('upsert', definition)];
	},
	'segment/get': async () => [
		await outputs('get'),
		await outputs('get', { options: { includeContactsSample: true } }),
		await outputs('get', { simplify: false }, addSegment({ parent_list_ids: null }).id),
		await bare('get'),
	],
	'segment/getAll': async () => [
		await outputs('getAll'),
		await outputs('getAll', { simplify: false }, addSegment({ parent_list_ids: null }).id),
		await bare('getAll'),
	],
	'segment/delete': async () => {
		const { id, name, query_dsl } = addSegment();
		const withoutCount = { id, name, query_dsl };
		simulator.fault({ match: ({ method }) => method === 'GET', body: withoutCount });
		const results = [
			await outputs('delete', {}, id),
			await outputs('delete'),
			await outputs('delete', { dryRun: true, options: { ifScheduled: 'delete' } }),
			await outputs('delete', { options: { ignoreNotFound: true } }, MISSING),
		];
		const used = addSegment();
		const send_to = { segment_ids: [used.id] };
		simulator.addSingleSend({ name: 'May', send_at: '2030-05-01T10:00:00Z', send_to });
		simulator.addSingleSend({ name: 'When?', status: 'scheduled', send_to });
		return [...results, await outputs('delete', { dryRun: true }, used.id)];
	},
	'segment/refresh': async () => {
		const wait = { waitForCompletion: true, options: { timeoutSeconds: 1 } };
		const skip = { whenLimitReached: 'skip' };
		const results = [await outputs('refresh')];
		results.push(await outputs('refresh', wait));
		simulator.fault({ match: ({ method }) => method === 'POST', status: 202 });
		results.push(await outputs('refresh'));
		results.push(
			await outputs(
				'refresh',
				skip,
				addSegment({ last_refreshed_at: simulator.clock.now().toISOString() }).id,
			),
		);
		const unknown = addSegment({ max_refreshes: undefined });
		simulator.fault({ match: ({ method }) => method === 'POST', status: 429 });
		results.push(await outputs('refresh', skip, unknown.id));
		simulator.fault({ match: ({ method }) => method === 'GET', status: 500, times: Infinity });
		results.push(await outputs('refresh', wait));
		return results;
	},
	'contact/getAll': async () => {
		const { id } = addSegment();
		simulator.addContacts(id, [
			{
				email: 'ann@example.com',
				first_name: 'Ann',
				last_name: 'Lee',
				custom_fields: { visits: 3 },
			},
		]);
		return [await outputs('getAll', contact, id)];
	},
	'contact/export': async () => [
		await outputs('export', contact, addSegment({ contacts_count: 2 }).id),
		await outputs('export', contact, (await bareSegment()).id),
	],
	'contact/check': async () => [
		await outputs(
			'check',
			{ ...contact, email: 'contact-1@example.com' },
			addSegment({ contacts_count: 1 }).id,
		),
		await outputs('check', { ...contact, email: 'nobody@example.com' }, (await bareSegment()).id),
	],
};

const schemaOf = (operation: string): SchemaObject =>
	JSON.parse(
		readFileSync(
			path.resolve(
				__dirname,
				`../../../nodes/SendGridSegments/__schema__/v1.0.0/${operation}.json`,
			),
			'utf8',
		),
	);

const typeOf = (value: unknown) => {
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'array';
	return Number.isInteger(value) ? 'integer' : typeof value;
};

/** The properties, and types of them, that the schema promises and none of the values has. */
function neverSeen(schema: SchemaObject, values: unknown[], at = ''): string[] {
	const types = new Set(values.map(typeOf));
	const missing = [schema.type].flat().filter((type) => !types.has(type));
	const objects = values.filter((value) => typeOf(value) === 'object') as IDataObject[];
	const nested = Object.entries<SchemaObject>(schema.properties ?? {}).flatMap(([name, property]) =>
		neverSeen(
			property,
			objects.flatMap((value) => (name in value ? [value[name]] : [])),
			`${at}.${name}`,
		),
	);
	const entries = values.filter(Array.isArray).flat();
	const items = schema.items ? neverSeen(schema.items, entries, `${at}[]`) : [];
	return [...missing.map((type) => `${at}: ${type}`), ...nested, ...items];
}

/** What differs from run to run is replaced: IDs by their number, times by what they are. */
function withoutChance(json: IDataObject): string {
	const ids: string[] = [];
	return JSON.stringify(json, null, 2).replace(
		/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\d{4}-\d\d-\d\dT[\d:.]+Z/g,
		(match) => {
			if (match.endsWith('Z')) return 'a time';
			if (!ids.includes(match)) ids.push(match);
			return `ID ${ids.indexOf(match) + 1}`;
		},
	);
}

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true }).addKeyword('version');

// The snapshot is a recorded run: what the nodes of existing workflows rely on.
it.each(Object.keys(everyOutput))('%s', async (operation) => {
	const schema = schemaOf(operation);
	const all = (await everyOutput[operation]()).flat();

	const validate = ajv.compile(schema);
	for (const json of all) {
		validate(json);
		expect({ json, refusedFor: validate.errors }).toEqual({ json, refusedFor: null });
	}
	expect(neverSeen(schema, all)).toEqual([]);
	// The first is what the operation gives if no field is changed.
	expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(all[0])));
	expect(withoutChance(all[0])).toMatchSnapshot();
});

it('there is a schema for each operation', async () => {
	const { node } = await loadPackage();
	const names = node.description.properties
		.filter(({ name }) => name === 'operation')
		.flatMap(({ options = [], displayOptions }) =>
			options.map(
				(option) =>
					`${displayOptions!.show!.resource![0]}/${'value' in option ? option.value : ''}`,
			),
		);
	expect(names.sort()).toEqual(Object.keys(everyOutput).sort());
});
