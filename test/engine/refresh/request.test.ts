import { byId, credentials, jsonOf, run, runOn, sent, simulator, useSimulator } from '../helpers';

useSimulator();

const refresh = (id: string) => `POST /v3/marketing/segments/2.0/refresh/${id}`;

it('sends one request with the time zone alone', async () => {
	const [{ id }] = simulator.addSegments(1);
	simulator.fault({ status: 202, body: { job_id: 'a job' } });
	const { success } = await runOn('refresh', [id], { timeZone: byId('America/Chicago') });

	expect(sent()).toEqual([refresh(id)]);
	const [{ body, headers }] = simulator.log;
	expect(body).toEqual({ user_time_zone: 'America/Chicago' });
	expect(headers['content-type']).toMatch(/^application\/json/);
	expect(headers.authorization).toBe(`Bearer ${credentials().apiKey}`);
	expect(success).toEqual([
		{
			json: {
				status: 'accepted',
				job_id: 'a job',
				segment_id: id,
				user_time_zone: 'America/Chicago',
			},
			pairedItem: { item: 0 },
		},
	]);
});

it('gives the job ID that SendGrid made', async () => {
	const [{ id }] = simulator.addSegments(1);
	const { success } = await runOn('refresh', [id]);
	expect(success[0].json.job_id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
	expect(simulator.accountRefreshesUsed).toBe(1);
});

it.each([
	undefined,
	'',
	'{',
	'OK',
	'<html>',
	'null',
	'[]',
	{},
	{ job_id: null },
	{ job_id: '' },
	{ job_id: 42 },
])('is accepted without a readable job ID: %j', async (body) => {
	const [{ id }] = simulator.addSegments(1);
	simulator.fault({ status: 202, body });
	const { success } = await runOn('refresh', [id], { timeZone: 'UTC' });
	expect(jsonOf(success)).toEqual([
		{ status: 'accepted', job_id: null, segment_id: id, user_time_zone: 'UTC' },
	]);
	expect(sent()).toHaveLength(1);
});

it('has at most 5 requests under way', async () => {
	const ids = simulator.addSegments(8).map(({ id }) => id);
	simulator.setLatency(100);
	const { success } = await runOn('refresh', ids);
	expect(success).toHaveLength(8);
	expect(simulator.maxInFlight).toBe(5);
});

it('heeds the options where the operation is not stored, being the one that the node begins with', async () => {
	const [{ id }] = simulator.addSegments(1);
	const parameters = { segmentId: byId(id), options: { whenLimitReached: 'skip' } };
	expect((await run(parameters)).success[0].json.status).toBe('accepted');
	expect((await run(parameters)).success[0].json.status).toBe('skipped');
});
