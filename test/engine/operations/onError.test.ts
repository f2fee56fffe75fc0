import type { IDataObject } from 'n8n-workflow';
import {
	byId,
	expectFailure,
	jsonOf,
	MISSING,
	pairsOf,
	run,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

/** Every operation that takes a segment's ID. */
const operations: Array<{
	operation: string;
	method: string;
	parameters?: IDataObject;
	output: (id: string) => IDataObject;
	details?: IDataObject;
	/** What is said of the other items when the first failure stops the run. */
	progress: RegExp;
}> = [
	{
		operation: 'delete',
		method: 'DELETE',
		output: (id) => ({ deleted: true, segment_id: id }),
		// The sixth may be sent before the failure arrives: 5 are, until the first response.
		progress: / [34] of 6 items had already taken effect when the run was stopped\.$/,
	},
	{
		operation: 'refresh',
		method: 'POST',
		parameters: { timeZone: 'Europe/Berlin' },
		output: (id) => ({
			status: 'accepted',
			job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
			segment_id: id,
			user_time_zone: 'Europe/Berlin',
			segment_name: expect.any(String),
			refreshes_left: null,
		}),
		details: { user_time_zone: 'Europe/Berlin' },
		// The read before the refresh fails first, so no item has been refreshed by then.
		progress: / (None|\d) of 6 items had already taken effect when the run was stopped\./,
	},
	{
		operation: 'get',
		method: 'GET',
		output: (id) => expect.objectContaining({ segment_id: id }),
		progress: /^(?!.*taken effect)/,
	},
	{
		operation: 'update',
		method: 'PATCH',
		parameters: { updateFields: { name: '=Renamed {{ $json.id }}' } },
		output: (id) => expect.objectContaining({ segment_id: id, name: `Renamed ${id}` }),
		progress: / [34] of 6 items had already taken effect when the run was stopped\.$/,
	},
];

describe.each(operations)(
	'$operation, six items of which two segments do not exist',
	({ operation, method, parameters, output, details, progress }) => {
		const otherMissing = MISSING.replace('dead', 'beef');

		const runSix = async (onError?: 'continueRegularOutput' | 'continueErrorOutput') => {
			const [a, b, c, d] = simulator.addSegments(4).map(({ id }) => id);
			const ids = [a, MISSING, b, c, otherMissing, d];
			const result = await run(
				{ operation, segmentId: byId('={{ $json.id }}'), ...parameters },
				{
					items: ids.map((id, n) => ({ id, n })),
					onError,
					evaluate: "={{ $('Source').item.json.n }}",
				},
			);
			return { ids, ...result };
		};

		const failure = (id: string) => ({
			message: `Segment ${id} does not exist`,
			description: expect.stringContaining(
				'It may have been deleted. Choose the segment from the list.',
			),
			http_status: 404,
			segment_id: id,
			...details,
		});

		it('Continue (using error output): four results, two failures, each paired', async () => {
			const { ids, success, failures, evaluated, error } = await runSix('continueErrorOutput');

			expect(error).toBeUndefined();
			expect(simulator.requests(method, '/segments/')).toHaveLength(
				operation === 'refresh' ? 4 : 6,
			);
			expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 2 }, { item: 3 }, { item: 5 }]);
			expect(jsonOf(success)).toEqual([0, 2, 3, 5].map((n) => output(ids[n])));
			expect(pairsOf(failures)).toEqual([{ item: 1 }, { item: 4 }]);
			expect(jsonOf(failures)).toEqual(
				[1, 4].map((n) => ({ id: ids[n], n, error: failure(ids[n]) })),
			);
			expect(failures.map((item) => item.error)).toEqual([undefined, undefined]);
			expect(evaluated).toEqual({ success: [0, 2, 3, 5], failures: [1, 4] });
		});

		it('Continue: all six on one output, in order', async () => {
			const { ids, success, failures, evaluated } = await runSix('continueRegularOutput');

			expect(failures).toEqual([]);
			expect(success).toHaveLength(6);
			for (const [n, item] of success.entries()) {
				expect(item.pairedItem).toEqual({ item: n });
				if (n === 1 || n === 4) expectFailure(item, failure(ids[n]));
				else expect(item.json).toEqual(output(ids[n]));
			}
			expect(evaluated.success).toEqual([0, 1, 2, 3, 4, 5]);
		});

		it('Stop Workflow: the failure of the first, and how far the run had come', async () => {
			simulator.setLatency(100);
			const { status, success, failures, error } = await runSix();

			expect(status).toBe('error');
			expect([...success, ...failures]).toEqual([]);
			expect(error).toMatchObject({
				message: `Segment ${MISSING} does not exist`,
				httpCode: '404',
				context: { itemIndex: 1 },
			});
			expect(error?.description).toContain(
				'It may have been deleted. Choose the segment from the list.',
			);
			expect(error?.description).toMatch(progress);
		});
	},
);

describe.each([
	{
		operation: 'create',
		parameters: { name: '={{ $json.value }}', queryDsl: 'SELECT 1' },
		good: 'New',
		bad: ' ',
		message: "'Name' is empty",
	},
	{
		operation: 'upsert',
		parameters: { name: '={{ $json.value }}', queryDsl: 'SELECT 1' },
		good: 'New',
		bad: ' ',
		message: "'Name' is empty",
	},
	{
		operation: 'getAll',
		parameters: { limit: '={{ $json.value }}' },
		good: 1,
		bad: 0,
		message: "'Limit' must be a whole number, 1 or greater",
	},
])(
	'$operation, two items of which one is refused',
	({ operation, parameters, good, bad, message }) => {
		const runTwo = async (onError?: 'continueRegularOutput' | 'continueErrorOutput') => {
			simulator.addSegments(1);
			return await run(
				{ operation, ...parameters },
				{ items: [{ value: bad }, { value: good }], onError },
			);
		};

		it('Continue (using error output)', async () => {
			const { success, failures } = await runTwo('continueErrorOutput');
			expect(pairsOf(success)).toEqual([{ item: 1 }]);
			expect(pairsOf(failures)).toEqual([{ item: 0 }]);
			expect(failures[0].json).toMatchObject({ value: bad, error: { message } });
		});

		it('Continue', async () => {
			const { success } = await runTwo('continueRegularOutput');
			expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 1 }]);
			expectFailure(success[0], { message });
			expect(success[1].json.segment_id).toBeDefined();
		});

		it('Stop Workflow', async () => {
			const { error, success } = await runTwo();
			expect(success).toEqual([]);
			expect(error).toMatchObject({ message, context: { itemIndex: 0 } });
		});
	},
);
