import {
	simplifySegment,
	toSegmentOutput,
} from '../../../../nodes/SendGridSegments/operations/segment/segmentOutput';

const segment = {
	id: '1',
	name: 'Opened',
	query_dsl: 'SELECT 1',
	query_version: '2',
	contacts_count: 0,
	contacts_sample: [{ email: 'a@example.com' }],
	created_at: 'a',
	sample_updated_at: 'c',
	next_sample_update: 'd',
	parent_list_ids: ['2'],
	refreshes_used: 0,
	max_refreshes: 2,
	last_refreshed_at: 'e',
	status: { query_validation: 'INVALID', error_message: 'no such field' },
};

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

it('keeps what most workflows need, and flattens the status', () => {
	expect(simplifySegment(segment)).toEqual({
		segment_id: '1',
		segment_name: 'Opened',
		query_dsl: 'SELECT 1',
		contacts_count: 0,
		status: 'INVALID',
		error_message: 'no such field',
		parent_list_ids: ['2'],
		sample_updated_at: 'c',
		next_sample_update: 'd',
		refreshes_left: 2,
	});
});

it.each([true, false])('has no count until SendGrid has counted (simplified: %s)', (simplify) => {
	const uncounted = { ...segment, contacts_count: 7, sample_updated_at: null };
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

it('otherwise gives all but the sample of contacts, and changes nothing in it', () => {
	const { contacts_sample: sample, ...rest } = segment;
	expect(toSegmentOutput(segment, false)).toEqual({
		segment_id: '1',
		segment_name: 'Opened',
		...rest,
	});
	expect(segment.contacts_sample).toBe(sample);
	expect(toSegmentOutput(segment, true)).toEqual(simplifySegment(segment));
});
