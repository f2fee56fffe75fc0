import type { IDataObject } from 'n8n-workflow';
import {
	byId,
	CONTINUE,
	credentials,
	expectFailure,
	MISSING,
	run,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const named = { segment_id: MISSING };
const zoned = { ...named, user_time_zone: 'UTC' };

/** Every operation, and what its failures tell besides their words. */
const operations: Record<string, { parameters: IDataObject; details: IDataObject }> = {
	create: { parameters: { name: 'New', queryDsl: 'SELECT 1' }, details: {} },
	delete: { parameters: { options: { ifScheduled: 'delete' } }, details: named },
	get: { parameters: {}, details: named },
	getAll: { parameters: {}, details: {} },
	refresh: { parameters: { timeZone: 'UTC' }, details: zoned },
	update: { parameters: { updateFields: { name: 'New' } }, details: named },
	upsert: { parameters: { name: 'New', queryDsl: 'SELECT 1' }, details: {} },
};

async function failureOf(operation: string, values = credentials()) {
	const result = await run(
		{ operation, segmentId: byId('={{ $json.id }}'), ...operations[operation].parameters },
		{ items: [{ id: MISSING }], credentials: values, ...CONTINUE },
	);
	expect(result.success).toHaveLength(1);
	for (const key of Object.values(simulator.keys)) expect(result.fullRunJson).not.toContain(key);
	return result.success[0];
}

it.each(Object.keys(operations))('%s with a key without access to Marketing', async (operation) => {
	simulator.addSegment({ id: MISSING });
	const values = { ...credentials(), apiKey: simulator.keys.noMarketing };
	expectFailure(await failureOf(operation, values), {
		message: 'The API key has no access to Marketing segments',
		http_status: 403,
		...operations[operation].details,
	});
	// What saves asks whether the key may read.
	expect(sent()).toHaveLength(['create', 'update', 'refresh'].includes(operation) ? 2 : 1);
});

it.each(['create', 'delete', 'refresh', 'update', 'upsert'])(
	'%s with a key that may only read',
	async (operation) => {
		simulator.addSegment({ id: MISSING });
		const message = 'access forbidden. please ensure you have the correct scopes defined.';
		simulator.fault({
			times: Infinity,
			match: ({ method, path }) => method !== 'GET' && !path.includes('singlesends'),
			status: 403,
			body: { errors: [{ field: null, message }] },
		});
		expectFailure(await failureOf(operation), {
			message: 'The API key may read segments, but not change them',
			description: expect.stringContaining('Full Access'),
			http_status: 403,
			...operations[operation].details,
		});
	},
);
