import type { IDataObject } from 'n8n-workflow';
import { expectFailure, jsonOf, runOn, sent, simulator, useSimulator } from '../helpers';

useSimulator();

const update = async (id: string, updateFields: IDataObject | string) =>
	await runOn('update', [id], { updateFields }, { onError: 'continueRegularOutput' });

it.each([
	[{ name: 'Renamed' }, { name: 'Renamed' }],
	[{ queryDsl: 'SELECT 2' }, { query_dsl: 'SELECT 2' }],
	[
		{ name: 'Renamed', queryDsl: 'SELECT 2' },
		{ name: 'Renamed', query_dsl: 'SELECT 2' },
	],
])('%j: sends exactly what is to change, and gives the segment', async (fields, body) => {
	const segment = simulator.addSegment();
	const { success } = await update(segment.id, fields);

	expect(sent()).toEqual([`PATCH /v3/marketing/segments/2.0/${segment.id}`]);
	expect(simulator.log[0].body).toEqual(body);
	const { contacts_sample: sample, ...rest } = segment;
	expect(sample).not.toEqual([]);
	expect(success).toEqual([{ json: { ...rest, ...body }, pairedItem: { item: 0 } }]);
	expect(simulator.segments.get(segment.id)).toMatchObject(body);
});

it.each([{}, '={{ {} }}', '={{ null }}', '={{ [] }}', { other: 'x' }])(
	'refuses to change nothing: %j',
	async (fields) => {
		const { id } = simulator.addSegment();
		const { success } = await update(id, fields as IDataObject);
		expectFailure(success[0], {
			message: '"Update Fields" is empty',
			description: expect.stringContaining('Add the field that you want to change'),
		});
		expect(sent()).toEqual([]);
	},
);

it.each([
	[{ name: '' }, '"Name" is empty'],
	[{ name: 'x'.repeat(101) }, '"Name" is 101 characters long'],
	[{ name: 'New', queryDsl: '  ' }, '"Query DSL" is empty'],
	[{ name: '', queryDsl: 'SELECT 2' }, '"Name" is empty'],
])('refuses %j', async (fields, message) => {
	const { id } = simulator.addSegment();
	const { success } = await update(id, fields);
	expectFailure(success[0], { message });
	expect(sent()).toEqual([]);
});

it("says SendGrid's words with the field they belong to", async () => {
	const [, { id }] = simulator.addSegments(2, (index) => ({ name: `Number ${index}` }));
	const { success } = await update(id, { name: 'Number 0' });
	expectFailure(success[0], {
		message: 'Name: name is already in use',
		http_status: 400,
		segment_id: id,
	});
});

it('updates one segment as often as items say so', async () => {
	const { id } = simulator.addSegment();
	const { success } = await runOn('update', [id, id], {
		updateFields: { name: '=Name {{ $itemIndex }}' },
	});
	expect(sent()).toHaveLength(2);
	expect(jsonOf(success).map(({ name }) => name)).toEqual(['Name 0', 'Name 1']);
});
