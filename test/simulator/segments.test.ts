import { startSimulator, type Simulator } from '../../simulator';
import { SEGMENTS, send } from './client';

const MISSING = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';

let sim: Simulator;
beforeAll(async () => {
	sim = await startSimulator({ refreshSeconds: Infinity, countSeconds: Infinity });
});
afterAll(() => sim.stop());
beforeEach(() => sim.reset());

describe('Get', () => {
	test('answers the whole segment, without what only the simulator knows', async () => {
		const segment = sim.addSegment({
			name: 'Opened',
			contacts_count: 5,
			nextContactsCount: 6,
			lastTimeZone: 'UTC',
		});
		const { status, json } = await send(sim, 'GET', `${SEGMENTS}/${segment.id}`);
		expect(status).toBe(200);
		const { nextContactsCount, lastTimeZone, ...known } = segment;
		expect([nextContactsCount, lastTimeZone]).toEqual([6, 'UTC']);
		expect(json).toEqual({
			...known,
			identifier_counts: { AID: 0, EID: 5, EXTID: 0, PHNID: 0 },
		});
		expect(json.contacts_sample).toHaveLength(2);
		expect(json).not.toHaveProperty('last_refreshed_at');
	});

	test('leaves the sample out with contacts_sample=false only', async () => {
		const path = `${SEGMENTS}/${sim.addSegment().id}?contacts_sample=`;
		expect((await send(sim, 'GET', `${path}false`)).json).not.toHaveProperty('contacts_sample');
		expect((await send(sim, 'GET', `${path}true`)).json).toHaveProperty('contacts_sample');
		expect((await send(sim, 'GET', `${path}no`)).status).toBe(400);
	});

	test('takes an ID in any letter case', async () => {
		const { id } = sim.addSegment({ id: 'AAAAAAAA-0000-4000-8000-000000000001' });
		expect(id).toBe('aaaaaaaa-0000-4000-8000-000000000001');
		const { json } = await send(sim, 'GET', `${SEGMENTS}/${id.toUpperCase()}`);
		expect(json.id).toBe(id);
	});
});

test.each(['GET', 'PATCH', 'DELETE'])(
	'%s: 404 if there is none, 400 if it is no UUID',
	async (method) => {
		const body = method === 'PATCH' ? { name: 'New' } : undefined;
		const missing = await send(sim, method, `${SEGMENTS}/${MISSING}`, body);
		expect(missing.status).toBe(404);
		expect(missing.json).toEqual({ errors: [{ field: null, message: expect.any(String) }] });
		for (const id of [
			'abc',
			'',
			`x${MISSING}`,
			`${MISSING}%0A`,
			encodeURIComponent('../x'),
			'a'.repeat(10_000),
		]) {
			const answer = await send(sim, method, `${SEGMENTS}/${id}`, body);
			expect(answer.status).toBe(400);
			expect(answer.json.errors).toHaveLength(1);
		}
	},
);

describe('Delete', () => {
	test('answers 202 without a body, and the segment is gone', async () => {
		const [first, second] = sim.addSegments(2);
		const answer = await send(sim, 'DELETE', `${SEGMENTS}/${first.id}`);
		expect([answer.status, answer.text]).toEqual([202, '']);
		expect(answer.headers.get('content-type')).toBe('application/json');
		expect(answer.headers.get('content-length')).toBe('0');
		expect([...sim.segments.keys()]).toEqual([second.id]);
		expect((await send(sim, 'DELETE', `${SEGMENTS}/${first.id}`)).status).toBe(404);
	});

	test.each(['application/json', 'text/plain', 'application/x-unheard-of'])(
		'takes a content-type %s without a body',
		async (type) => {
			const path = `${SEGMENTS}/${sim.addSegment().id}`;
			const answer = await send(sim, 'DELETE', path, undefined, {
				headers: { 'content-type': type },
			});
			expect(answer.status).toBe(202);
		},
	);

	test('takes a content-type that comes with an empty body', async () => {
		const path = `${SEGMENTS}/${sim.addSegment().id}`;
		const headers = { 'content-type': 'application/json' };
		expect((await send(sim, 'DELETE', path, '', { headers })).status).toBe(202);
		expect(sim.log[0].body).toBeUndefined();
	});
});

describe('Create', () => {
	const valid = { name: 'New', query_dsl: 'SELECT contact_id FROM contact_data' };

	test('answers 201 with the segment, and counts it later', async () => {
		sim.clock.set('2026-05-01T12:00:00Z');
		const list = sim.addList({ name: 'Newsletter' });
		const { status, json } = await send(sim, 'POST', SEGMENTS, {
			...valid,
			parent_list_ids: [list.id.toUpperCase()],
		});
		expect(status).toBe(201);
		expect(json).toMatchObject({
			...valid,
			parent_list_ids: [list.id],
			contacts_count: 0,
			contacts_sample: [],
			query_version: '2',
			sample_updated_at: null,
			next_sample_update: null,
			status: { query_validation: 'VALID' },
			created_at: expect.stringMatching(/^2026-05-01T12:00:0\dZ$/),
		});
		expect(sim.segments.get(json.id)?.name).toBe('New');

		const read = async () => (await send(sim, 'GET', `${SEGMENTS}/${json.id}`)).json;
		expect(await read()).toMatchObject({ contacts_count: 0, sample_updated_at: null });
		sim.completeRefreshes();
		const counted = await read();
		expect(counted.contacts_count).toBe(2);
		expect(counted.contacts_sample).toHaveLength(2);
		expect(counted.sample_updated_at! > json.created_at).toBe(true);
		expect(Date.parse(counted.next_sample_update!) - Date.parse(counted.sample_updated_at!)).toBe(
			3_600_000,
		);
	});

	test('comes to the count that is wanted, after countSeconds of real time', async () => {
		const quick = await startSimulator({ countSeconds: 0.2 });
		try {
			const { id } = (await send(quick, 'POST', SEGMENTS, valid)).json;
			const segment = quick.segments.get(id)!;
			segment.nextContactsCount = 7;
			expect(segment.sample_updated_at).toBeNull();
			while (!segment.sample_updated_at) await new Promise((resolve) => setTimeout(resolve, 5));
			expect(segment.contacts_count).toBe(7);
			expect(segment).not.toHaveProperty('nextContactsCount');
		} finally {
			await quick.stop();
		}
	});

	test('without a parent list, says null', async () => {
		for (const [name, more] of Object.entries({ none: {}, empty: { parent_list_ids: [] } })) {
			const { json } = await send(sim, 'POST', SEGMENTS, { ...valid, name, ...more });
			expect(json.parent_list_ids).toBeNull();
		}
	});

	test('a name has to be unique', async () => {
		sim.addSegment({ name: 'New' });
		const { status, json } = await send(sim, 'POST', SEGMENTS, valid);
		expect(status).toBe(400);
		expect(json).toEqual({ errors: [{ field: 'name', message: expect.any(String) }] });
		expect(sim.segments.size).toBe(1);
	});

	test('a name of 100 characters is taken, characters outside the BMP counted once', async () => {
		const answer = await send(sim, 'POST', SEGMENTS, { ...valid, name: '😀'.repeat(100) });
		expect(answer.status).toBe(201);
	});

	test.each([
		['name', { query_dsl: 'x' }],
		['name', { ...valid, name: '' }],
		['name', { ...valid, name: 'x'.repeat(101) }],
		['name', { ...valid, name: 5 }],
		['query_dsl', { name: 'New' }],
		['query_dsl', { ...valid, query_dsl: ' \n' }],
		['parent_list_ids', { ...valid, parent_list_ids: MISSING }],
		['parent_list_ids', { ...valid, parent_list_ids: ['abc'] }],
		['parent_list_ids', { ...valid, parent_list_ids: [MISSING, MISSING] }],
		[null, 'not JSON'],
		[null, '[]'],
		[null, undefined],
	])('400 with the field %s', async (field, body) => {
		const { status, json } = await send(sim, 'POST', SEGMENTS, body);
		expect(status).toBe(400);
		expect(json.errors.map((entry) => entry.field)).toEqual([field]);
		expect(sim.segments.size).toBe(0);
	});

	test('404 if the parent list does not exist; none and an empty array are fine', async () => {
		const withMissing = { ...valid, parent_list_ids: [MISSING] };
		expect((await send(sim, 'POST', SEGMENTS, withMissing)).status).toBe(404);
		expect(sim.segments.size).toBe(0);
		expect((await send(sim, 'POST', SEGMENTS, { ...valid, parent_list_ids: [] })).status).toBe(201);
	});
});

describe('Update', () => {
	test('changes what is given, and empties the sample', async () => {
		const segment = sim.addSegment({
			created_at: '2026-01-01T00:00:00Z',
			updated_at: '2026-01-01T00:00:00Z',
		});
		const before = { ...segment };
		const { status, json } = await send(sim, 'PATCH', `${SEGMENTS}/${segment.id}`, { name: 'New' });
		expect(status).toBe(200);
		expect(json).toEqual({
			...before,
			name: 'New',
			updated_at: expect.any(String),
			contacts_sample: [],
			next_sample_update: null,
		});
		expect(json.updated_at > before.updated_at).toBe(true);
		expect(segment.name).toBe('New');
	});

	test('a new query is validated and counted again', async () => {
		const segment = sim.addSegment({ status: { query_validation: 'INVALID', error_message: 'x' } });
		const { json } = await send(sim, 'PATCH', `${SEGMENTS}/${segment.id}`, {
			query_dsl: 'SELECT 1',
		});
		expect(json).toMatchObject({
			query_dsl: 'SELECT 1',
			status: { query_validation: 'VALID' },
			contacts_sample: [],
			contacts_count: 2,
			sample_updated_at: segment.sample_updated_at,
			next_sample_update: null,
		});
		sim.completeRefreshes();
		expect(segment.contacts_sample).toHaveLength(2);
		expect(segment.sample_updated_at! > json.sample_updated_at!).toBe(true);
		expect(segment.next_sample_update! > segment.sample_updated_at!).toBe(true);
	});

	test('its own name is no conflict, that of another is', async () => {
		const [own, other] = sim.addSegments(2);
		const path = `${SEGMENTS}/${own.id}`;
		expect((await send(sim, 'PATCH', path, { name: own.name })).status).toBe(200);
		const { status, json } = await send(sim, 'PATCH', path, { name: other.name });
		expect([status, json.errors[0].field]).toEqual([400, 'name']);
	});

	test.each([
		['name', { name: '' }],
		['query_dsl', { name: 'New', query_dsl: ' ' }],
		['parent_list_ids', { name: 'New', parent_list_ids: [] }],
		[null, {}],
		[null, '"New"'],
	])('400 with the field %s, and nothing changes', async (field, body) => {
		const segment = sim.addSegment();
		const before = { ...segment };
		const { status, json } = await send(sim, 'PATCH', `${SEGMENTS}/${segment.id}`, body);
		expect([status, json.errors[0].field]).toEqual([400, field]);
		expect(segment).toEqual(before);
	});
});

describe('Queries', () => {
	const invalid = { query_validation: 'INVALID', error_message: 'no such column' } as const;
	const create = async (query_dsl: string) =>
		(await send(sim, 'POST', SEGMENTS, { name: query_dsl, query_dsl })).json;

	test('are INVALID at once, and then never counted', async () => {
		sim.queryRules = [{ includes: 'nonsense', initialStatus: invalid }];
		const { id, status } = await create('SELECT nonsense');
		expect(status).toEqual(invalid);
		expect((await create('SELECT 1')).status).toEqual({ query_validation: 'VALID' });
		sim.completeRefreshes();
		expect(sim.segments.get(id)).toMatchObject({ status: invalid, sample_updated_at: null });
	});

	test('are INVALID once they are counted', async () => {
		sim.queryRules = [{ initialStatus: { query_validation: 'PENDING' }, finalStatus: invalid }];
		const { id, status } = await create('SELECT nonsense');
		expect(status).toEqual({ query_validation: 'PENDING' });
		sim.completeRefreshes();
		expect(sim.segments.get(id)).toMatchObject({ status: invalid, sample_updated_at: null });
	});

	test('are PENDING, then VALID', async () => {
		sim.queryRules = [{ initialStatus: { query_validation: 'PENDING' } }];
		const { id, status } = await create('SELECT 1');
		expect(status).toEqual({ query_validation: 'PENDING' });
		sim.completeRefreshes();
		expect(sim.segments.get(id)?.status).toEqual({ query_validation: 'VALID' });
	});

	test('are judged again when they are changed, and only then', async () => {
		const { id } = sim.addSegment();
		sim.queryRules = [{ initialStatus: invalid }];
		const path = `${SEGMENTS}/${id}`;
		const renamed = await send(sim, 'PATCH', path, { name: 'New' });
		expect(renamed.json.status).toEqual({ query_validation: 'VALID' });
		expect((await send(sim, 'PATCH', path, { query_dsl: 'x' })).json.status).toEqual(invalid);
		sim.queryRules = [];
		expect((await send(sim, 'PATCH', path, { query_dsl: 'y' })).json.status).toEqual({
			query_validation: 'VALID',
		});
		sim.completeRefreshes();
		expect(sim.segments.get(id)?.status).toEqual({ query_validation: 'VALID' });
	});
});

describe('List', () => {
	const names = async (query: string) => {
		const { status, json } = await send(sim, 'GET', SEGMENTS + query);
		expect(status).toBe(200);
		return json.results.map(({ name }) => name);
	};

	test('shows segments without their query and sample', async () => {
		const segment = sim.addSegment();
		const { json } = await send(sim, 'GET', SEGMENTS);
		const { query_dsl, contacts_sample, ...summary } = segment;
		expect([query_dsl, contacts_sample]).not.toContain(undefined);
		expect(json.results).toEqual([summary]);
		expect(json).not.toHaveProperty('_metadata');
	});

	test('has the newest first, those of one second in the reverse order they were added', async () => {
		sim.addSegment({ name: 'first', created_at: '2026-05-01T08:00:00Z' });
		sim.addSegment({ name: 'newest', created_at: '2026-05-01T08:00:01Z' });
		sim.addSegment({ name: 'second', created_at: '2026-05-01T08:00:00Z' });
		expect(await names('')).toEqual(['newest', 'second', 'first']);
	});

	test('filters as documented', async () => {
		const [a, b] = [sim.addList({ name: 'A' }).id, sim.addList({ name: 'B' }).id];
		const inA = sim.addSegment({ name: 'in A', parent_list_ids: [a] });
		sim.addSegment({ name: 'in B', parent_list_ids: [b] });
		const free = sim.addSegment({ name: 'free' });

		expect(await names('')).toEqual(['free', 'in B', 'in A']);
		expect(await names('?ids=&parent_list_ids=&no_parent_list_id=false')).toHaveLength(3);
		expect(await names(`?parent_list_ids=${a}`)).toEqual(['in A']);
		expect(await names(`?parent_list_ids=${a},${b.toUpperCase()}`)).toEqual(['in B', 'in A']);
		expect(await names(`?parent_list_ids=${a}%2C${b}`)).toEqual(['in B', 'in A']);
		expect(await names(`?parent_list_ids=${a}&no_parent_list_id=true`)).toEqual(['free', 'in A']);
		expect(await names('?no_parent_list_id=true')).toEqual(['free']);
		expect(await names(`?parent_list_ids=${MISSING}`)).toEqual([]);
		expect(await names(`?ids=${inA.id}&ids=${free.id.toUpperCase()}`)).toEqual(['free', 'in A']);
		expect(await names(`?ids=${inA.id}&parent_list_ids=${b}&no_parent_list_id=true`)).toEqual([
			'in A',
		]);
		expect(await names(`?ids=${MISSING}`)).toEqual([]);
	});

	test('takes 50 parent lists in one string, and no more', async () => {
		const ids = (count: number) =>
			Array.from({ length: count }, (_, i) => MISSING.slice(0, -2) + String(i + 10)).join(',');
		expect(await names(`?parent_list_ids=${ids(50)}`)).toEqual([]);
		const tooMany = await send(sim, 'GET', `${SEGMENTS}?parent_list_ids=${ids(51)}`);
		expect([tooMany.status, tooMany.json.errors[0].field]).toEqual([400, 'parent_list_ids']);
		const repeated = `?parent_list_ids=${MISSING}&parent_list_ids=${MISSING}`;
		expect((await send(sim, 'GET', SEGMENTS + repeated)).status).toBe(400);
		expect((await send(sim, 'GET', `${SEGMENTS}?no_parent_list_id=yes`)).status).toBe(400);
	});

	test('with pageSize, follows through _metadata.next to every segment once', async () => {
		const paged = await startSimulator({ pageSize: 4 });
		try {
			paged.addSegments(10, (i) => ({ name: `S${i}` }));
			const seen: string[] = [];
			const sizes: number[] = [];
			let url: string | undefined = `${paged.url}${SEGMENTS}?no_parent_list_id=true`;
			while (url) {
				expect(url.startsWith(`${paged.url}${SEGMENTS}?no_parent_list_id=true`)).toBe(true);
				const { json } = await send(paged, 'GET', url.slice(paged.url.length));
				sizes.push(json.results.length);
				seen.push(...json.results.map(({ name }) => name));
				url = json._metadata.next;
			}
			expect(sizes).toEqual([4, 4, 2]);
			expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => `S${9 - i}`));
			expect((await send(paged, 'GET', `${SEGMENTS}?page_token=xyz`)).status).toBe(400);

			for (const id of [...paged.segments.keys()].slice(4)) paged.segments.delete(id);
			const full = await send(paged, 'GET', SEGMENTS);
			expect(full.json.results).toHaveLength(4);
			expect(full.json._metadata).not.toHaveProperty('next');
		} finally {
			await paged.stop();
		}
	});
});

describe('Lists', () => {
	test('come in pages of 100 unless told', async () => {
		for (let i = 0; i < 101; i++) sim.addList({ name: `L${i}`, contact_count: i });
		const first = await send(sim, 'GET', '/v3/marketing/lists');
		expect(first.json.result).toHaveLength(100);
		expect(first.json.result[1]).toMatchObject({ name: 'L1', contact_count: 1 });
		const next = await send(sim, 'GET', first.json._metadata.next!.slice(sim.url.length));
		expect(next.json.result.map(({ name }) => name)).toEqual(['L100']);
		expect(next.json._metadata).not.toHaveProperty('next');
		const all = await send(sim, 'GET', '/v3/marketing/lists?page_size=1000');
		expect(all.json.result).toHaveLength(101);
	});

	test.each(['0', '1001', 'x', '1.5'])('400 for page_size=%s', async (size) => {
		expect((await send(sim, 'GET', `/v3/marketing/lists?page_size=${size}`)).status).toBe(400);
	});
});
