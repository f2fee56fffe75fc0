import type { IDataObject } from 'n8n-workflow';
import { CONTINUE, expectFailure, jsonOf, run, sent, simulator, useSimulator } from '../helpers';

// Counted before the first read, which comes after 2 seconds.
useSimulator({ countSeconds: 0.5 });

const options = { waitUntilCounted: true };

const saving = {
	create: { operation: 'create', name: 'New', queryDsl: 'SELECT 1' },
	update: { operation: 'update', updateFields: { queryDsl: 'SELECT 1' } },
	upsert: { operation: 'upsert', name: 'Known', queryDsl: 'SELECT 1' },
};

const save = async (operation: keyof typeof saving, parameters: IDataObject = {}) => {
	const { id } = simulator.addSegment({ name: 'Known' });
	return await run({ ...saving[operation], segmentId: id, ...parameters }, CONTINUE);
};

const isRead = (request: string) => /^GET .*contacts_sample=false$/.test(request);

it.each(['create', 'update', 'upsert'] as const)(
	'%s reads until the segment is counted',
	async (operation) => {
		const { success } = await save(operation, { options });
		const json = jsonOf(success)[0];
		expect(json).toMatchObject({ status: 'VALID', contacts_count: 2, counted: true });
		expect(json.sample_updated_at).toEqual(expect.any(String));
		expect(json.next_sample_update).toEqual(expect.any(String));
		expect(isRead(sent().at(-1)!)).toBe(true);
	},
);

it('says so if the time is over', async () => {
	simulator.queryRules = [{ finalStatus: { query_validation: 'PENDING' } }];
	const { success } = await save('create', { options: { ...options, timeoutSeconds: 1 } });
	expect(jsonOf(success)).toMatchObject([{ counted: false }]);
});

it('adding its timeout does not turn it on', async () => {
	const { success } = await save('create', { options: { timeoutSeconds: 5 } });
	expect(success[0].json).not.toHaveProperty('counted');
});

it.each(['create', 'update', 'upsert'] as const)(
	'%s: a query that SendGrid calls invalid at once is a failure, without waiting, too',
	async (operation) => {
		simulator.queryRules = [
			{ initialStatus: { query_validation: 'INVALID', error_message: 'no such field' } },
		];
		const { success } = await save(operation);
		const changed = [...simulator.segments.values()].find(
			({ status }) => status.query_validation === 'INVALID',
		)!;
		expectFailure(success[0], {
			message: "SendGrid rejected the query in 'SQL Query' as invalid",
			segment_id: changed.id,
		});
	},
);

it('without the option, a query that is not checked yet is no failure, and nothing is read', async () => {
	simulator.queryRules = [{ initialStatus: { query_validation: 'PENDING' } }];
	const { success } = await run(saving.create);
	expect(success[0].json).toMatchObject({ status: 'PENDING' });
	expect(success[0].json).not.toHaveProperty('counted');
	expect(sent()).toHaveLength(1);
});
