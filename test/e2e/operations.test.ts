import { randomUUID } from 'node:crypto';
import { callWebhook } from '../../tools/n8n/executions';
import { itemsBody, pairedItemsWorkflow, segmentsNode } from '../../tools/n8n/workflows';
import { describeOnEveryN8n } from './describeOnEveryN8n';

const HOSTILE_IDS = [
	'',
	'   ',
	'../../../api_keys/abc',
	'..%2f..%2fapi_keys',
	'7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f01/../refresh',
	'7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f01?ids=1',
	'7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f01#',
	'segment 7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f01',
	42,
	true,
	{ id: '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f01' },
	['7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f01'],
	null,
	'x'.repeat(10_000),
	'７b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f01',
];

describeOnEveryN8n((ctx) => {
	describe.each([
		{
			operation: 'delete',
			method: 'DELETE',
			// One search for scheduled Single Sends.
			lookUps: () => 1,
			output: ({ id }: { id: string }) => ({ deleted: true, segment_id: id }),
		},
		{
			operation: 'refresh',
			method: 'POST',
			// One read of each segment.
			lookUps: (segments: number) => segments,
			output: ({ id, name }: { id: string; name: string }) => ({
				status: 'accepted',
				segment_name: name,
				job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
				segment_id: id,
				user_time_zone: 'America/Chicago',
				refreshes_left: null,
			}),
		},
	])('$operation', ({ operation, method, lookUps, output }) => {
		test('six items of which two do not exist: four results and two failures, each paired', async () => {
			const segments = ctx.simulator.addSegments(4);
			const known = segments.map(({ id }) => id);
			const ids = [known[0], randomUUID(), known[1], known[2], randomUUID(), known[3]];
			const missing = [ids[1], ids[4]];

			const run = await callWebhook(
				ctx.n8n,
				pairedItemsWorkflow(
					segmentsNode(operation, ctx.credential, { onError: 'continueErrorOutput' }),
				),
				itemsBody(ids),
			);

			expect(run.status).toBe('success');
			expect(run.output('Succeeded').map(({ json }) => json)).toEqual(
				segments.map((segment) => ({
					...output(segment),
					from: segment.id,
					n: ids.indexOf(segment.id),
				})),
			);
			expect(run.output('Failed').map(({ json }) => json)).toEqual(
				missing.map((id) => ({
					id,
					from: id,
					n: ids.indexOf(id),
					error: {
						message: `Segment ${id} does not exist`,
						description: expect.stringContaining('It may have been deleted.'),
						http_status: 404,
						segment_id: id,
						...(operation === 'refresh' && { user_time_zone: 'America/Chicago' }),
					},
				})),
			);
			const sent = ctx.simulator.requests(method).filter(({ path }) => path.includes('/segments/'));
			expect(sent).toHaveLength(operation === 'delete' ? 6 : 4);
			expect(ctx.simulator.log).toHaveLength(sent.length + lookUps(6));
		});

		test('a segment that does not exist stops the workflow with a clear message', async () => {
			const id = randomUUID();
			const run = await callWebhook(
				ctx.n8n,
				pairedItemsWorkflow(segmentsNode(operation, ctx.credential)),
				itemsBody([id]),
			);
			expect(run.status).toBe('error');
			expect(run.response.status).toBe(500);
			expect(run.error).toMatchObject({
				message: `Segment ${id} does not exist`,
				description: expect.stringContaining('Choose the segment from the list.'),
				httpCode: '404',
			});
			expect(run.output('Succeeded')).toEqual([]);
		});

		test('only UUIDs are sent to SendGrid', async () => {
			ctx.simulator.addSegment({ id: '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f01' });
			const run = await callWebhook(
				ctx.n8n,
				pairedItemsWorkflow(
					segmentsNode(operation, ctx.credential, { onError: 'continueErrorOutput' }),
				),
				itemsBody(HOSTILE_IDS),
			);
			expect(run.output('Succeeded')).toEqual([]);
			expect(run.output('Failed').map(({ json }) => json.n)).toEqual(HOSTILE_IDS.map((_, n) => n));
			expect(ctx.simulator.log).toEqual([]);
		});

		test('the API key is in nothing that n8n stores about an execution', async () => {
			const { id } = ctx.simulator.addSegment();
			const run = await callWebhook(
				ctx.n8n,
				pairedItemsWorkflow(
					segmentsNode(operation, ctx.credential, { onError: 'continueErrorOutput' }),
				),
				itemsBody([id, randomUUID(), 'no UUID']),
			);
			expect(run.output('Failed')).toHaveLength(2);
			expect(run.text).not.toContain(ctx.simulator.keys.full);
		});
	});

	describe('a refresh within an hour of the last', () => {
		const lastRefresh = () => new Date(Math.floor(Date.now() / 1000) * 1000 - 600_000);

		test('fails, and says which limit was reached and when it ends', async () => {
			const last = lastRefresh();
			const { id } = ctx.simulator.addSegment({
				refreshes_used: 1,
				last_refreshed_at: last.toISOString(),
			});
			const run = await callWebhook(
				ctx.n8n,
				pairedItemsWorkflow(
					segmentsNode('refresh', ctx.credential, { onError: 'continueErrorOutput' }),
				),
				itemsBody([id]),
			);
			const [{ json }] = run.output('Failed');
			expect(json.error).toMatchObject({
				message: expect.stringContaining('was refreshed less than an hour ago'),
				http_status: 429,
				reason: 'segment_hourly',
				segment_id: id,
				user_time_zone: 'America/Chicago',
			});
			const { next_refresh_at: next } = json.error as unknown as { next_refresh_at: string };
			expect(Date.parse(next)).toBe(last.getTime() + 3_600_000);
			expect(next).toMatch(/-0[56]:00$/);
			expect(ctx.simulator.requests('POST')).toEqual([]);
		});

		test('is skipped with "When Limit Is Reached" set to "Skip"', async () => {
			const { id } = ctx.simulator.addSegment({
				refreshes_used: 1,
				last_refreshed_at: lastRefresh().toISOString(),
			});
			const run = await callWebhook(
				ctx.n8n,
				pairedItemsWorkflow(
					segmentsNode('refresh', ctx.credential, {
						parameters: { options: { whenLimitReached: 'skip' } },
					}),
				),
				itemsBody([id]),
			);
			expect(run.output('Succeeded').map(({ json }) => json)).toEqual([
				expect.objectContaining({ status: 'skipped', job_id: null, reason: 'segment_hourly' }),
			]);
		});
	});

	test('the general rate limit fails a delete, and says when it resets', async () => {
		const { id } = ctx.simulator.addSegment();
		const reset = Math.floor(Date.now() / 1000) + 600;
		ctx.simulator.fault({
			status: 429,
			times: Infinity,
			match: ({ method }) => method === 'DELETE',
			headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${reset}` },
			body: { errors: [{ field: null, message: 'too many requests' }] },
		});
		const run = await callWebhook(
			ctx.n8n,
			pairedItemsWorkflow(segmentsNode('delete', ctx.credential)),
			itemsBody([id]),
		);
		expect(run.error).toMatchObject({
			message: "SendGrid's rate limit is reached",
			description: expect.stringContaining(new Date(reset * 1000).toISOString()),
			httpCode: '429',
		});
		expect(ctx.simulator.requests('DELETE')).toHaveLength(1);
		expect(ctx.simulator.segments.has(id)).toBe(true);
	});
});
