import type { INode } from 'n8n-workflow';
import { callWebhook } from '../../tools/n8n/executions';
import { itemsBody, pairedItemsWorkflow, segmentsNode } from '../../tools/n8n/workflows';
import { describeOnEveryN8n } from './describeOnEveryN8n';

const QUERY = "SELECT contact_id, updated_at FROM contact_data WHERE city = 'Berlin'";

describeOnEveryN8n((ctx) => {
	const run = async (operation: string, parameters: INode['parameters'], item: string) => {
		const { output } = await callWebhook(
			ctx.n8n,
			pairedItemsWorkflow(segmentsNode(operation, ctx.credential, { parameters })),
			itemsBody([item]),
		);
		return output('Segments').map(({ json }) => json);
	};

	test('a segment is created, listed, read, renamed, refreshed and deleted', async () => {
		const list = ctx.simulator.addList({ name: 'Newsletter' });
		const parentListId = { __rl: true, mode: 'id', value: list.id };

		const [created] = await run(
			'create',
			{ name: 'Berlin', queryDsl: QUERY, additionalFields: { parentListId } },
			'any',
		);
		const id = created.segment_id as string;
		expect(created).toMatchObject({ name: 'Berlin', query_dsl: QUERY, parent_list_ids: [list.id] });

		const listed = await run(
			'getAll',
			{ returnAll: true, filters: { nameContains: 'berl' } },
			'any',
		);
		expect(listed.map(({ segment_id }) => segment_id)).toEqual([id]);

		const [read] = await run('get', { simplify: false }, id);
		expect(read).toMatchObject({ id, name: 'Berlin', query_dsl: QUERY });

		const [renamed] = await run('update', { updateFields: { name: 'City of Berlin' } }, id);
		expect(renamed).toMatchObject({ segment_id: id, name: 'City of Berlin', query_dsl: QUERY });

		const [refreshed] = await run('refresh', {}, id);
		expect(refreshed).toMatchObject({ status: 'accepted', segment_id: id });

		const [deleted] = await run('delete', { options: { returnDefinition: true } }, id);
		expect(deleted).toEqual({
			deleted: true,
			segment_id: id,
			segment: {
				id,
				name: 'City of Berlin',
				query_dsl: QUERY,
				parent_list_ids: [list.id],
				contacts_count: expect.any(Number),
			},
		});
		expect(ctx.simulator.segments.size).toBe(0);
	});
});
