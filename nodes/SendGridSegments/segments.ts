import type { IDataObject } from 'n8n-workflow';
import { SegmentFailure } from './failures';
import { ask, isSuccess, send, type ApiRequest, type Sender } from './send';

export const SEGMENTS_URL = '/v3/marketing/segments/2.0';

export const SEGMENT_URL = `${SEGMENTS_URL}/{segment_id}`;

/**
 * A segment as SendGrid gives it: `id`, `name`, `query_dsl`, `contacts_count` and more.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/get-segment-by-id
 */
export type Segment = IDataObject & { id: string };

export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isSegment(body: unknown): body is Segment {
	return isObject(body) && typeof body.id === 'string' && body.id !== '';
}

export const segmentRead: ApiRequest = {
	method: 'GET',
	url: SEGMENT_URL,
	success: [200],
	answers: isSegment,
	repeat: 'always',
};

/** Reads one segment; the contacts sample, which may be long, only if it is asked for. */
export async function readSegment(
	sender: Sender,
	segmentId: string,
	withContactsSample = false,
): Promise<Segment> {
	const query = new URLSearchParams({ contacts_sample: String(withContactsSample) });
	return await ask<Segment>(sender, segmentRead, { segmentId, query });
}

/** Reads one segment with a single try; `undefined` where that fails. */
export async function glanceAtSegment(
	sender: Sender,
	segmentId: string,
	timeoutMs?: number,
): Promise<Segment | undefined> {
	const query = new URLSearchParams({ contacts_sample: 'false' });
	const request: ApiRequest = { ...segmentRead, repeat: 'never' };
	const reply = await send(sender, request, { segmentId, query, timeoutMs });
	return isSuccess(request, reply) ? (reply.body as Segment) : undefined;
}

export function withoutContactsSample(segment: Segment): Segment {
	const rest = { ...segment };
	delete rest.contacts_sample;
	return rest;
}

/** Enough for Create Segment to bring the segment back. */
export function definitionOf({ id, name, query_dsl, parent_list_ids, contacts_count }: Segment) {
	if (typeof name !== 'string' || typeof query_dsl !== 'string') {
		throw new SegmentFailure(
			"SendGrid's answer could not be read",
			'It lacks the name or the query of the segment. Nothing was deleted.',
			{ segment_id: id },
		);
	}
	return {
		id,
		name,
		query_dsl,
		parent_list_ids: parent_list_ids ?? [],
		contacts_count: contacts_count ?? null,
	};
}

const MAX_PAGES = 1000;

/**
 * Reads a list page by page, as far as `_metadata.next` leads. Only the query of that address is
 * used: a page can lead nowhere but to the same list.
 *
 * @param key the property that holds a page's entries
 * @param query of the first page
 */
export async function* pagesOf(
	sender: Sender,
	request: ApiRequest,
	key: 'results' | 'result',
	query: URLSearchParams,
): AsyncGenerator<IDataObject[]> {
	const seen = new Set<string>();
	let next: URLSearchParams | undefined = query;
	while (next && !seen.has(next.toString()) && seen.size < MAX_PAGES) {
		seen.add(next.toString());
		const page: IDataObject = await ask<IDataObject>(sender, request, { query: next });
		yield page[key] as IDataObject[];
		next = nextQuery(page);
	}
}

function nextQuery({ _metadata: metadata }: IDataObject): URLSearchParams | undefined {
	const next = isObject(metadata) ? metadata.next : undefined;
	if (typeof next !== 'string' || next === '') return undefined;
	const base = 'https://api.sendgrid.com';
	return URL.canParse(next, base) ? new URL(next, base).searchParams : undefined;
}

/**
 * `ids`, repeated, makes SendGrid ignore the other filters; `parent_list_ids` is one comma-separated
 * text.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/get-list-of-segments
 */
export const segmentList: ApiRequest = {
	method: 'GET',
	url: SEGMENTS_URL,
	success: [200],
	answers: (body) => isObject(body) && Array.isArray(body.results) && body.results.every(isSegment),
	repeat: 'always',
};

/** @see https://www.twilio.com/docs/sendgrid/api-reference/lists/get-all-lists */
export const listList: ApiRequest = {
	method: 'GET',
	url: '/v3/marketing/lists',
	success: [200],
	answers: (body) => isObject(body) && Array.isArray(body.result) && body.result.every(isObject),
	repeat: 'always',
};

/** Whether a name holds the text, in any letter case. */
export function nameContains({ name }: IDataObject, text: string): boolean {
	return String(name ?? '')
		.toLowerCase()
		.includes(text.trim().toLowerCase());
}
