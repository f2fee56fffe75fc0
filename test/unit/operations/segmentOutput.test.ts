import { simplifySegment } from '../../../nodes/SendGridSegments/operations/segmentOutput';

const nothing = {
	segment_id: '1',
	name: null,
	contacts_count: null,
	status: null,
	error_message: null,
	parent_list_ids: [],
	sample_updated_at: null,
	next_sample_update: null,
	refreshes_left: null,
};

it('keeps what most workflows need, and flattens the status', () => {
	expect(
		simplifySegment({
			id: '1',
			name: 'Opened',
			query_dsl: 'SELECT 1',
			query_version: '2',
			contacts_count: 0,
			contacts_sample: [],
			created_at: 'a',
			updated_at: 'b',
			sample_updated_at: 'c',
			next_sample_update: 'd',
			parent_list_ids: ['2'],
			refreshes_used: 0,
			max_refreshes: 2,
			last_refreshed_at: 'e',
			status: { query_validation: 'INVALID', error_message: 'no such field' },
		}),
	).toEqual({
		segment_id: '1',
		name: 'Opened',
		contacts_count: 0,
		status: 'INVALID',
		error_message: 'no such field',
		query_dsl: 'SELECT 1',
		parent_list_ids: ['2'],
		sample_updated_at: 'c',
		next_sample_update: 'd',
		refreshes_left: 2,
	});
});

it.each([{}, { status: null }, { status: 'VALID' }, { status: [] }, { parent_list_ids: null }])(
	'says null for what is left out: %j',
	(rest) => {
		expect(simplifySegment({ id: '1', ...rest } as never)).toEqual(nothing);
	},
);

it('passes names on as data', () => {
	const name = '<img src=x onerror=alert(1)>\u0000__proto__';
	expect(simplifySegment({ id: '1', name })).toEqual({ ...nothing, name });
});
