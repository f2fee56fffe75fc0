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

	test('a segment is created, listed, read, renamed, refreshed, deleted and brought back', async () => {
		const list = ctx.simulator.addList({ name: 'Newsletter' });
		const parentListId = { __rl: true, mode: 'id', value: list.id };
		const definition = {
			name: 'Berlin',
			query_dsl: QUERY,
			parent_list_ids: [list.id],
		};

		const [created] = await run('create', { name: 'Berlin', queryDsl: QUERY, parentListId }, 'any');
		const id = created.segment_id as string;
		expect(created).toMatchObject({ segment_name: 'Berlin', contacts_count: null });
		expect(ctx.simulator.segments.get(id)).toMatchObject(definition);
		ctx.simulator.completeRefreshes();

		const filters = { nameContains: 'berl' };
		const listed = await run('getAll', { returnAll: true, filters }, 'any');
		expect(listed.map(({ segment_id }) => segment_id)).toEqual([id]);

		const [read] = await run('get', { simplify: false }, id);
		expect(read).toMatchObject({ segment_name: 'Berlin', segment_id: id, ...definition });

		const byName = { segmentId: { __rl: true, mode: 'name', value: 'Berlin' } };
		const updateFields = { name: 'City of Berlin' };
		const [renamed] = await run('update', { ...byName, updateFields }, 'any');
		expect(renamed).toMatchObject({ segment_id: id, segment_name: 'City of Berlin' });

		const [refreshed] = await run('refresh', {}, id);
		expect(refreshed).toEqual({
			status: 'accepted',
			segment_name: 'City of Berlin',
			job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
			segment_id: id,
			user_time_zone: 'America/Chicago',
			refreshes_left: 1,
		});

		const [dry] = await run('delete', { dryRun: true }, id);
		expect(dry).toMatchObject({ deleted: false, would_delete: true, segment_id: id });
		expect(ctx.simulator.segments.size).toBe(1);

		// Until the change is counted, the count is unknown.
		ctx.simulator.completeRefreshes();
		const [deleted] = await run('delete', {}, id);
		expect(deleted).toEqual({
			deleted: true,
			segment_id: id,
			segment_name: 'City of Berlin',
			segment: {
				id,
				...definition,
				name: 'City of Berlin',
				contacts_count: expect.any(Number),
			},
		});
		expect(ctx.simulator.segments.size).toBe(0);

		const kept = deleted.segment as typeof definition;
		const back = {
			name: kept.name,
			queryDsl: kept.query_dsl,
			parentListId: { ...parentListId, value: kept.parent_list_ids[0] },
		};
		const [recreated] = await run('upsert', back, 'any');
		expect(recreated).toMatchObject({ created: true, segment_name: 'City of Berlin' });
		expect(recreated.segment_id).not.toBe(id);
	});

	test("a segment's contacts come as items and as a file, and one of them is checked", async () => {
		const { id } = ctx.simulator.addSegment({ name: 'Three', contacts_count: 3 });
		const contact = { resource: 'contact' };
		const emails = [1, 2, 3].map((n) => `contact-${n}@example.com`);

		const contacts = await run('getAll', { ...contact, returnAll: true }, id);
		expect(contacts.map(({ email }) => email)).toEqual(emails);

		const [file] = await run('export', contact, id);
		expect(file).toMatchObject({ contacts_count: 3, file_name: 'Three.csv', segment_id: id });

		const [checked] = await run('check', { ...contact, email: emails[1] }, id);
		expect(checked).toMatchObject({ in_segment: true, email: emails[1], segment_name: 'Three' });
		expect(ctx.simulator.accountRefreshesUsed).toBe(0);
	});
});
