import type { IDataObject } from 'n8n-workflow';
import { byId, CONTINUE, run, sent, simulator, useSimulator } from '../helpers';

useSimulator();

const QUERY = "SELECT contact_id, updated_at\n\tFROM contact_data WHERE city = 'Łódź' -- 100%";

const create = async (parameters: IDataObject, item: IDataObject = {}) =>
	await run(
		{ operation: 'create', name: 'New', queryDsl: QUERY, ...parameters },
		{ items: [item], ...CONTINUE },
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
				segment_name: 'New',
				contacts_count: null,
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

it('puts the segment on a parent list', async () => {
	const { id } = simulator.addList({ name: 'Newsletter' });
	for (const parentListId of [byId(id), { __rl: true, mode: 'list', value: id }, id]) {
		simulator.segments.clear();
		const { success } = await create({ parentListId });
		expect(simulator.log.at(-1)?.body).toMatchObject({ parent_list_ids: [id] });
		expect(success[0].json.parent_list_ids).toEqual([id]);
	}
});

it('selects from all contacts if Parent List was left empty', async () => {
	for (const value of ['', null]) {
		await create({ name: `New ${value}`, parentListId: { __rl: true, mode: 'list', value } });
		expect(simulator.log.at(-1)?.body).toEqual({ name: `New ${value}`, query_dsl: QUERY });
	}
});
