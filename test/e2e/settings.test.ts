import { randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import { callWebhook } from '../../tools/n8n/executions';
import { itemsBody, pairedItemsWorkflow, segmentsNode } from '../../tools/n8n/workflows';
import { describeOnEveryN8n } from './describeOnEveryN8n';

/** The settings of a node, which n8n itself acts on. */
describeOnEveryN8n((ctx) => {
	const run = async (operation: string, settings: Partial<INode>, ids: string[]) =>
		await callWebhook(
			ctx.n8n,
			pairedItemsWorkflow(segmentsNode(operation, ctx.credential, settings)),
			itemsBody(ids),
		);

	/** IDs that exist, but for the second and the fifth. */
	const sixIds = () => {
		const [a, b, c, d] = ctx.simulator.addSegments(4).map(({ id }) => id);
		return [a, randomUUID(), b, c, randomUUID(), d];
	};

	test('"Continue": the last item, if n8n cannot evaluate its expression, costs no other its result', async () => {
		const ids = ctx.simulator.addSegments(3).map(({ id }) => id);
		const parameters = {
			segmentId: {
				__rl: true,
				mode: 'id',
				value: "={{ $itemIndex === 2 ? $('Nowhere').item.json.id : $json.id }}",
			},
			// The first item of a batch is evaluated by n8n itself.
			requestOptions: { batching: { batch: { batchSize: 1, batchInterval: 1 } } },
		};
		const onError = 'continueErrorOutput';
		const { output } = await run('refresh', { onError, parameters }, ids);
		// The failure is n8n's own, and it does not pair it.
		expect(output('Segments').map(({ json }) => json.segment_id)).toEqual(ids.slice(0, 2));
	});

	test('"Continue (using error output)": results and failures part, each paired', async () => {
		const ids = sixIds();
		const { status, output, text } = await run('refresh', { onError: 'continueErrorOutput' }, ids);
		expect(status).toBe('success');
		expect(output('Succeeded').map(({ json }) => [json.n, json.from, json.segment_id])).toEqual(
			[0, 2, 3, 5].map((n) => [n, ids[n], ids[n]]),
		);
		expect(output('Failed').map(({ json }) => json)).toEqual(
			[1, 4].map((n) => ({
				id: ids[n],
				from: ids[n],
				n,
				error: {
					message: `Segment ${ids[n]} does not exist`,
					description: expect.stringContaining('It may have been deleted.'),
					http_status: 404,
					segment_id: ids[n],
					user_time_zone: 'America/Chicago',
				},
			})),
		);
		expect(ctx.simulator.requests('POST')).toHaveLength(4);
		// All that n8n stores about the execution.
		expect(text).not.toContain(ctx.simulator.keys.full);
	});

	test.each(['stopWorkflow', 'continueErrorOutput'] as const)(
		'"Retry On Fail" under %s sends only what was refused again',
		async (onError) => {
			const ids = ctx.simulator.addSegments(10).map(({ id }) => id);
			const refreshes = (id: string) => ctx.simulator.requests('POST', id).length;
			ctx.simulator.fault({
				match: ({ method, pathname }) => method === 'POST' && pathname.endsWith(ids[0]),
				status: 403,
				body: { errors: [{ field: null, message: 'access forbidden' }] },
			});
			const retries = { retryOnFail: true, maxTries: 2, waitBetweenTries: 10 };
			const { status, output } = await run('refresh', { onError, ...retries }, ids);
			expect(status).toBe('success');
			expect(output('Succeeded').map(({ json }) => json.from)).toEqual(ids);
			expect(ids.map(refreshes)).toEqual([2, ...Array<number>(9).fill(1)]);
		},
	);

	// n8n drops what a collection does not have before a node sees it.
	test('a misspelled option and an operation that does not exist are refused', async () => {
		const { id } = ctx.simulator.addSegment();
		const refused = async (operation: string, parameters: INode['parameters']) => {
			const { error } = await run(operation, { parameters }, [id]);
			return error!.message;
		};
		expect(await refused('delete', { options: { dry_run: true } })).toContain('"dry_run"');
		expect(await refused('delete', { options: 'text' })).toContain("'Options'");
		expect(await refused('getAll', { filters: { name: 'x' } })).toContain('"name"');
		expect(await refused('remove', {})).toContain('"remove"');
		expect(ctx.simulator.log).toEqual([]);
	});
});
