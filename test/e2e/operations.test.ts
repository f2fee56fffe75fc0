import { randomUUID } from 'node:crypto';
import { callWebhook } from './runs';
import { itemsOf, itemsWorkflow, segmentsNode } from './segmentWorkflow';
import { onEveryN8n } from './simulated';

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

onEveryN8n((at) => {
	describe.each([
		{
			operation: 'delete',
			method: 'DELETE',
			output: (id: string) => ({ deleted: true, segment_id: id }),
		},
		{
			operation: 'refresh',
			method: 'POST',
			output: (id: string) => ({
				status: 'accepted',
				job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
				segment_id: id,
				user_time_zone: 'America/Chicago',
			}),
		},
	])('$operation', ({ operation, method, output }) => {
		test('six items of which two do not exist: four results and two failures, each paired', async () => {
			const known = at.simulator.addSegments(4).map(({ id }) => id);
			const ids = [known[0], randomUUID(), known[1], known[2], randomUUID(), known[3]];
			const missing = [ids[1], ids[4]];

			const run = await callWebhook(
				at.n8n,
				itemsWorkflow(segmentsNode(operation, at.credential, { onError: 'continueErrorOutput' })),
				itemsOf(ids),
			);

			expect(run.status).toBe('success');
			expect(run.output('Succeeded').map(({ json }) => json)).toEqual(
				known.map((id) => ({ ...output(id), from: id, n: ids.indexOf(id) })),
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
			expect(at.simulator.requests(method)).toHaveLength(6);
			expect(at.simulator.log).toHaveLength(6);
		});

		test('a segment that does not exist stops the workflow, in words', async () => {
			const id = randomUUID();
			const run = await callWebhook(
				at.n8n,
				itemsWorkflow(segmentsNode(operation, at.credential)),
				itemsOf([id]),
			);
			expect(run.status).toBe('error');
			expect(run.answer.status).toBe(500);
			expect(run.error).toMatchObject({
				message: `Segment ${id} does not exist`,
				description: expect.stringContaining('Pick the segment from the list.'),
				httpCode: '404',
			});
			expect(run.output('Succeeded')).toEqual([]);
		});

		test('nothing but a UUID reaches the wire', async () => {
			at.simulator.addSegment({ id: '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f01' });
			const run = await callWebhook(
				at.n8n,
				itemsWorkflow(segmentsNode(operation, at.credential, { onError: 'continueErrorOutput' })),
				itemsOf(HOSTILE_IDS),
			);
			expect(run.output('Succeeded')).toEqual([]);
			expect(run.output('Failed').map(({ json }) => json.n)).toEqual(HOSTILE_IDS.map((_, n) => n));
			expect(at.simulator.log).toEqual([]);
		});

		test('the API key is nowhere in what n8n keeps about a run', async () => {
			const { id } = at.simulator.addSegment();
			const run = await callWebhook(
				at.n8n,
				itemsWorkflow(segmentsNode(operation, at.credential, { onError: 'continueErrorOutput' })),
				itemsOf([id, randomUUID(), 'no UUID']),
			);
			expect(run.output('Failed')).toHaveLength(2);
			expect(run.text).not.toContain(at.simulator.keys.full);
		});
	});

	describe('a refresh within an hour of the last', () => {
		const lastRefresh = () => new Date(Math.floor(Date.now() / 1000) * 1000 - 600_000);

		test('fails, and says which limit it is and when it ends', async () => {
			const last = lastRefresh();
			const { id } = at.simulator.addSegment({
				refreshes_used: 1,
				last_refreshed_at: last.toISOString(),
			});
			const run = await callWebhook(
				at.n8n,
				itemsWorkflow(segmentsNode('refresh', at.credential, { onError: 'continueErrorOutput' })),
				itemsOf([id]),
			);
			const [{ json }] = run.output('Failed');
			expect(json.error).toMatchObject({
				message: expect.stringContaining('one refresh per hour'),
				http_status: 429,
				reason: 'segment_hourly',
				segment_id: id,
				user_time_zone: 'America/Chicago',
			});
			const { next_refresh_at: next } = json.error as unknown as { next_refresh_at: string };
			expect(Date.parse(next)).toBe(last.getTime() + 3_600_000);
			expect(next).toMatch(/-0[56]:00$/);
			expect(at.simulator.requests('POST')).toHaveLength(1);
		});

		test('is skipped where the node is told so', async () => {
			const { id } = at.simulator.addSegment({
				refreshes_used: 1,
				last_refreshed_at: lastRefresh().toISOString(),
			});
			const run = await callWebhook(
				at.n8n,
				itemsWorkflow(
					segmentsNode('refresh', at.credential, {
						parameters: { options: { whenLimitReached: 'skip' } },
					}),
				),
				itemsOf([id]),
			);
			expect(run.output('Succeeded').map(({ json }) => json)).toEqual([
				expect.objectContaining({ status: 'skipped', job_id: null, reason: 'segment_hourly' }),
			]);
		});
	});

	test('the general rate limit fails a delete, and says when it resets', async () => {
		const { id } = at.simulator.addSegment();
		const reset = Math.floor(Date.now() / 1000) + 600;
		at.simulator.fault({
			status: 429,
			times: Infinity,
			headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${reset}` },
			body: { errors: [{ field: null, message: 'too many requests' }] },
		});
		const run = await callWebhook(
			at.n8n,
			itemsWorkflow(segmentsNode('delete', at.credential)),
			itemsOf([id]),
		);
		expect(run.error).toMatchObject({
			message: "SendGrid's rate limit is reached",
			description: expect.stringContaining(new Date(reset * 1000).toISOString()),
			httpCode: '429',
		});
		expect(at.simulator.requests('DELETE')).toHaveLength(1);
		expect(at.simulator.segments.has(id)).toBe(true);
	});
});
