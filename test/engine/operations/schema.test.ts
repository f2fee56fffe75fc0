import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv, { type SchemaObject } from 'ajv';
import type { IDataObject } from 'n8n-workflow';
import { loadPackage } from '../harness';
import { byId, jsonOf, MISSING, run, runOn, simulator, useSimulator } from '../helpers';

useSimulator({ refreshSeconds: 0.1 });

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

/** What an API that leaves everything out but the ID gives. */
const bare = async (operation: string) => {
	const { id } = addSegment();
	simulator.fault({ body: operation === 'getAll' ? { results: [{ id }] } : { id } });
	return await outputs(operation, {}, id);
};

const everyOutput: Record<string, () => Promise<IDataObject[][]>> = {
	create: async () => {
		const parameters = { operation: 'create', name: 'New', queryDsl: 'SELECT 1' };
		const created = await run({
			...parameters,
			additionalFields: { parentListId: byId(simulator.addList({ name: 'A list' }).id) },
		});
		simulator.fault({ status: 201, body: addSegment() });
		return [jsonOf(created.success), jsonOf((await run(parameters)).success)];
	},
	update: async () => {
		const { id } = addSegment({ status: { query_validation: 'VALID' } });
		return [await outputs('update', { updateFields: { name: 'Renamed' } }, id)];
	},
	get: async () => [
		await outputs('get'),
		await outputs('get', { options: { includeContactsSample: true } }),
		await outputs('get', { simplify: false }),
		await outputs('get', { simplify: false, options: { includeContactsSample: true } }),
		await bare('get'),
	],
	getAll: async () => [
		await outputs('getAll'),
		await outputs('getAll', { simplify: false }),
		await bare('getAll'),
	],
	delete: async () => {
		const { id, name, query_dsl } = addSegment();
		const withoutCount = { id, name, query_dsl };
		simulator.fault({ match: ({ method }) => method === 'GET', body: withoutCount });
		return [
			await outputs('delete', { options: { returnDefinition: true } }, id),
			await outputs('delete', { options: { returnDefinition: true } }),
			await outputs('delete'),
			await outputs('delete', { options: { dryRun: true } }),
			await outputs('delete', { options: { ignoreNotFound: true } }, MISSING),
		];
	},
	refresh: async () => {
		const wait = { options: { waitForCompletion: true, timeoutSeconds: 1 } };
		const skip = { options: { whenLimitReached: 'skip' } };
		const results = [await outputs('refresh'), await outputs('refresh', wait)];
		simulator.fault({ status: 202 });
		results.push(await outputs('refresh'));
		results.push(
			await outputs(
				'refresh',
				skip,
				addSegment({ last_refreshed_at: simulator.clock.now().toISOString() }).id,
			),
		);
		const unknown = addSegment({ max_refreshes: undefined, refreshes_used: undefined });
		simulator.accountRefreshesUsed = 10;
		results.push(await outputs('refresh', skip, unknown.id));
		simulator.accountRefreshesUsed = 0;
		simulator.fault({ match: ({ method }) => method === 'GET', status: 404, times: Infinity });
		results.push(await outputs('refresh', wait));
		return results;
	},
};

const schemaOf = (operation: string): SchemaObject =>
	JSON.parse(
		readFileSync(
			path.resolve(
				__dirname,
				`../../../nodes/SendGridSegments/__schema__/v1.0.0/segment/${operation}.json`,
			),
			'utf8',
		),
	);

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true }).addKeyword('version');

it.each(Object.keys(everyOutput))('%s', async (operation) => {
	const schema = schemaOf(operation);
	const all = (await everyOutput[operation]()).flat();

	const validate = ajv.compile(schema);
	for (const json of all) {
		validate(json);
		expect({ json, refusedFor: validate.errors }).toEqual({ json, refusedFor: null });
	}
	// The first is what the operation gives where no field is changed.
	expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(all[0])));
});

it('there is a schema for each operation', async () => {
	const { node } = await loadPackage();
	const operation = node.description.properties.find(({ name }) => name === 'operation');
	const names = operation?.options?.map((option) => ('value' in option ? option.value : ''));
	expect(names).toEqual(expect.arrayContaining(Object.keys(everyOutput)));
	expect(names).toHaveLength(7);
});
