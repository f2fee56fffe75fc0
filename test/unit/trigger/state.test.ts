import { SEGMENT_EVENTS } from '../../../nodes/SendGridSegments/trigger/events';
import { MAX_SEGMENTS } from '../../../nodes/SendGridSegments/limits';
import type { TriggerSettings } from '../../../nodes/SendGridSegments/trigger/settings';
import {
	detectEvents,
	parseState,
	type TriggerState,
} from '../../../nodes/SendGridSegments/trigger/state';
import type { Segment } from '../../../nodes/SendGridSegments/transport/segments';

const A = '00000000-0000-4000-8000-00000000000a';
const B = '00000000-0000-4000-8000-00000000000b';
const C = '00000000-0000-4000-8000-00000000000c';
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

/** What a poll reads and watches, as far as it differs from the usual. */
type Partials = Partial<TriggerSettings> & { account?: string };

const detect = (state: TriggerState | undefined, segments: Segment[], partials: Partials = {}) => {
	const { account = 'a', ...settings } = partials;
	return detectEvents(
		state,
		{ segments, account, now: NOW },
		{ events: [...SEGMENT_EVENTS], segmentIds: [], minChange: 1, minChangePercent: 0, ...settings },
	);
};

const saved = ({ state }: { state: TriggerState }) => JSON.parse(JSON.stringify(state)) as object;

/** What each of the polls reports, the first of which takes the baseline. */
function poll(...polls: Array<[Segment[], Partials?]>) {
	let state: TriggerState | undefined;
	return polls.map(([segments, partials]) => {
		const result = detect(state, segments, partials);
		state = parseState(saved(result));
		expect(state).toEqual(result.state);
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

	const EDITED = { updated_at: '2026-08-20T11:50:00Z', next_sample_update: null };
	const NEW = { sample_updated_at: null, next_sample_update: null, contacts_count: 0 };
	const status = { query_validation: 'INVALID', error_message: 'no such field' };

	test.each<[events: string[], segments: Segment[], items: object]>([
		[
			['refreshed', 'countChanged'],
			[segment({ ...RECOUNTED, contacts_count: 70 })],
			{
				contacts_count: 70,
				change: -30,
				sample_updated_at: '2026-08-20T11:59:00Z',
				occurred_at: '2026-08-20T11:59:00Z',
			},
		],
		[
			['updated'],
			[segment({ ...EDITED, name: 'City of Berlin' })],
			{ segment_name: 'City of Berlin', occurred_at: '2026-08-20T11:50:00Z' },
		],
		[
			['invalid'],
			[segment({ status })],
			{ status: 'INVALID', error_message: 'no such field', occurred_at: '2026-08-20T12:00:00Z' },
		],
		[
			['created'],
			[segment(), segment({ ...NEW, id: B, name: 'New', created_at: '2026-08-20T11:58:00Z' })],
			{
				segment_id: B,
				segment_name: 'New',
				contacts_count: 0,
				previous_count: null,
				change: null,
				sample_updated_at: null,
				occurred_at: '2026-08-20T11:58:00Z',
			},
		],
		[
			['deleted'],
			[],
			{ contacts_count: null, change: null, status: null, occurred_at: '2026-08-20T12:00:00Z' },
		],
	])('%j', (events, segments, items) => {
		const after = [...segments, segment({ id: C })];
		const reported = events.map((event) => ({ ...item, event, ...items }));
		expect(poll([[segment(), segment({ id: C })]], [after], [after])).toEqual([[], reported, []]);
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
	const other = segment({ id: B });
	const [, items] = poll([[uncounted, other]], [[other]]);
	expect(items).toMatchObject([{ event: 'deleted', sample_updated_at: null }]);
});

describe('countChanged', () => {
	const countsReported = (partial: Partial<TriggerSettings>, ...counts: number[]) =>
		poll(
			...counts.map((count): [Segment[], Partials] => [
				[segment({ ...RECOUNTED, contacts_count: count })],
				{ events: ['countChanged'], ...partial },
			]),
		).flatMap((items) => items.map(({ previous_count: from, contacts_count: to }) => [from, to]));

	test.each<[string, Partial<TriggerSettings>, number[], number[][]]>([
		['slow growth adds up', { minChange: 10 }, [100, 104, 108, 112, 116], [[100, 112]]],
		[
			'both must be reached',
			{ minChange: 50, minChangePercent: 10 },
			[1000, 1050, 1099, 1100],
			[[1000, 1100]],
		],
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

test('a query is reported as invalid again after it was valid', () => {
	// Without any times, which change where a segment is edited or counted.
	const polls = ['INVALID', 'VALID', 'INVALID'].map((query_validation): [Segment[], Partials] => [
		[{ id: A, status: { query_validation } }],
		{ events: ['invalid'] },
	]);
	expect(poll(...polls).map(eventsOf)).toEqual([[], [], ['invalid']]);
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

	test.each([[[segment({ id: B })]], [[]]])(
		'a key of another account: a new baseline',
		(theirs) => {
			const theirKey = { account: 'b' };
			expect(poll([[segment()]], [theirs, theirKey], [theirs, theirKey])).toEqual([[], [], []]);
		},
	);

	test('the same key, and none of the segments is left: all of that is reported', () => {
		const [, items] = poll([[segment()]], [[segment({ id: B })]]);
		expect(eventsOf(items)).toEqual(['created of another', 'deleted']);
	});

	test('another key of the same account: nothing is lost', () => {
		const [, items] = poll([[segment(), segment({ id: B })]], [[segment()], { account: 'b' }]);
		expect(eventsOf(items)).toEqual(['deleted of another']);
	});
});

describe('what SendGrid says once', () => {
	const YEAR_1 = '0001-01-01T00:00:00Z';
	const invalid = { status: { query_validation: 'INVALID' } };

	const oddities: Array<[string, Partial<Segment>]> = [
		['no count', { contacts_count: null }],
		['times of the year 1', { sample_updated_at: YEAR_1, updated_at: YEAR_1, created_at: YEAR_1 }],
		['times of the year 1 and no contacts', { sample_updated_at: YEAR_1, contacts_count: 0 }],
		['times that cannot be read', { sample_updated_at: 'soon', updated_at: 'now' }],
		['no time of the last edit', { updated_at: null }],
		['no name', { name: undefined }],
	];

	test.each(oddities)('%s: nothing has happened', (_what, partial) => {
		const odd = [segment(partial)];
		expect(poll([[segment()]], [odd], [[segment()]], [odd])).toEqual([[], [], [], []]);
		const broken = segment(invalid);
		expect(poll([[broken]], [[segment({ ...partial, ...invalid })]], [[broken]])).toEqual([
			[],
			[],
			[],
		]);
	});

	test.each(oddities.filter(([, { name = '' }]) => name !== undefined))(
		'%s in the baseline: nothing has happened, and what happens next is reported',
		(_what, partial) => {
			const next = segment({
				sample_updated_at: '2026-08-20T12:59:00Z',
				updated_at: '2026-08-20T12:50:00Z',
				contacts_count: 90,
			});
			const [, second, third] = poll([[segment(partial)]], [[segment()]], [[next]]);
			expect(eventsOf(second).filter((event) => event !== 'updated')).toEqual([]);
			expect(eventsOf(third)).toEqual(['updated', 'refreshed', 'countChanged']);
			const brokenBefore = segment({ ...partial, ...invalid });
			const polls = poll([[brokenBefore]], [[segment(invalid)]]);
			expect(eventsOf(polls[1])).not.toContain('invalid');
		},
	);

	test('a count that is missing in the baseline is taken from the next sample', () => {
		const unknown = segment({ contacts_count: null });
		const uncounted = segment({ contacts_count: 0, next_sample_update: null });
		const recounted = segment({ ...RECOUNTED, contacts_count: 101 });
		const polls = poll([[unknown]], [[uncounted]], [[segment()]], [[recounted]]);
		expect(polls.slice(0, 3)).toEqual([[], [], []]);
		expect(polls[3]).toMatchObject([
			{ event: 'refreshed', previous_count: 100 },
			{ event: 'countChanged', previous_count: 100 },
		]);
	});

	test.each([{ sample_updated_at: YEAR_1 }, { updated_at: YEAR_1 }])(
		'what changes with a response that has lost a time is reported once: %j',
		(lost) => {
			const edited = { updated_at: '2026-08-20T11:00:00Z', name: 'Renamed', ...invalid };
			const changed = segment({ ...edited, ...RECOUNTED });
			const odd = segment({ ...edited, ...RECOUNTED, ...lost });
			const polls = poll([[segment()]], [[odd]], [[changed]], [[odd]], [[changed]]);
			expect(polls.map(eventsOf)).toEqual([[], [], ['updated', 'refreshed', 'invalid'], [], []]);
		},
	);

	test('an event whose segment has a time of the year 1 occurred at the time of the poll', () => {
		const [, items] = poll([[]], [[segment({ created_at: YEAR_1 })]]);
		expect(items).toMatchObject([{ event: 'created', occurred_at: '2026-08-20T12:00:00Z' }]);
	});

	test('a new segment whose times and count come later was counted then', () => {
		const early = segment({ sample_updated_at: YEAR_1, contacts_count: null });
		expect(poll([[]], [[early]], [[segment()]]).map(eventsOf)).toEqual([
			[],
			['created'],
			['refreshed', 'countChanged'],
		]);
	});
});

describe('a state', () => {
	const { state } = detect(undefined, [segment(), segment({ id: B, updated_at: null })]);

	test.each([undefined, null, 'text', [], {}])('is none if it is %j', (value) => {
		expect(parseState(value)).toBeUndefined();
	});

	test.each(Object.keys(state))('is none without %s, or with another kind of value', (part) => {
		expect(parseState({ ...state, [part]: undefined })).toBeUndefined();
		for (const value of [null, 0, 2, [1], { [A]: 1 }, { [A]: null }]) {
			expect(parseState({ ...state, [part]: value })).toBeUndefined();
		}
	});

	test.each(Object.keys(state.segments[A]))('is none if a segment lacks %s', (part) => {
		for (const value of [undefined, 'text', {}]) {
			if (part === 'name' && value === 'text') continue;
			const segments = { ...state.segments, [A]: { ...state.segments[A], [part]: value } };
			expect(parseState({ ...state, segments })).toBeUndefined();
		}
	});

	test('of all segments that an account can have is small', () => {
		const segments = Array.from({ length: MAX_SEGMENTS }, (_, index) =>
			segment({ id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}` }),
		);
		expect(JSON.stringify(detect(undefined, segments).state).length).toBeLessThan(40_000);
	});
});
