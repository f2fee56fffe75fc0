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

it('sends name and query, and returns the new segment', async () => {
	const { success } = await create({});

	expect(sent()).toEqual(['POST /v3/marketing/segments/2.0']);
	const [{ body, headers }] = simulator.log;
	expect(body).toEqual({ name: 'New', query_dsl: QUERY });
	expect(headers['content-type']).toMatch(/^application\/json/);

	const [segment] = simulator.segments.values();
	expect(success).toEqual([
		{
			json: {
				segment_id: segment.id,
				name: 'New',
				contacts_count: 0,
				status: 'VALID',
				error_message: null,
				query_dsl: QUERY,
				parent_list_ids: [],
				sample_updated_at: null,
				next_sample_update: null,
				refreshes_left: null,
			},
			pairedItem: { item: 0 },
		},
	]);
});

it('not simplified, returns what SendGrid returns, without the sample', async () => {
	const answer = { id: MISSING, name: 'New', status: { query_validation: 'PENDING' }, more: 1 };
	simulator.fault({ status: 201, body: { ...answer, contacts_sample: [{ id: '1' }] } });
	const { success } = await create({ simplify: false });
	expect(jsonOf(success)).toEqual([{ segment_id: MISSING, ...answer }]);
});

it('puts the segment on a parent list', async () => {
	const { id } = simulator.addList({ name: 'Newsletter' });
	for (const parentListId of [byId(id), { __rl: true, mode: 'list', value: id }, id]) {
		simulator.segments.clear();
		const { success } = await create({ additionalFields: { parentListId } });
		expect(simulator.log.at(-1)?.body).toMatchObject({ parent_list_ids: [id] });
		expect(success[0].json.parent_list_ids).toEqual([id]);
	}
});

it.each([
	[{ name: '={{ $json.nothing }}' }, "'Name' is empty"],
	[{ queryDsl: '={{ $json.nothing }}' }, "'SQL Query' is empty"],
	[{ additionalFields: { parentListId: byId('../') } }, "'Parent List' is not a valid ID"],
])('refuses %j, and sends nothing', async (parameters, message) => {
	const { success } = await create(parameters);
	expectFailure(success[0], { message });
	expect(sent()).toEqual([]);
});

it('says that a name is taken', async () => {
	simulator.addSegment({ name: 'New' });
	const { success } = await create({});
	expectFailure(success[0], {
		message: "'Name' is already used by another segment",
		http_status: 400,
	});
});

it('sends one request per item, however alike', async () => {
	const { success } = await run(
		{ operation: 'create', name: 'New', queryDsl: QUERY },
		{ items: [{}, {}, {}], onError: 'continueRegularOutput' },
	);
	expect(sent()).toHaveLength(3);
	expect(success.filter(({ json }) => json.segment_id)).toHaveLength(1);
});
