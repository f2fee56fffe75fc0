import { randomUUID } from 'node:crypto';
import { callWebhook } from '../../tools/n8n/executions';
import { itemsBody, pairedItemsWorkflow, segmentsNode } from '../../tools/n8n/workflows';
import { describeOnEveryN8n } from './describeOnEveryN8n';

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
			// All that n8n stores about the execution.
			expect(run.text).not.toContain(ctx.simulator.keys.full);
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
	});
});
