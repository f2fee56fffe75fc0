import {
	byId,
	credentials,
	jsonOf,
	readOf,
	refreshOf,
	run,
	runOn,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

it('reads the segment, then sends one request with the time zone alone', async () => {
	const { id } = simulator.addSegment({ name: 'Customers in Germany' });
	simulator.fault({
		match: ({ method }) => method === 'POST',
		status: 202,
		body: { job_id: 'a job' },
	});
	const { success } = await runOn('refresh', [id], { timeZone: 'America/Chicago' });

	expect(sent()).toEqual([readOf(id), refreshOf(id)]);
	const [, { body, headers }] = simulator.log;
	expect(body).toEqual({ user_time_zone: 'America/Chicago' });
	expect(headers['content-type']).toMatch(/^application\/json/);
	expect(headers.authorization).toBe(`Bearer ${credentials().apiKey}`);
	expect(success).toEqual([
		{
			json: {
				status: 'accepted',
				segment_name: 'Customers in Germany',
				job_id: 'a job',
				segment_id: id,
				user_time_zone: 'America/Chicago',
				refreshes_left: 1,
			},
			pairedItem: { item: 0 },
		},
	]);
});

it.each([undefined, '', '{', 'null', '[]', {}, { job_id: null }, { job_id: '' }, { job_id: 42 }])(
	'is accepted without a readable job ID: %j',
	async (body) => {
		const [{ id }] = simulator.addSegments(1);
		simulator.fault({ match: ({ method }) => method === 'POST', status: 202, body });
		const { success } = await runOn('refresh', [id], { timeZone: 'UTC' });
		expect(jsonOf(success)).toEqual([
			{
				status: 'accepted',
				job_id: null,
				segment_id: id,
				segment_name: expect.any(String),
				user_time_zone: 'UTC',
				refreshes_left: 1,
			},
		]);
		expect(sent()).toEqual([readOf(id), refreshOf(id)]);
	},
);

it('refreshes if the operation, being the default, is not stored', async () => {
	const [{ id }] = simulator.addSegments(1);
	const parameters = { segmentId: byId(id), whenLimitReached: 'skip' };
	expect((await run(parameters)).success[0].json.status).toBe('accepted');
	expect((await run(parameters)).success[0].json.status).toBe('skipped');
});
