import {
	type IDataObject,
	type ILoadOptionsFunctions,
	type INodeListSearchItems,
	type INodeListSearchResult,
	type INodePropertyOptions,
} from 'n8n-workflow';
import { toItemError, toNodeError } from './errors';
import { segmentUrl } from './parameters/segment';
import { timeZoneOptions } from './timeZones/timeZoneOptions';
import { standaloneContext, type RequestContext } from './transport/apiRequest';
import { readCredential } from './transport/credential';
import { listContactLists } from './transport/lists';
import { readAll } from './transport/paginate';
import { listSegments, type Segment } from './transport/segments';
import { isObject, nameContains } from './utils';

/** A person waits for the list. */
const TIMEOUT_MS = 15_000;

/**
 * Reads all pages of a list for a picker. The API cannot search by name, so that is done here.
 *
 * @throws NodeApiError with the message that a failed item would have; the picker shows it
 */
async function readForPicker<Entry extends IDataObject>(
	functions: ILoadOptionsFunctions,
	filter: string,
	read: (context: RequestContext) => AsyncGenerator<Entry[]>,
): Promise<Entry[]> {
	try {
		const credential = await readCredential(functions);
		const context = { ...standaloneContext(functions, credential), timeoutMs: TIMEOUT_MS };
		const entries = await readAll(read(context));
		const byName = new Intl.Collator('en-US', { numeric: true });
		return entries
			.filter((entry) => nameContains(entry, filter))
			.sort((a, b) => byName.compare(String(a.name), String(b.name)));
	} catch (thrown) {
		throw toNodeError(functions.getNode(), toItemError(thrown));
	}
}

function describeCount(count: unknown): string[] {
	if (typeof count !== 'number') return [];
	return [`${count.toLocaleString('en-US')} ${count === 1 ? 'contact' : 'contacts'}`];
}

function describeSegment(segment: Segment): string {
	const { refreshes_used: used, max_refreshes: max, status } = segment;
	const parts = describeCount(segment.contacts_count);
	if (typeof used === 'number' && typeof max === 'number') {
		parts.push(`${used} of ${max} refreshes used today`);
	}
	if (isObject(status) && status.query_validation === 'INVALID') parts.push('invalid query');
	return parts.join(', ');
}

/** The names that occur more than once in a list. */
function repeatedNames(entries: IDataObject[]): Set<unknown> {
	const seen = new Set<unknown>();
	return new Set(
		entries.map(({ name }) => name).filter((name) => seen.size === seen.add(name).size),
	);
}

/**
 * The account's segments by name. What n8n saves with the workflow is the name, so the counts, which
 * go stale, are in it only if names are equal; otherwise they are the entry's description.
 */
export async function searchSegments(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const segments = await readForPicker(this, filter, listSegments);
	const repeated = repeatedNames(segments);
	const results = segments.map((segment): INodeListSearchItems => {
		const description = describeSegment(segment);
		const suffix = repeated.has(segment.name) && description ? ` (${description})` : '';
		return {
			name: `${String(segment.name)}${suffix}`,
			value: segment.id,
			url: segmentUrl(segment.id),
			description,
		};
	});
	return { results };
}

/** The same, for a drop-down. */
export async function getSegments(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const { results } = await searchSegments.call(this);
	return results.map(({ name, value, description }) => ({ name, value, description }));
}

/** The account's contact lists by name, with contact counts. */
export async function searchLists(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const lists = await readForPicker(this, filter, listContactLists);
	return { results: toListOptions(lists) };
}

/** The same, for a drop-down. */
export async function getParentLists(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return toListOptions(await readForPicker(this, '', listContactLists));
}

function toListOptions(lists: IDataObject[]): Array<{ name: string; value: string }> {
	const repeated = repeatedNames(lists);
	return lists.map(({ id, name, contact_count: count }) => {
		const [contacts] = describeCount(count);
		const suffix = repeated.has(name) && contacts ? ` (${contacts})` : '';
		return { name: `${String(name)}${suffix}`, value: String(id) };
	});
}

/** Every time zone with its offset today, without any request. */
export async function getTimeZones(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return timeZoneOptions(this.getTimezone());
}
