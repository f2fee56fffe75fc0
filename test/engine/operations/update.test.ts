import type { IDataObject } from 'n8n-workflow';
import {
	CONTINUE,
	expectFailure,
	jsonOf,
	MISSING,
	runOn,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const update = async (id: string, updateFields: IDataObject) =>
	await runOn('update', [id], { updateFields }, CONTINUE);

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
				segment_name: segment.name,
				contacts_count: null,
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

it('sends nothing without a field to change', async () => {
	const { success } = await update(MISSING, {});
	expectFailure(success[0], { message: "'Update Fields' is empty" });
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

			expect(jsonOf(success).map(({ segment_name }) => segment_name)).toEqual([
				'first',
				'second',
				'third',
			]);
			expect(simulator.segments.get(id)?.name).toBe('third');
			expect(simulator.log.map(({ body }) => (body as IDataObject).name)).toEqual([
				'first',
				'first',
				'second',
				'third',
			]);
		},
	);
});

describe('a segment that was changed less than five minutes ago', () => {
	const words = {
		errors: [{ field: null, message: 'Update request came too soon, please wait 5 minutes' }],
	};
	const withoutLimit = Object.fromEntries(
		['limit', 'remaining', 'reset'].map((name) => [`x-ratelimit-${name}`, null]),
	);

	it.each([
		{ status: 400, body: words },
		{ status: 409, body: words },
		{ status: 429, body: words },
		{ status: 429, headers: withoutLimit },
		{ status: 429 },
	])('says so, pauses nothing and is not repeated: %j', async (fault) => {
		const [first, other] = simulator.addSegments(2, () => ({
			updated_at: new Date(simulator.clock.now().getTime() - 60_000).toISOString(),
		}));
		simulator.fault({
			...fault,
			match: ({ path, method }) => method === 'PATCH' && path.includes(first.id),
		});
		const startedAt = Date.now();
		const { success } = await runOn(
			'update',
			[first.id, other.id],
			{ updateFields: { name: '={{ $json.id }}' } },
			CONTINUE,
		);
		const next = Date.parse(first.updated_at) + 300_000;
		expectFailure(success[0], {
			message: 'The segment was changed a short time ago',
			description: expect.stringMatching(
				/so nothing was changed\. Next change possible: .+ \(UTC\)\.$/,
			),
			http_status: fault.status,
			segment_id: first.id,
			next_update_at: new Date(next).toISOString().replace('.000Z', 'Z'),
		});
		expect(success[1].json).toMatchObject({ segment_name: other.id });
		expect(simulator.requests('PATCH')).toHaveLength(2);
		expect(Date.now()).toBe(startedAt);
	});
});

it('a segment whose query is invalid can be renamed', async () => {
	const status = { query_validation: 'INVALID', error_message: 'no such field' };
	const { id } = simulator.addSegment();
	simulator.fault({
		match: ({ method }) => method === 'PATCH',
		body: { id, name: 'Renamed', status },
		times: 2,
	});
	const renamed = await update(id, { name: 'Renamed' });
	expect(jsonOf(renamed.success)).toEqual([
		expect.objectContaining({ segment_name: 'Renamed', status: 'INVALID' }),
	]);
	const { success } = await update(id, { name: 'Renamed', queryDsl: 'SELECT 2' });
	expectFailure(success[0], {
		message: "SendGrid rejected the query in 'SQL Query' as invalid",
		segment_id: id,
	});
});

it('a change that was made is not made again, though the expression names another one in the next try', async () => {
	const [made, refused] = simulator.addSegments(2).map(({ id }) => id);
	simulator.fault({
		status: 403,
		match: ({ method, pathname }) => method === 'PATCH' && pathname.endsWith(refused),
	});
	const { success } = await runOn(
		'update',
		[made, refused],
		{
			updateFields: { name: '={{ "At " + $now.toMillis() }}' },
			options: { waitUntilCounted: true },
		},
		{ onError: 'stopWorkflow', retryOnFail: true, maxTries: 2, waitBetweenTries: 1000 },
	);
	expect(success).toHaveLength(2);
	expect(simulator.requests('PATCH', made)).toHaveLength(1);
	expect(simulator.requests('PATCH', refused)).toHaveLength(2);
});
