import type { IDataObject } from 'n8n-workflow';
import { byId, expectFailure, run, sent, simulator, useSimulator } from '../helpers';

useSimulator();

const ID = '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f0b';

const fullwidth = (text: string) =>
	text.replace(/[0-9a-f-]/g, (character) =>
		String.fromCharCode(character.charCodeAt(0) + 0xff01 - 0x21),
	);

const noIds: unknown[] = [
	'.',
	'..',
	'/',
	'../',
	'../../../api_keys/abc',
	'%2e%2e%2f',
	'%2E%2E%2Fapi_keys',
	'..%2f..%2fapi_keys',
	'..\\..\\api_keys',
	`../${ID}`,
	`${ID}/../refresh`,
	`${ID}%2f..%2f..`,
	`${ID}/`,
	`${ID}?ids=1`,
	`?${ID}`,
	`${ID}#`,
	`#${ID}`,
	`${ID}\0`,
	`${ID}\r\nX-Header: 1`,
	`${ID}\n${ID}`,
	`segment ${ID}`,
	`${ID} (copy)`,
	`{${ID}}`,
	`urn:uuid:${ID}`,
	`${ID}${ID}`,
	ID.replaceAll('-', ''),
	ID.replaceAll('-', '_'),
	ID.slice(1),
	`${ID}0`,
	ID.replace('7', 'g'),
	'refresh',
	'undefined',
	'[object Object]',
	'x'.repeat(10_000),
	ID.repeat(278),
	'../'.repeat(3_334),
	// Look-alikes: fullwidth, Cyrillic, Arabic digits, other hyphens, and what is not seen.
	fullwidth(ID),
	ID.replace('7', '７'),
	ID.replace('a', 'а'),
	ID.replace('c', 'с'),
	ID.replace('7', '٧'),
	ID.replaceAll('-', '‐'),
	ID.replaceAll('-', '−'),
	ID.replace('-', '\u00ad-'),
	`\u200b${ID}`,
	`${ID}\u200d`,
	ID.replace('-', '-\u200b'),
	`\u202e${ID}`,
	ID.replace('b', 'b\u0301'),
	`${ID}\u0338`,
	0,
	42,
	-1.5,
	1e21,
	true,
	{},
	{ id: ID },
	{ value: { value: ID } },
	{ toString: ID },
	[[ID]],
	[{ value: ID }],
];

/** Empty or blank. */
const nothing: unknown[] = ['', ' ', '\t\r\n', '\u00a0\u3000'];

const filter = (name: string) => ({
	operation: 'getAll',
	returnAll: true,
	filters: { [name]: '={{ $json.value }}' },
});

const segment = (operation: string, parameters: IDataObject = {}) => [
	{
		takes: `the segment of ${operation}, by ID`,
		label: 'Segment',
		parameters: { operation, segmentId: byId('={{ $json.value }}'), ...parameters },
		refused: [...noIds, ...nothing, null, [], [ID], [ID, ID], false],
	},
	{
		takes: `the segment of ${operation}, as an expression for the whole field`,
		label: 'Segment',
		parameters: { operation, segmentId: '={{ $json.value }}', ...parameters },
		refused: [...noIds, ...nothing, null, [], [ID], [ID, ID], false],
	},
];

const targets = [
	...segment('get'),
	...segment('delete'),
	...segment('delete', { options: { ignoreNotFound: true, returnDefinition: true } }),
	...segment('refresh', { options: { whenLimitReached: 'skip', waitForCompletion: true } }),
	...segment('update', { updateFields: { name: 'New' } }),
	{
		takes: 'the parent list of create',
		label: 'Parent List',
		parameters: {
			operation: 'create',
			name: 'New',
			queryDsl: 'SELECT 1',
			additionalFields: { parentListId: byId('={{ $json.value }}') },
		},
		refused: [...noIds, [], [ID], [ID, ID], false],
	},
	{
		takes: 'the segments of getAll',
		label: 'Segment IDs',
		parameters: filter('ids'),
		refused: [...noIds.filter((value) => value !== `${ID}\n${ID}`), false],
	},
	{
		takes: 'the parent lists of getAll',
		label: 'Parent Lists',
		parameters: filter('parentListIds'),
		refused: [...noIds.filter((value) => value !== `${ID}\n${ID}`), false],
	},
];

it.each(targets)('only a UUID is taken for $takes', async ({ label, parameters, refused }) => {
	simulator.addSegments(3);
	const { success } = await run(parameters, {
		items: refused.map((value) => ({ value }) as IDataObject),
		onError: 'continueRegularOutput',
	});

	expect(sent()).toEqual([]);
	expect(success).toHaveLength(refused.length);
	for (const item of success) {
		expectFailure(item, {
			message: expect.stringMatching(
				`^'${label}' is (not a valid ID|not the URL of a segment|empty)$`,
			),
		});
		const { description } = item.json.error as IDataObject;
		expect(String(description).length).toBeLessThan(250);
	}
});

it.each([`${ID},../`, `${ID}, ${ID}?`, [ID, '../'], [ID, [ID]], [ID, 42]])(
	'all of the IDs that filter a list must be UUIDs: %j',
	async (value) => {
		for (const name of ['ids', 'parentListIds']) {
			const { success } = await run(filter(name), {
				items: [{ value }],
				onError: 'continueRegularOutput',
			});
			expectFailure(success[0], { message: expect.stringContaining('is not a valid ID') });
		}
		expect(sent()).toEqual([]);
	},
);

it.each([
	['get', 'GET', `/${ID}?contacts_sample=false`],
	['delete', 'DELETE', `/${ID}`],
	['refresh', 'POST', `/refresh/${ID}`],
	['update', 'PATCH', `/${ID}`],
])(
	'%s: upper case and blanks around are accepted, sent is lower case',
	async (operation, method, end) => {
		for (const value of [ID.toUpperCase(), ` ${ID} `, `\t${ID}\r\n`, `\u00a0${ID}\ufeff`]) {
			for (const segmentId of [
				byId('={{ $json.value }}'),
				{ __rl: true, mode: 'list', value: '={{ $json.value }}' },
				'={{ $json.value }}',
				'={{ { mode: "id", value: $json.value } }}',
			]) {
				simulator.reset();
				simulator.addSegment({ id: ID });
				const { success } = await run(
					{ operation, segmentId, timeZone: 'UTC', updateFields: { name: 'New' } },
					{ items: [{ value }] },
				);
				expect(success).toHaveLength(1);
				expect(sent()).toContain(`${method} /v3/marketing/segments/2.0${end}`);
			}
		}
	},
);

it('sends the IDs of lists in lower case, too', async () => {
	const { id } = simulator.addList({ id: ID, name: 'Newsletter' });
	simulator.addSegment({ parent_list_ids: [id] });
	const items = [{ value: ` ${ID.toUpperCase()}\t` }];
	await run(filter('parentListIds'), { items });
	await run(filter('ids'), { items });
	await run(
		{
			operation: 'create',
			name: 'New',
			queryDsl: 'SELECT 1',
			additionalFields: { parentListId: byId('={{ $json.value }}') },
		},
		{ items },
	);

	expect(sent()).toEqual([
		`GET /v3/marketing/segments/2.0?parent_list_ids=${ID}`,
		`GET /v3/marketing/segments/2.0?ids=${ID}`,
		'POST /v3/marketing/segments/2.0',
	]);
	expect(simulator.log[2].body).toEqual({
		name: 'New',
		query_dsl: 'SELECT 1',
		parent_list_ids: [ID],
	});
});

it('a literal that is no UUID stops the workflow before it starts', async () => {
	const running = run({ operation: 'delete', segmentId: byId('../') });
	await expect(running).rejects.toThrow('The workflow has issues');
	expect(sent()).toEqual([]);
});
