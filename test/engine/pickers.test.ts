import { startSimulator } from '../../simulator';
import { searchList } from './harness';
import { credentials, sent, simulator, useSimulator } from './helpers';

useSimulator();

const search = async (method: string, filter?: string, baseUrl = simulator.url) =>
	(await searchList(method, { filter, credentials: { ...credentials(), baseUrl } })).results;

const names = async (...args: Parameters<typeof search>) =>
	(await search(...args)).map(({ name }) => name);

describe('searchSegments', () => {
	it('shows all 1,000 segments of an account, sorted by name, with their counts', async () => {
		const segments = simulator.addSegments(1000, (index) => ({
			name: `Segment ${String((index * 7) % 1000).padStart(3, '0')}`,
			contacts_count: index * 1500,
		}));
		const found = await search('searchSegments');

		expect(found).toHaveLength(1000);
		expect(found.slice(0, 2)).toEqual([
			{ name: 'Segment 000 (0 contacts)', value: segments[0].id },
			{ name: 'Segment 001 (214,500 contacts)', value: segments[143].id },
		]);
		expect(found[999].name).toMatch(/^Segment 999 /);
		expect(sent()).toEqual(['GET /v3/marketing/segments/2.0']);
	});

	it.each([
		['Newsletter', 2],
		['newsletter', 2],
		['NEWS', 2],
		['letter – Ber', 1],
		['  berlin ', 1],
		['(100%)', 1],
		['.*', 0],
		['%', 1],
		['Segment', 1000],
		['', 1002],
		['nothing like it', 0],
	])('finds by any part of the name among 1,000: %s', async (filter, count) => {
		simulator.addSegments(1000);
		simulator.addSegment({ name: 'Newsletter – Berlin' });
		simulator.addSegment({ name: 'The newsletter (100%)' });
		expect(await search('searchSegments', filter)).toHaveLength(count);
	});

	it('follows pages', async () => {
		const paged = await startSimulator({ pageSize: 100 });
		paged.addSegments(250, (index) => ({ name: `Number ${index}` }));
		const all = await search('searchSegments', undefined, paged.url);
		const last = await names('searchSegments', 'r 249', paged.url);
		const { length } = paged.log;
		await paged.stop();

		expect(all).toHaveLength(250);
		expect(last).toEqual(['Number 249 (2 contacts)']);
		expect(length).toBe(6);
	});

	it('shows a segment without a count or a name, too', async () => {
		simulator.fault({ body: { results: [{ id: '1', name: 'Bare' }] } });
		expect(await search('searchSegments')).toEqual([{ name: 'Bare', value: '1' }]);
	});

	it.each([
		['revoked', 'SendGrid rejected the API key', 'replace it with a new one'],
		['noMarketing', 'The API key has no access to Marketing segments', 'add the scope'],
	] as const)('says what is wrong with a key that is %s', async (key, message, description) => {
		const values = { ...credentials(), apiKey: simulator.keys[key] };
		await expect(searchList('searchSegments', { credentials: values })).rejects.toMatchObject({
			message,
			description: expect.stringContaining(description),
		});
	});

	it.each(['searchSegments', 'searchLists'])('%s says that nothing was reached', async (method) => {
		await expect(search(method, '', 'http://127.0.0.1:1')).rejects.toMatchObject({
			message: 'SendGrid could not be reached',
			description: expect.stringContaining('Check the connection, and the Base URL'),
		});
	});

	it.each([{}, { results: {} }, { results: [null] }, '<html>'])(
		'takes %j for no list',
		async (body) => {
			simulator.fault({ body });
			await expect(search('searchSegments')).rejects.toThrow("SendGrid's answer could not be read");
		},
	);
});

describe('searchLists', () => {
	it('shows lists by name with their counts', async () => {
		const newsletter = simulator.addList({ name: 'Newsletter', contact_count: 12_345 });
		const buyers = simulator.addList({ name: 'Buyers' });
		expect(await search('searchLists')).toEqual([
			{ name: 'Buyers (0 contacts)', value: buyers.id },
			{ name: 'Newsletter (12,345 contacts)', value: newsletter.id },
		]);
		expect(await names('searchLists', 'LETTER')).toEqual(['Newsletter (12,345 contacts)']);
	});

	it('follows pages', async () => {
		for (let number = 0; number < 2500; number++) simulator.addList({ name: `List ${number}` });
		expect(await search('searchLists')).toHaveLength(2500);
		expect(sent()).toHaveLength(3);
		expect(sent()[0]).toBe('GET /v3/marketing/lists?page_size=1000');
		expect(sent()[2]).toContain('page_token=');
		expect(await names('searchLists', ' list 2499 ')).toEqual(['List 2499 (0 contacts)']);
	});
});

describe('searchTimeZones', () => {
	it('lists the time zone of the workflow, then all others, without any request', async () => {
		const { results } = await searchList('searchTimeZones', {});
		expect(results[0]).toEqual({ name: 'Workflow Time Zone', value: 'DEFAULT' });
		expect(results.length).toBeGreaterThan(400);
		expect(results).toContainEqual({ name: 'Asia/Tokyo (UTC+09:00)', value: 'Asia/Tokyo' });
		expect(sent()).toEqual([]);
	});

	it.each([
		['berlin', 'Europe/Berlin'],
		['new york', 'America/New_York'],
		['+05:30', 'Asia/Kolkata'],
		['utc', 'UTC'],
	])('finds by city or offset: %s', async (filter, zone) => {
		const { results } = await searchList('searchTimeZones', { filter });
		expect(results.map(({ value }) => value)).toContain(zone);
		expect(results.length).toBeLessThan(50);
	});
});
