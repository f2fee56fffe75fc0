import type { IDataObject } from 'n8n-workflow';
import { expectFailure, run, sent, simulator, useSimulator } from '../helpers';

useSimulator();

const definition = { name: 'New', queryDsl: 'SELECT 1' };

/** Every collection of every operation, with a field that must not be ignored. */
const collections: Array<[operation: string, field: string, label: string, value: IDataObject]> = [
	['create', 'options', 'Options', { waitUntilCounted: false }],
	['delete', 'options', 'Options', { ifScheduled: 'fail' }],
	['get', 'options', 'Options', { includeContactsSample: true }],
	['getAll', 'filters', 'Filters', { nameContains: 'x' }],
	['refresh', 'options', 'Options', { timeoutSeconds: 5 }],
	['update', 'options', 'Options', { waitUntilCounted: false }],
	['update', 'updateFields', 'Update Fields', { name: 'New' }],
	['upsert', 'options', 'Options', { waitUntilCounted: false }],
];

describe.each(collections)('%s: %s', (operation, field, label, value) => {
	const runWith = async (given: unknown) => {
		const { id } = simulator.addSegment();
		return await run(
			{
				operation,
				segmentId: id,
				...(operation === 'update' ? { updateFields: { name: 'New' } } : definition),
				[field]: given as IDataObject,
			},
			{ items: [{ value }], onError: 'continueRegularOutput' },
		);
	};

	it.each([
		['text', JSON.stringify(value), /must be an object$/],
		['a list', [value], /must be an object$/],
		['an expression that gives text', '={{ JSON.stringify($json.value) }}', /must be an object$/],
		['an expression that gives nothing', '={{ $json.nothing }}', /is empty$/],
		['a field that does not exist', { ...value, dry_run: true }, /has no field "dry_run"$/],
		['a field of another operation', { ...value, dryRun: true }, /has no field "dryRun"$/],
	])('refuses %s', async (_, given, message) => {
		const { success } = await runWith(given);
		expectFailure(success[0], { message: expect.stringMatching(message) });
		expect(success[0].json.error).toMatchObject({ message: expect.stringContaining(`'${label}'`) });
		expect(sent()).toEqual([]);
	});

	it('accepts an object, and an expression that gives one', async () => {
		for (const given of [value, '={{ $json.value }}']) {
			simulator.reset();
			const { success } = await runWith(given);
			expect(success.filter(({ json }) => json.error)).toEqual([]);
			expect(sent()).not.toEqual([]);
		}
	});
});
