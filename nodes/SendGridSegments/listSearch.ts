import {
	NodeApiError,
	type IDataObject,
	type ILoadOptionsFunctions,
	type INodeListSearchItems,
	type INodeListSearchResult,
	type JsonObject,
} from 'n8n-workflow';
import { readCredential } from './credential';
import type { SegmentFailure } from './failures';
import { Run } from './run';
import { listList, nameContains, pagesOf, segmentList } from './segments';
import { DEFAULT_TIMEOUT_MS, type ApiRequest } from './send';
import { timeZoneChoices } from './timeZones';

function counted({ id, name }: IDataObject, contacts: unknown): INodeListSearchItems {
	const count =
		typeof contacts === 'number' ? ` (${contacts.toLocaleString('en-US')} contacts)` : '';
	return { name: `${String(name)}${count}`, value: String(id) };
}

/**
 * Reads all pages of a list for a picker. The API cannot search by name, so that is done here.
 *
 * @throws NodeApiError with the words of a failed item, which the picker shows
 */
async function search(
	context: ILoadOptionsFunctions,
	request: ApiRequest,
	key: 'results' | 'result',
	filter: string,
	query: URLSearchParams,
): Promise<IDataObject[]> {
	try {
		const sender = {
			context,
			options: { url: '' },
			credential: await readCredential(context),
			attempt: new Run(0).attempt,
			timeoutMs: DEFAULT_TIMEOUT_MS,
		};
		const found: IDataObject[] = [];
		for await (const page of pagesOf(sender, request, key, query)) {
			found.push(...page.filter((entry) => nameContains(entry, filter)));
		}
		return found.sort((a, b) => String(a.name).localeCompare(String(b.name)));
	} catch (thrown) {
		const { message, description } = thrown as SegmentFailure;
		throw new NodeApiError(context.getNode(), {} as JsonObject, { message, description });
	}
}

/** The account's segments by name, with their numbers of contacts. */
export async function searchSegments(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const segments = await search(this, segmentList, 'results', filter, new URLSearchParams());
	return { results: segments.map((segment) => counted(segment, segment.contacts_count)) };
}

/** The account's contact lists by name, with their numbers of contacts. */
export async function searchLists(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const query = new URLSearchParams({ page_size: '1000' });
	const lists = await search(this, listList, 'result', filter, query);
	return { results: lists.map((list) => counted(list, list.contact_count)) };
}

/** Every time zone with its offset today, found by city or offset, without any request. */
export async function searchTimeZones(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	return { results: timeZoneChoices(filter) };
}
