import { byId, expectFailure, jsonOf, run, runOn, sent, simulator, useSimulator } from '../helpers';

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
				name: 'Opened',
				contacts_count: 2,
				status: 'INVALID',
				error_message: 'no such field',
				parent_list_ids: segment.parent_list_ids,
				sample_updated_at: segment.sample_updated_at,
				next_sample_update: segment.next_sample_update,
				query_dsl: segment.query_dsl,
				refreshes_left: 1,
			},
			pairedItem: { item: 0 },
		},
	]);
	expect(sent()).toEqual([path(segment.id)]);
	expect(simulator.log[0].body).toBeUndefined();
});

it('simplified, says null for what SendGrid leaves out', async () => {
	const { id } = simulator.addSegment();
	simulator.fault({ body: { id, name: 'Bare', surplus: true } });
	const { success } = await runOn('get', [id]);

	expect(jsonOf(success)).toEqual([
		{
			segment_id: id,
			name: 'Bare',
			contacts_count: null,
			status: null,
			error_message: null,
			parent_list_ids: [],
			sample_updated_at: null,
			next_sample_update: null,
			refreshes_left: null,
		},
	]);
});

it.each([false, '={{ false }}', '={{ "false" }}'])(
	"simplify %s: SendGrid's body and segment_id, without the sample",
	async (simplify) => {
		const segment = simulator.addSegment({ status: { query_validation: 'VALID' } });
		const { success } = await runOn('get', [segment.id], { simplify });

		const { contacts_sample: sample, ...rest } = segment;
		expect(sample).not.toEqual([]);
		expect(jsonOf(success)).toEqual([
			{
				...rest,
				segment_id: segment.id,
				identifier_counts: { AID: 0, EID: 2, EXTID: 0, PHNID: 0 },
			},
		]);
		expect(sent()).toEqual([path(segment.id)]);
	},
);

it('leaves the sample out even if SendGrid sends it unasked', async () => {
	const { id, contacts_sample } = simulator.addSegment();
	simulator.fault({ body: { id, contacts_sample } });
	const { success } = await runOn('get', [id], { simplify: false });
	expect(jsonOf(success)).toEqual([{ id, segment_id: id }]);
});

it.each([true, false])('includeContactsSample adds the sample, simplify %s', async (simplify) => {
	const segment = simulator.addSegment();
	const parameters = { simplify, options: { includeContactsSample: true } };
	const { success } = await runOn('get', [segment.id], parameters);

	const [json] = jsonOf(success);
	expect(json.contacts_sample).toEqual(segment.contacts_sample);
	expect(json.query_dsl).toBe(segment.query_dsl);
	expect(sent()).toEqual([path(segment.id, true)]);
});

it('includeContactsSample gives an empty sample where SendGrid gives none', async () => {
	const { id } = simulator.addSegment();
	simulator.fault({ body: { id } });
	const { success } = await runOn('get', [id], { options: { includeContactsSample: true } });
	expect(success[0].json.contacts_sample).toEqual([]);
});

it('reads for every item, however often one segment is named', async () => {
	const [{ id }] = simulator.addSegments(1);
	const { success } = await runOn('get', [id, id, id]);
	expect(success.map(({ pairedItem }) => pairedItem)).toEqual([
		{ item: 0 },
		{ item: 1 },
		{ item: 2 },
	]);
	expect(sent()).toHaveLength(3);
});

it.each(['simplify', 'includeContactsSample'])(
	'refuses %s unless it is true or false',
	async (name) => {
		const [{ id }] = simulator.addSegments(1);
		const value = '={{ "maybe" }}';
		const { success } = await run(
			{
				operation: 'get',
				segmentId: byId('={{ $json.id }}'),
				simplify: value,
				options: { [name]: value },
			},
			{ items: [{ id }], onError: 'continueRegularOutput' },
		);
		expectFailure(success[0], { message: expect.stringMatching(/ must be true or false$/) });
		expect(sent()).toEqual([]);
	},
);
