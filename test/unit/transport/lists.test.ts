import type { IDataObject } from 'n8n-workflow';
import { listContactLists } from '../../../nodes/SendGridSegments/transport/lists';
import { listSegments } from '../../../nodes/SendGridSegments/transport/segments';
import { searchScheduledSingleSends } from '../../../nodes/SendGridSegments/transport/singleSends';
import type { RequestContext } from '../../../nodes/SendGridSegments/transport/apiRequest';
import { fakeContext, rawResponse } from '../fakes';

type List = (context: RequestContext) => AsyncGenerator<IDataObject[]>;

const lists: Array<[string, List, string]> = [
	['segments', listSegments, 'results'],
	['contact lists', listContactLists, 'result'],
	['scheduled Single Sends', searchScheduledSingleSends, 'result'],
];

/** Reads the list to its end; each page is a body. */
async function read(list: List, pages: unknown[]) {
	const urls: string[] = [];
	const { context } = fakeContext(({ url }) => {
		urls.push(url);
		return rawResponse(200, pages[urls.length - 1]);
	});
	const found: IDataObject[] = [];
	for await (const page of list(context)) found.push(...page);
	return { found, urls };
}

describe.each(lists)('the list of %s', (_, list, key) => {
	const page = (ids: string[], next?: unknown) => ({
		[key]: ids.map((id) => ({ id })),
		_metadata: { next },
	});

	it('is read page by page, by the query of the next page alone', async () => {
		const { found, urls } = await read(list, [
			page(['1', '2'], 'https://api.sendgrid.com/v3/marketing/x?page_token=b'),
			page(['3'], '/v3/elsewhere?page_token=c'),
			page(['4'], 'https://example.com/?page_token=d'),
			page([]),
		]);
		expect(found.map(({ id }) => id)).toEqual(['1', '2', '3', '4']);
		const path = urls[0].split('?')[0];
		expect(urls.slice(1)).toEqual(['b', 'c', 'd'].map((token) => `${path}?page_token=${token}`));
	});

	it.each<[string, unknown]>([
		['null', { [key]: null }],
		['null next to metadata', { [key]: null, _metadata: {} }],
		['left out next to metadata', { _metadata: {} }],
	])('is empty if it is %s', async (__, body) => {
		expect((await read(list, [body])).found).toEqual([]);
	});

	it.each([undefined, null, ''])('ends at the next page %j', async (next) => {
		expect((await read(list, [page(['1'], next)])).found).toEqual([{ id: '1' }]);
	});

	it.each([7, true, {}, [], 'https://api.sendgrid.com/x', '/x', 'page2', 'https://', ['/x?a=b']])(
		'is not read to its end if the next page is %j',
		async (next) => {
			await expect(read(list, [page(['1'], next)])).rejects.toMatchObject({
				name: 'SendGridApiError',
				message: "SendGrid's list could not be read completely",
				description: expect.stringContaining('Nothing was changed.'),
			});
		},
	);

	it('has no end if a page leads back to an earlier one, or always to another', async () => {
		const back = [page(['1'], '/x?a=1'), page(['2'], '/x?a=2'), page(['3'], '/x?a=1')];
		await expect(read(list, back)).rejects.toMatchObject({
			description: expect.stringContaining('A page leads back to an earlier one.'),
		});
		const endless = Array.from({ length: 1_100 }, (__, index) => page([], `/x?a=${index}`));
		await expect(read(list, endless)).rejects.toMatchObject({
			description: expect.stringContaining('It has more than 1000 pages.'),
		});
	});

	it.each<unknown>([
		{},
		{ error: 'x' },
		{ [key]: {} },
		{ [key]: 'x' },
		{ [key]: [null] },
		{ [key]: ['x'] },
		[],
		'<html></html>',
	])('cannot be read from %j', async (body) => {
		await expect(read(list, [body])).rejects.toMatchObject({ name: 'SendGridApiError' });
	});
});
