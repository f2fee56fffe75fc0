import { jsonOf, runOn, sent, simulator, useSimulator } from '../helpers';

useSimulator();

const path = (id: string, sample = false) =>
	`GET /v3/marketing/segments/2.0/${id}?contacts_sample=${sample}`;

it('reads one segment, simplified', async () => {
	const segment = simulator.addSegment({
		name: 'Opened',
		parent_list_ids: [simulator.addList({ name: 'Newsletter' }).id],
		status: { query_validation: 'INVALID', error_message: 'no such field' },
		refreshes_used: 1,
	});
	const { success } = await runOn('get', [segment.id]);

	expect(success).toEqual([
		{
			json: {
				segment_id: segment.id,
				segment_name: 'Opened',
				contacts_count: 2,
				status: 'INVALID',
				error_message: 'no such field',
				query_dsl: segment.query_dsl,
				parent_list_ids: segment.parent_list_ids,
				sample_updated_at: segment.sample_updated_at,
				next_sample_update: segment.next_sample_update,
				refreshes_left: 1,
			},
			pairedItem: { item: 0 },
		},
	]);
	expect(sent()).toEqual([path(segment.id)]);
	expect(simulator.log[0].body).toBeUndefined();
});

it.each([false, '={{ "false" }}'])(
	'simplify %s: as SendGrid returns it, without the sample',
	async (simplify) => {
		const { id } = simulator.addSegment();
		const answer = { id, name: 'Raw', status: { query_validation: 'VALID' }, more: [1] };
		simulator.fault({ body: { ...answer, contacts_sample: [{ id: '1' }] } });
		const { success } = await runOn('get', [id], { simplify });
		expect(jsonOf(success)).toEqual([
			{ segment_id: id, segment_name: 'Raw', ...answer, contacts_count: null },
		]);
		expect(sent()).toEqual([path(id)]);
	},
);

it.each([true, false])('Include Contacts Sample adds the sample, simplify %s', async (simplify) => {
	const segment = simulator.addSegment();
	const parameters = { simplify, options: { includeContactsSample: true } };
	const { success } = await runOn('get', [segment.id], parameters);

	const [json] = jsonOf(success);
	expect(segment.contacts_sample).not.toEqual([]);
	expect(json.contacts_sample).toEqual(segment.contacts_sample);
	expect('created_at' in json).toBe(!simplify);
	expect(sent()).toEqual([path(segment.id, true)]);
});

it('Include Contacts Sample gives an empty sample if SendGrid gives none', async () => {
	const { id } = simulator.addSegment();
	simulator.fault({ body: { id } });
	const { success } = await runOn('get', [id], { options: { includeContactsSample: true } });
	expect(success[0].json.contacts_sample).toEqual([]);
});
