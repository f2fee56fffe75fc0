import { EVENTS } from '../../../nodes/SendGridSegments/trigger/events';
import {
	detectEvents,
	parseState,
	type TriggerSettings,
	type TriggerState,
} from '../../../nodes/SendGridSegments/trigger/state';
import type { Segment } from '../../../nodes/SendGridSegments/transport/segments';

const A = '00000000-0000-4000-8000-00000000000a';
const B = '00000000-0000-4000-8000-00000000000b';
const NOW = Date.parse('2026-08-20T12:00:00Z') / 1000;

/** A segment in the form that SendGrid was recorded to return. */
const segment = (partial: Partial<Segment> = {}): Segment => ({
	id: A,
	name: 'Berlin',
	query_version: '2',
	contacts_count: 100,
	sample_updated_at: '2026-08-17T15:20:01Z',
	next_sample_update: '2026-08-18T15:20:01Z',
	created_at: '2026-07-15T16:08:46Z',
	updated_at: '2026-07-15T16:20:04Z',
	parent_list_ids: null,
	status: { query_validation: 'VALID' },
	...partial,
});

const settings = (partial: Partial<TriggerSettings> = {}): TriggerSettings => ({
	events: [...EVENTS],
	segmentIds: [],
	minChange: 1,
	minChangePercent: 0,
	account: 'a',
	...partial,
});

/** What each of the polls reports, the first of which takes the baseline. */
function poll(...polls: Array<[Segment[], Partial<TriggerSettings>?]>) {
	let state: TriggerState | undefined;
	return polls.map(([segments, partial]) => {
		const result = detectEvents(state, segments, settings(partial), NOW);
		state = parseState(JSON.parse(JSON.stringify(result.state)));
		return result.items;
	});
}

const eventsOf = (items: Array<Record<string, unknown>>) =>
	items.map(({ event, segment_id: id }) => (id === A ? `${event}` : `${event} of another`));

const RECOUNTED = {
	sample_updated_at: '2026-08-20T11:59:00Z',
	next_sample_update: '2026-08-20T12:59:00Z',
};

describe('an item', () => {
	const item = {
		segment_id: A,
		segment_name: 'Berlin',
		contacts_count: 100,
		previous_count: 100,
		change: 0,
		sample_updated_at: '2026-08-17T15:20:01Z',
		status: 'VALID',
		error_message: null,
	};

	test.each<[string, Segment[], object[]]>([
		[
			'refreshed and countChanged',
			[segment({ ...RECOUNTED, contacts_count: 70 })],
			['refreshed', 'countChanged'].map((event) => ({
				...item,
				event,
				contacts_count: 70,
				change: -30,
				sample_updated_at: '2026-08-20T11:59:00Z',
				occurred_at: '2026-08-20T11:59:00Z',
			})),
		],
		[
			'updated',
			[
				segment({
					name: 'City of Berlin',
					updated_at: '2026-08-20T11:50:00Z',
					next_sample_update: null,
				}),
			],
			[
				{
					...item,
					event: 'updated',
					segment_name: 'City of Berlin',
					occurred_at: '2026-08-20T11:50:00Z',
				},
			],
		],
		[
			'invalid',
			[segment({ status: { query_validation: 'INVALID', error_message: 'no such field' } })],
			[
				{
					...item,
					event: 'invalid',
					status: 'INVALID',
					error_message: 'no such field',
					occurred_at: '2026-08-20T12:00:00Z',
				},
			],
		],
		[
			'created',
			[
				segment(),
				segment({
					id: B,
					name: 'New',
					contacts_count: 0,
					sample_updated_at: null,
					next_sample_update: null,
					created_at: '2026-08-20T11:58:00Z',
				}),
			],
			[
				{
					...item,
					event: 'created',
					segment_id: B,
					segment_name: 'New',
					contacts_count: 0,
					previous_count: null,
					change: null,
					sample_updated_at: null,
					occurred_at: '2026-08-20T11:58:00Z',
				},
			],
		],
		[
			'deleted',
			[],
			[
				{
					...item,
					event: 'deleted',
					contacts_count: null,
					change: null,
					status: null,
					occurred_at: '2026-08-20T12:00:00Z',
				},
			],
		],
	])('%s', (_event, segments, items) => {
		expect(poll([[segment()]], [segments], [segments])).toEqual([[], items, []]);
	});

	test('of a segment of which SendGrid says nothing but the ID', () => {
		const bare = { id: A };
		expect(poll([[]], [[bare]], [[bare]])).toEqual([
			[],
			[
				{
					event: 'created',
					segment_id: A,
					segment_name: null,
					contacts_count: null,
					previous_count: null,
					change: null,
					sample_updated_at: null,
					status: null,
					error_message: null,
					occurred_at: '2026-08-20T12:00:00Z',
				},
			],
			[],
		]);
	});
});

test('a new segment whose creation is not watched was empty before', () => {
	const events = { events: ['refreshed' as const, 'countChanged' as const] };
	const [, items] = poll([[], events], [[segment()], events]);
	expect(items).toMatchObject([
		{ event: 'refreshed', previous_count: 0, change: 100 },
		{ event: 'countChanged', previous_count: 0, change: 100 },
	]);
});

test('a deleted segment that was never counted has no sample time', () => {
	const uncounted = segment({ sample_updated_at: null, next_sample_update: null });
	const [, items] = poll([[uncounted]], [[]]);
	expect(items).toMatchObject([{ event: 'deleted', sample_updated_at: null }]);
});

describe('countChanged', () => {
	const countsReported = (partial: Partial<TriggerSettings>, ...counts: number[]) =>
		poll(
			...counts.map((count): [Segment[], Partial<TriggerSettings>] => [
				[segment({ ...RECOUNTED, contacts_count: count })],
				{ events: ['countChanged'], ...partial },
			]),
		).flatMap((items) => items.map(({ previous_count: from, contacts_count: to }) => [from, to]));

	test.each<[string, Partial<TriggerSettings>, number[], number[][]]>([
		[
			'any change',
			{},
			[100, 100, 101, 99],
			[
				[100, 101],
				[101, 99],
			],
		],
		['slow growth adds up', { minChange: 10 }, [100, 104, 108, 112, 116], [[100, 112]]],
		['there and back again', { minChange: 10 }, [100, 109, 100, 91], []],
		[
			'percent of the count last reported',
			{ minChangePercent: 10 },
			[200, 219, 220, 241, 242],
			[
				[200, 220],
				[220, 242],
			],
		],
		['not quite that many percent', { minChangePercent: 10 }, [2000, 2199], []],
		[
			'both must be reached',
			{ minChange: 50, minChangePercent: 10 },
			[100, 149, 150],
			[[100, 150]],
		],
		[
			'both must be reached, of a large segment',
			{ minChange: 50, minChangePercent: 10 },
			[1000, 1099, 1100],
			[[1000, 1100]],
		],
		['from nothing', { minChangePercent: 50 }, [0, 1], [[0, 1]]],
		['to nothing', { minChangePercent: 100 }, [7, 0], [[7, 0]]],
	])('%s', (_name, partial, counts, reported) => {
		expect(countsReported(partial, ...counts)).toEqual(reported);
	});

	test('a segment that is being counted has not shrunk', () => {
		const edited = segment({ contacts_count: 0, next_sample_update: null });
		const counted = segment({ ...RECOUNTED, contacts_count: 90 });
		const events = { events: ['countChanged' as const] };
		const [, during, after] = poll([[segment()], events], [[edited], events], [[counted], events]);
		expect(during).toEqual([]);
		expect(after).toMatchObject([{ previous_count: 100, contacts_count: 90, change: -10 }]);
	});
});

describe('invalid', () => {
	const valid = { id: A, status: { query_validation: 'VALID' } };
	const invalid = { id: A, status: { query_validation: 'INVALID' } };

	// Without any times, which change where a segment is edited or counted.
	test.each<[string, Segment[], number[]]>([
		['is reported once', [valid, invalid, invalid], [0, 1, 0]],
		['is reported again after it was valid', [invalid, valid, invalid], [0, 0, 1]],
	])('%s', (_what, segments, counts) => {
		const events = { events: ['invalid' as const] };
		const polls = segments.map((one): [Segment[], Partial<TriggerSettings>] => [[one], events]);
		expect(poll(...polls).map(({ length }) => length)).toEqual(counts);
	});
});

describe('other settings', () => {
	const changed = segment({ ...RECOUNTED, name: 'Renamed', contacts_count: 5 });

	test('a new event is reported from then on, not for the past', () => {
		const both = { events: ['refreshed' as const, 'countChanged' as const] };
		const refreshed = { events: ['refreshed' as const] };
		const later = { sample_updated_at: '2026-08-20T12:59:00Z', contacts_count: 6 };
		const polls = poll(
			[[segment()], refreshed],
			[[changed], both],
			[[segment({ ...RECOUNTED, ...later })], both],
		);
		expect(polls.map(eventsOf)).toEqual([[], ['refreshed'], ['refreshed', 'countChanged']]);
		expect(polls[2][1]).toMatchObject({ previous_count: 5, change: 1 });
	});

	test('a segment chosen later is not new, and has no past', () => {
		const other = segment({ id: B });
		const onlyB = { segmentIds: [B] };
		expect(poll([[segment(), other], onlyB], [[changed, other]], [[other]]).map(eventsOf)).toEqual([
			[],
			[],
			['deleted'],
		]);
	});

	test('a segment that is no longer chosen is not deleted', () => {
		expect(poll([[segment()]], [[segment()], { segmentIds: [B] }])).toEqual([[], []]);
	});

	test('segments that are not chosen are not reported', () => {
		const onlyB = { segmentIds: [B] };
		expect(poll([[segment()], onlyB], [[changed], onlyB], [[], onlyB])).toEqual([[], [], []]);
	});

	test('a key of another account: a new baseline', () => {
		expect(poll([[segment()]], [[segment({ id: B })], { account: 'b' }])).toEqual([[], []]);
	});

	test('another key of the same account: nothing is lost', () => {
		const [, items] = poll([[segment(), segment({ id: B })]], [[segment()], { account: 'b' }]);
		expect(eventsOf(items)).toEqual(['deleted of another']);
	});
});

test.each([undefined, null, 'text', [], {}, { version: 2, segments: {} }, { version: 1 }])(
	'what is no state is none: %j',
	(value) => {
		expect(parseState(value)).toBeUndefined();
	},
);

test('the state of 1,000 segments is small, and is read again', () => {
	const segments = Array.from({ length: 1000 }, (_, index) =>
		segment({ id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}` }),
	);
	const { state } = detectEvents(undefined, segments, settings(), NOW);
	expect(JSON.stringify(state).length).toBeLessThan(110_000);
	const { items } = detectEvents(state, segments, settings({ account: 'b' }), NOW);
	expect(items).toEqual([]);
});
