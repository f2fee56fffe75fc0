import type { IDataObject } from 'n8n-workflow';
import { byId, expectFailure, run, sent, simulator, useSimulator } from '../helpers';

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

/** Every operation that has a segment, and the request that it ends with. */
const operations: Array<[operation: string, parameters: IDataObject, request: string]> = [
	['get', {}, `GET /v3/marketing/segments/2.0/${ID}?contacts_sample=false`],
	['delete', {}, `DELETE /v3/marketing/segments/2.0/${ID}`],
	['refresh', { timeZone: 'UTC' }, `POST /v3/marketing/segments/2.0/refresh/${ID}`],
	['update', { updateFields: { name: 'New' } }, `PATCH /v3/marketing/segments/2.0/${ID}`],
];

describe.each(operations)('%s', (operation, parameters, request) => {
	const runWith = async (segmentId: unknown, values: unknown[]) => {
		simulator.addSegment({ id: ID });
		return await run(
			{ operation, segmentId: segmentId as IDataObject, ...parameters },
			{
				items: values.map((value) => ({ value })) as IDataObject[],
				onError: 'continueRegularOutput',
			},
		);
	};

	it.each(Object.entries(fields))('accepts an ID and a URL: %s', async (_, field) => {
		for (const value of [
			` ${ID.toUpperCase()}\n`,
			`https://mc.sendgrid.com/segments/${ID}/edit?tab=1`,
		]) {
			simulator.reset();
			const { success } = await runWith(field, [value]);
			expect(success[0].json.error).toBeUndefined();
			expect(sent().at(-1)).toBe(request);
		}
	});

	it.each(Object.entries(fields))('refuses everything else: %s', async (_, field) => {
		const name = /looks like a name\. Choose the segment with From List, or paste its URL/;
		const other = /Paste the segment's URL from SendGrid, or choose the segment with From List\.$/;
		const rows: Array<[value: unknown, message: string, description: RegExp]> = [
			['../../../api_keys/abc', "'Segment' is not a valid ID", name],
			[`${ID}/../refresh`, "'Segment' is not a valid ID", name],
			[{ id: ID }, "'Segment' is not a valid ID", other],
			[`https://mc.sendgrid.com/lists/${ID}`, "'Segment' is not the URL of a segment", other],
			[null, "'Segment' is empty", /returned nothing for this item/],
		];
		const { success } = await runWith(
			field,
			rows.map(([value]) => value),
		);
		expect(success).toHaveLength(rows.length);
		for (const [index, [, message, description]] of rows.entries()) {
			expectFailure(success[index], {
				message,
				description: expect.stringMatching(description),
			});
		}
		expect(sent()).toEqual([]);
	});
});

it('what is nearly an ID is not called a name in the mode By ID', async () => {
	const { success } = await run(
		{ operation: 'get', segmentId: byMode('id') },
		{ items: [{ value: ID.slice(1) }], onError: 'continueRegularOutput' },
	);
	expectFailure(success[0], {
		message: "'Segment' is not a valid ID",
		description: expect.not.stringContaining('looks like a name'),
	});
});

it('a literal that is no ID stops the workflow before it starts', async () => {
	const running = run({ operation: 'delete', segmentId: byId('../') });
	await expect(running).rejects.toThrow('The workflow has issues');
	expect(sent()).toEqual([]);
});
