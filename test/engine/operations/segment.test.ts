import type { IDataObject } from 'n8n-workflow';
import {
	byId,
	CONTINUE,
	expectFailure,
	failuresIn,
	jsonOf,
	run,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const ID = '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f0b';

const byMode = (mode: string) => ({ __rl: true, mode, value: '={{ $json.value }}' });

/** The forms in which the field reaches the node. */
const fields: Record<string, unknown> = {
	'By ID': byMode('id'),
	'By URL': byMode('url'),
	'From List': byMode('list'),
	'an expression for the whole field': '={{ $json.value }}',
	'an expression that gives a locator': '={{ { mode: "id", value: $json.value } }}',
};

const read = async (segmentId: unknown, values: unknown[]) =>
	await run(
		{ operation: 'get', segmentId: segmentId as IDataObject },
		{ items: values.map((value) => ({ value })) as IDataObject[], ...CONTINUE },
	);

it.each(Object.entries(fields))('accepts an ID and a URL: %s', async (_, field) => {
	simulator.addSegment({ id: ID });
	const url = `https://mc.sendgrid.com/segments/${ID}/edit?tab=1`;
	const { success } = await read(field, [` ${ID.toUpperCase()}\n`, url]);
	expect(jsonOf(success)).toMatchObject([{ segment_id: ID }, { segment_id: ID }]);
});

it.each(Object.entries(fields))('refuses everything else: %s', async (_, field) => {
	const values = ['../../../api_keys/abc', { id: ID }, `https://mc.sendgrid.com/lists/${ID}`, null];
	const { success } = await read(field, values);
	expect(failuresIn(success).map(({ message }) => message)).toEqual([
		"'Segment' is not a valid ID",
		"'Segment' is not a valid ID",
		"'Segment' is not the URL of a segment",
		"'Segment' is empty",
	]);
	expect(sent()).toEqual([]);
});

it('a literal that is no ID stops the workflow before it starts', async () => {
	const running = run({ operation: 'delete', segmentId: byId('../') });
	await expect(running).rejects.toThrow('The workflow has issues');
	expect(sent()).toEqual([]);
});

describe('By Name', () => {
	const byName = byMode('name');

	it('finds the segment of exactly this name, with one read of the list for all items', async () => {
		const [known, other] = ['Known', 'Z\u00fcrich'].map(
			(name) => simulator.addSegment({ name }).id,
		);
		simulator.addSegment({ name: 'known' });
		const { success } = await read(byName, ['Known', 'Zu\u0308rich', 'Known']);
		expect(jsonOf(success).map(({ segment_id }) => segment_id)).toEqual([known, other, known]);
		const lists = sent().filter((request) => request === 'GET /v3/marketing/segments/2.0');
		expect(lists).toHaveLength(1);
		expect(sent()).toHaveLength(3);
	});

	it.each(['delete', 'refresh'])(
		'%s does nothing for a name that no segment has',
		async (operation) => {
			simulator.addSegment({ name: 'known' });
			const { error } = await run(
				{ operation, segmentId: byName as unknown as IDataObject },
				{ items: [{ value: 'Known' }] },
			);
			expect(error?.message).toBe('No segment is named "Known"');
			expect(simulator.log.filter(({ method }) => method !== 'GET')).toEqual([]);
		},
	);

	it('is read with the key of the item, and again in the next try', async () => {
		const { id } = simulator.addSegment({ name: 'Known' });
		simulator.fault({ status: 403, match: ({ path }) => path.endsWith('/segments/2.0') });
		const { success } = await run(
			{ operation: 'get', segmentId: byName as unknown as IDataObject },
			{ items: [{ value: 'Known' }], ...CONTINUE, retryOnFail: true },
		);
		expect(jsonOf(success)).toMatchObject([{ segment_id: id }]);
	});

	it('means no other segment in the next try, which the run itself has renamed', async () => {
		const { id } = simulator.addSegment({ name: 'Old' });
		const items = [
			{ value: 'New', name: 'Newer' },
			{ value: 'Old', name: 'New' },
		];
		const { success } = await run(
			{
				operation: 'update',
				segmentId: byName as unknown as IDataObject,
				updateFields: { name: '={{ $json.name }}' },
			},
			{ items, ...CONTINUE, retryOnFail: true },
		);
		expectFailure(success[0], { message: 'No segment is named "New"' });
		expect(simulator.requests('PATCH', id)).toHaveLength(1);
	});
});
