import type { IDataObject } from 'n8n-workflow';
import { expectFailure, run, sent, simulator, useSimulator } from '../helpers';

useSimulator();

const definition = { name: 'New', queryDsl: 'SELECT 1' };

/** Every collection of every operation, with a field that must not be ignored. */
const collections: Array<[operation: string, field: string, label: string, value: IDataObject]> = [
	['create', 'additionalFields', 'Additional Fields', { parentListId: '' }],
	['create', 'options', 'Options', { waitUntilCounted: false }],
	['delete', 'options', 'Options', { dryRun: true }],
	['get', 'options', 'Options', { includeContactsSample: true }],
	['getAll', 'filters', 'Filters', { nameContains: 'x' }],
	['refresh', 'options', 'Options', { whenLimitReached: 'skip' }],
	['update', 'options', 'Options', { waitUntilCounted: false }],
	['update', 'updateFields', 'Update Fields', { name: 'New' }],
	['upsert', 'additionalFields', 'Additional Fields', { parentListId: '' }],
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
		['text', JSON.stringify(value)],
		['a list', [value]],
		['an expression that gives text', '={{ JSON.stringify($json.value) }}'],
		['an expression that gives an object', '={{ $json.value }}'],
	])('refuses %s', async (_, given) => {
		const { success } = await runWith(given);
		expectFailure(success[0], {
			message: `'${label}' must be an object`,
			description: expect.stringContaining('Set its fields one by one'),
		});
		expect(sent()).toEqual([]);
	});

	it('accepts an object, and nothing', async () => {
		for (const given of field === 'updateFields' ? [value] : [value, null, '']) {
			simulator.reset();
			const { success } = await runWith(given);
			expect(success.filter(({ json }) => json.error)).toEqual([]);
			expect(sent()).not.toEqual([]);
		}
	});
});
