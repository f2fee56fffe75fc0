import {
	byId,
	CONTINUE,
	jsonOf,
	MISSING,
	pairsOf,
	readOf,
	refreshOf,
	run,
	runOn,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

it('500 items, one segment: one refresh, and 500 outputs with its job ID', async () => {
	const [{ id }] = simulator.addSegments(1);
	const numbers = Array.from({ length: 500 }, (_, n) => n);
	const { success, evaluated } = await run(
		{ operation: 'refresh', segmentId: byId(id) },
		{ items: numbers.map((n) => ({ n })), evaluate: "={{ $('Source').item.json.n }}" },
	);

	expect(sent()).toEqual([readOf(id), refreshOf(id)]);
	expect(pairsOf(success)).toEqual(numbers.map((item) => ({ item })));
	expect(new Set(jsonOf(success).map(({ job_id }) => job_id)).size).toBe(1);
	expect(success[499].json).toMatchObject({ status: 'accepted', segment_id: id });
	expect(evaluated.success).toEqual(numbers);
});

it('a failure is shared, too, with the time zone that was sent', async () => {
	const { success } = await run(
		{ operation: 'refresh', segmentId: MISSING, timeZone: '={{ $json.zone }}' },
		{ items: [{ zone: 'Asia/Tokyo' }, { zone: 'UTC' }, { zone: 'UTC' }], ...CONTINUE },
	);

	expect(sent()).toEqual([readOf(MISSING)]);
	expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	expect(jsonOf(success)).toEqual(
		[0, 1, 2].map((item) => ({
			error: {
				message: `Segment ${MISSING} does not exist`,
				description: expect.stringMatching(`\\[item ${item}\\]$`),
				http_status: 404,
				segment_id: MISSING,
				user_time_zone: 'Asia/Tokyo',
			},
		})),
	);
});

it('a limit is shared, too: one read', async () => {
	const { id } = simulator.addSegment({ last_refreshed_at: simulator.clock.now().toISOString() });
	const { success } = await runOn(
		'refresh',
		Array(20).fill(id),
		{ whenLimitReached: '={{ $itemIndex % 2 ? "skip" : "fail" }}' },
		CONTINUE,
	);

	expect(sent()).toEqual([readOf(id)]);
	expect(jsonOf(success).map(({ status }) => status)).toEqual(
		Array.from({ length: 20 }, (_, item) => (item % 2 ? 'skipped' : undefined)),
	);
});
