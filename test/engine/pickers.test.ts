import { loadOptions, searchList } from './harness';
import { credentials, sent, simulator, useSimulator } from './helpers';

useSimulator();

const search = async (method: string, filter?: string) =>
	(await searchList(method, { filter, credentials: credentials() })).results;

const names = async (...args: Parameters<typeof search>) =>
	(await search(...args)).map(({ name }) => name);

describe('searchSegments', () => {
	it('shows all 200 segments of an account, in natural order, each with its address', async () => {
		const segments = simulator.addSegments(200, (index) => ({
			name: `Segment ${(index * 7) % 200}`,
			contacts_count: index * 1500,
		}));
		const found = await search('searchSegments');

		expect(found).toHaveLength(200);
		expect(found.slice(0, 2)).toEqual([
			{
				name: 'Segment 0',
				value: segments[0].id,
				url: `https://mc.sendgrid.com/segments/${segments[0].id}`,
				description: '0 contacts',
			},
			expect.objectContaining({ name: 'Segment 1', description: '214,500 contacts' }),
		]);
		expect(found[199].name).toBe('Segment 199');
		expect(sent()).toEqual(['GET /v3/marketing/segments/2.0']);
	});

	it('tells segments of one name apart by what is known of them', async () => {
		simulator.addSegment({ name: 'Twin', contacts_count: 1 });
		simulator.addSegment({
			name: 'Twin',
			contacts_count: 2000,
			refreshes_used: 1,
			status: { query_validation: 'INVALID' },
		});
		simulator.addSegment({ name: 'Single' });
		expect((await names('searchSegments')).sort()).toEqual([
			'Single',
			'Twin (1 contact)',
			'Twin (2,000 contacts, 1 of 2 refreshes used today, invalid query)',
		]);
	});

	it('shows a segment without a count, too', async () => {
		simulator.fault({ body: { results: [{ id: '1', name: 'Bare' }] } });
		expect(await search('searchSegments')).toMatchObject([{ name: 'Bare', value: '1' }]);
	});

	it('says what is wrong with a key that is revoked', async () => {
		const values = { ...credentials(), apiKey: simulator.keys.revoked };
		const searching = searchList('searchSegments', { credentials: values });
		await expect(searching).rejects.toThrow('SendGrid rejected the API key');
	});
});

describe('searchLists', () => {
	it('shows lists by name', async () => {
		const newsletter = simulator.addList({ name: 'Newsletter', contact_count: 12_345 });
		const buyers = simulator.addList({ name: 'Buyers' });
		expect(await search('searchLists')).toEqual([
			{ name: 'Buyers', value: buyers.id },
			{ name: 'Newsletter', value: newsletter.id },
		]);
		expect(await names('searchLists', 'LETTER')).toEqual(['Newsletter']);
	});
});

describe('getParentLists', () => {
	it('shows the lists by name, with their counts where names are equal', async () => {
		simulator.addList({ name: 'Same', contact_count: 1 });
		simulator.addList({ name: 'Same', contact_count: 2 });
		simulator.addList({ name: 'Other' });
		const options = await loadOptions('getParentLists', credentials());
		expect(options.map(({ name }) => name).sort()).toEqual([
			'Other',
			'Same (1 contact)',
			'Same (2 contacts)',
		]);
	});
});

describe('getTimeZones', () => {
	it('lists the time zone of the workflow, then all others, without any request', async () => {
		const options = await loadOptions('getTimeZones');
		expect(options[0]).toEqual({
			name: expect.stringMatching(/^Workflow Time Zone/),
			value: 'DEFAULT',
		});
		expect(options.length).toBeGreaterThan(400);
		expect(options).toContainEqual({
			name: expect.stringContaining('Asia/Tokyo · Japan Time, JST (UTC+09:00)'),
			value: 'Asia/Tokyo',
		});
		expect(sent()).toEqual([]);
	});
});
