import {
	simplifySegment,
	toSegmentOutput,
} from '../../../../nodes/SendGridSegments/operations/segment/segmentOutput';

const nothing = {
	segment_id: '1',
	segment_name: null,
	contacts_count: null,
	status: null,
	error_message: null,
	parent_list_ids: [],
	sample_updated_at: null,
	next_sample_update: null,
	refreshes_left: null,
};

it.each([true, false])('has no count until SendGrid has counted (simplified: %s)', (simplify) => {
	const uncounted = { id: '1', name: 'Opened', contacts_count: 7, sample_updated_at: null };
	expect(toSegmentOutput(uncounted, simplify)).toMatchObject({
		segment_id: '1',
		segment_name: 'Opened',
		contacts_count: null,
	});
});

it.each([
	{},
	{ status: null },
	{ status: 'VALID' },
	{ status: [] },
	{ parent_list_ids: null },
	{ refreshes_used: 1 },
	{ refreshes_used: '1', max_refreshes: '2' },
	{ contacts_count: 5 },
	{ contacts_count: 5, sample_updated_at: '' },
])('says null for what is left out: %j', (rest) => {
	expect(simplifySegment({ id: '1', ...rest } as never)).toEqual({
		...nothing,
		...('sample_updated_at' in rest && { sample_updated_at: '' }),
	});
});

it('never counts less than no refresh left', () => {
	expect(simplifySegment({ id: '1', refreshes_used: 3, max_refreshes: 2 })).toMatchObject({
		refreshes_left: 0,
	});
});
