import type { IDataObject } from 'n8n-workflow';
import { expectFailure, jsonOf, runOn, sent, simulator, useSimulator } from '../helpers';

useSimulator();

const update = async (id: string, updateFields: IDataObject, more: IDataObject = {}) =>
	await runOn('update', [id], { updateFields, ...more }, { onError: 'continueRegularOutput' });

it.each([
	[{ name: 'Renamed' }, { name: 'Renamed' }],
	[{ queryDsl: 'SELECT 2' }, { query_dsl: 'SELECT 2' }],
	[
		{ name: 'Renamed', queryDsl: 'SELECT 2' },
		{ name: 'Renamed', query_dsl: 'SELECT 2' },
	],
])('%j: sends exactly what is to change, and returns the segment', async (fields, body) => {
	const segment = simulator.addSegment();
	const { success } = await update(segment.id, fields);

	expect(sent()).toEqual([`PATCH /v3/marketing/segments/2.0/${segment.id}`]);
	expect(simulator.log[0].body).toEqual(body);
	expect(success).toEqual([
		{
			json: {
				segment_id: segment.id,
				name: segment.name,
				contacts_count: 2,
				status: 'VALID',
				error_message: null,
				query_dsl: segment.query_dsl,
				parent_list_ids: [],
				sample_updated_at: segment.sample_updated_at,
				next_sample_update: null,
				refreshes_left: null,
			},
			pairedItem: { item: 0 },
		},
	]);
	expect(segment).toMatchObject(body);
});

it('not simplified, returns what SendGrid returns, without the sample', async () => {
	const { id } = simulator.addSegment();
	const answer = { id, name: 'Renamed', updated_at: 'now' };
	simulator.fault({ body: { ...answer, contacts_sample: [{ id: '1' }] } });
	const { success } = await update(id, { name: 'Renamed' }, { simplify: false });
	expect(jsonOf(success)).toEqual([{ segment_id: id, ...answer }]);
});

it.each([
	[{}, "'Update Fields' is empty"],
	[{ name: '' }, "'Name' is empty"],
	[{ name: 'New', queryDsl: '  ' }, "'SQL Query' is empty"],
])('refuses %j, and sends nothing', async (fields, message) => {
	const { id } = simulator.addSegment();
	const { success } = await update(id, fields);
	expectFailure(success[0], { message });
	expect(sent()).toEqual([]);
});

describe('of one segment in several items', () => {
	const names = { updateFields: { name: '={{ $json.name }}' } };

	const isFirst = (body: unknown) => (body as { name?: string })?.name === 'first';

	it.each([{ status: 500 }, { status: 500, apply: 'after' as const }])(
		'the last item wins, though the first is answered with %j once',
		async (fault) => {
			const { id } = simulator.addSegment();
			simulator.fault({ ...fault, match: ({ body }) => isFirst(body) });
			const { success } = await runOn('update', [], names, {
				items: ['first', 'second', 'third'].map((name) => ({ id, name })),
			});

			expect(jsonOf(success).map(({ name }) => name)).toEqual(['first', 'second', 'third']);
			expect(simulator.segments.get(id)?.name).toBe('third');
			expect(simulator.log.map(({ body }) => (body as IDataObject).name)).toEqual([
				'first',
				'first',
				'second',
				'third',
			]);
		},
	);

	it('the last item wins over Retry On Fail, too', async () => {
		const { id } = simulator.addSegment();
		// Not retried within the try.
		simulator.fault({ status: 403, match: ({ body }) => isFirst(body) });
		const { success } = await runOn('update', [], names, {
			items: ['first', 'second'].map((name) => ({ id, name })),
			onError: 'continueRegularOutput',
			retryOnFail: true,
		});
		expect(jsonOf(success).map(({ name }) => name)).toEqual(['first', 'second']);
		expect(simulator.segments.get(id)?.name).toBe('second');
	});

	it('other segments do not wait', async () => {
		const [slow, other] = simulator.addSegments(2).map(({ id }) => id);
		simulator.fault({ latencyMs: 300, match: ({ body }) => isFirst(body) });
		await runOn('update', [], names, {
			items: [
				{ id: slow, name: 'first' },
				{ id: slow, name: 'second' },
				{ id: other, name: 'other' },
			],
		});
		const order = simulator.log.map(({ body }) => (body as IDataObject).name);
		expect(order).toEqual(['first', 'other', 'second']);
	});
});
