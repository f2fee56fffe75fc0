import {
	expectFailure,
	jsonOf,
	MISSING,
	pairsOf,
	runOn,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

describe('six deletes of which two segments do not exist', () => {
	const otherMissing = MISSING.replace('dead', 'beef');

	const runSix = async (onError?: 'continueRegularOutput' | 'continueErrorOutput') => {
		const [a, b, c, d] = simulator.addSegments(4).map(({ id }) => id);
		const ids = [a, MISSING, b, c, otherMissing, d];
		const evaluate = "={{ $('Source').item.json.id }}";
		return { ids, ...(await runOn('delete', ids, {}, { onError, evaluate })) };
	};

	const output = (id: string) => expect.objectContaining({ deleted: true, segment_id: id });

	const advice = expect.stringContaining(
		'It may have been deleted. Choose the segment from the list.',
	);

	const failure = (id: string) => ({
		message: `Segment ${id} does not exist`,
		description: advice,
		http_status: 404,
		segment_id: id,
	});

	it('Continue (using error output): four results, two failures, each paired', async () => {
		const { ids, success, failures, evaluated, error } = await runSix('continueErrorOutput');
		const [a, missing, b, c, alsoMissing, d] = ids;

		expect(error).toBeUndefined();
		expect(simulator.requests('DELETE')).toHaveLength(4);
		expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 2 }, { item: 3 }, { item: 5 }]);
		expect(jsonOf(success)).toEqual([a, b, c, d].map(output));
		expect(pairsOf(failures)).toEqual([{ item: 1 }, { item: 4 }]);
		expect(jsonOf(failures)).toEqual(
			[missing, alsoMissing].map((id) => ({ id, error: failure(id) })),
		);
		expect(failures.map((item) => item.error)).toEqual([undefined, undefined]);
		expect(evaluated).toEqual({ success: [a, b, c, d], failures: [missing, alsoMissing] });
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
		expect(evaluated.success).toEqual(ids);
	});

	it('Stop Workflow: the failure of the first, and how far the run had come', async () => {
		simulator.setLatency(100);
		simulator.fault({ latencyMs: -100, match: ({ path }) => path.includes(MISSING) });
		const { status, success, failures, error } = await runSix();

		expect(status).toBe('error');
		expect([...success, ...failures]).toEqual([]);
		expect(error).toMatchObject({
			message: `Segment ${MISSING} does not exist`,
			description: advice,
			httpCode: '404',
			errorResponse: { http_status: 404, segment_id: MISSING },
			context: { itemIndex: 1 },
		});
		// The reads of all six were sent, but no deletion after the first failure.
		expect(error?.description).toMatch(
			/ None of 6 items had been processed when the run stopped\.$/,
		);
	});
});
