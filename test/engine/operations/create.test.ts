import type { IDataObject } from 'n8n-workflow';
import {
	byId,
	expectFailure,
	jsonOf,
	MISSING,
	run,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const QUERY = "SELECT contact_id, updated_at\n\tFROM contact_data WHERE city = 'Łódź' -- 100%";

const create = async (parameters: IDataObject, item: IDataObject = {}) =>
	await run(
		{ operation: 'create', name: 'New', queryDsl: QUERY, ...parameters },
		{ items: [item], onError: 'continueRegularOutput' },
	);

it('sends name and query, and gives the segment without its sample', async () => {
	const { success } = await create({});

	expect(sent()).toEqual(['POST /v3/marketing/segments/2.0']);
	const [{ body, headers }] = simulator.log;
	expect(body).toEqual({ name: 'New', query_dsl: QUERY });
	expect(headers['content-type']).toMatch(/^application\/json/);

	const [segment] = simulator.segments.values();
	const { contacts_sample: sample, ...rest } = segment;
	expect(sample).toEqual([]);
	expect(success).toEqual([{ json: rest, pairedItem: { item: 0 } }]);
	expect(success[0].json).toMatchObject({
		id: segment.id,
		contacts_count: 0,
		status: { query_validation: 'PENDING' },
	});
});

it('does not trim what is given', async () => {
	await create({ name: ' New ', queryDsl: ' SELECT 1\n' });
	expect(simulator.log[0].body).toEqual({ name: ' New ', query_dsl: ' SELECT 1\n' });
});

it('leaves out a sample that SendGrid gives', async () => {
	simulator.fault({ status: 201, body: { id: MISSING, contacts_sample: [{ id: '1' }] } });
	expect(jsonOf((await create({})).success)).toEqual([{ id: MISSING }]);
});

it('puts the segment on a parent list', async () => {
	const { id } = simulator.addList({ name: 'Newsletter' });
	for (const parentListId of [byId(id), { __rl: true, mode: 'list', value: id }, id]) {
		simulator.segments.clear();
		await create({ additionalFields: { parentListId } });
		expect(simulator.log.at(-1)?.body).toEqual({
			name: 'New',
			query_dsl: QUERY,
			parent_list_ids: [id],
		});
	}
	expect(simulator.log).toHaveLength(3);
});

it.each(['', '  ', null, undefined])('takes an empty parent list as none: %j', async (value) => {
	const additionalFields = { parentListId: byId('={{ $json.value }}') };
	const { success } = await create({ additionalFields }, { value });
	expect(simulator.log[0].body).toEqual({ name: 'New', query_dsl: QUERY });
	expect(success[0].json.parent_list_ids).toEqual([]);
});

it.each<string | number>(['x', 'x'.repeat(100), 'ß'.repeat(100), '🎉'.repeat(100), 42])(
	'takes a name of 1 to 100 characters: %s',
	async (name) => {
		await create({ name: '={{ $json.name }}' }, { name });
		expect(simulator.log[0].body).toMatchObject({ name: String(name) });
	},
);

it.each([
	['', '"Name" is empty'],
	[' \t\n', '"Name" is empty'],
	[null, '"Name" is empty'],
	[{ name: 'New' }, '"Name" is empty'],
	[['New'], '"Name" is empty'],
	[true, '"Name" is empty'],
	['x'.repeat(101), '"Name" is 101 characters long'],
	['🎉'.repeat(101), '"Name" is 101 characters long'],
])('refuses the name %j', async (name, message) => {
	const { success } = await create({ name: '={{ $json.name }}' }, { name });
	expectFailure(success[0], { message });
	expect(sent()).toEqual([]);
});

it.each(['', ' \r\n\t', null, {}, []])('refuses the query %j', async (query) => {
	const { success } = await create({ queryDsl: '={{ $json.query }}' }, { query });
	expectFailure(success[0], { message: '"Query DSL" is empty' });
	expect(sent()).toEqual([]);
});

it("says SendGrid's words with the field they belong to", async () => {
	simulator.addSegment({ name: 'New' });
	const { success } = await create({});
	expectFailure(success[0], { message: 'Name: name is already in use', http_status: 400 });
});

it('sends one request per item, however alike', async () => {
	const { success } = await run(
		{ operation: 'create', name: 'New', queryDsl: QUERY },
		{ items: [{}, {}, {}], onError: 'continueRegularOutput' },
	);
	expect(sent()).toHaveLength(3);
	expect(success.filter(({ json }) => json.id)).toHaveLength(1);
});
