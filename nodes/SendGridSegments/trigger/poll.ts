import {
	NodeApiError,
	type IDataObject,
	type INodeExecutionData,
	type IPollFunctions,
	type JsonObject,
} from 'n8n-workflow';
import { InvalidParameterError, ItemError, toItemError } from '../errors';
import { isNothing, parseIds, parseNumber } from '../parameters/values';
import { DEFAULT_TIMEOUT_MS, RateLimits } from '../transport/apiRequest';
import { readCredential, type Credential } from '../transport/credential';
import { listSegments, type Segment } from '../transport/segments';
import { isObject } from '../utils';
import { EVENTS, toEventItem, type SegmentEvent } from './events';
import { LABELS } from './fields';
import { detectEvents, parseState, type TriggerSettings } from './state';

/** How long a poll may take where n8n does not say. */
const DEFAULT_BUDGET_MS = 5 * 60_000;

const OUT_OF_TIME = new ItemError(
	'SendGrid did not return the segments in time',
	'The next poll tries again, and reports what has changed by then.',
);

/** n8n gives up on a poll that takes longer than this. Versions before 2 do not have it. */
type PollFunctions = IPollFunctions & { getPollBudgetMs?: () => number };

/** By workflow and node. Polls may overlap, and n8n 1 lets those of an earlier activation end. */
const pollsInProgress = new Map<string, IPollFunctions>();

/** n8n hands the same functions to all polls of an activation. */
const withBaseline = new WeakSet<IPollFunctions>();

function parseEvents(value: unknown): SegmentEvent[] {
	const values: unknown[] = [value ?? []].flat();
	const events = EVENTS.filter((event) => values.includes(event));
	if (events.length > 0 && values.every((event) => EVENTS.includes(event as SegmentEvent))) {
		return events;
	}
	throw new InvalidParameterError(
		events.length > 0 ? `'${LABELS.events}' has an unknown value` : `'${LABELS.events}' is empty`,
		`Choose at least one event. The values are ${EVENTS.join(', ')}.`,
	);
}

/** Tells keys and hosts apart. Short enough to say nothing about the key. */
function accountMark({ baseUrl, apiKey }: Credential): string {
	let hash = 0x811c9dc5;
	for (const character of `${baseUrl}\n${apiKey}`) {
		hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
	}
	return (hash >>> 0).toString(16);
}

function parseSettings(
	getParameter: (name: string, fallback?: unknown) => unknown,
	credential: Credential,
): TriggerSettings {
	const options = getParameter('options', {});
	const { minChange, minChangePercent } = isObject(options) ? options : {};
	const segments = getParameter('segments', []);
	return {
		events: parseEvents(getParameter('events', [])),
		segmentIds: isNothing(segments) ? [] : parseIds(segments, LABELS.segments).sort(),
		minChange: parseNumber(minChange ?? 1, LABELS.minChange, { min: 1 }),
		minChangePercent: parseNumber(minChangePercent ?? 0, LABELS.minChangePercent, { min: 0 }),
		account: accountMark(credential),
	};
}

/** Reads all pages or none: a segment on a page that could not be read must not look deleted. */
async function readSegments(functions: PollFunctions, credential: Credential): Promise<Segment[]> {
	const budgetMs = functions.getPollBudgetMs?.() ?? DEFAULT_BUDGET_MS;
	const pages = listSegments({
		functions,
		options: { url: '' },
		credential,
		rateLimits: new RateLimits(),
		signal: AbortSignal.timeout(budgetMs),
		timeoutMs: Math.min(DEFAULT_TIMEOUT_MS, budgetMs),
	});
	const found: Segment[] = [];
	for await (const page of pages) found.push(...page);
	return found;
}

/** What "Fetch Test Event" shows: a real segment, as if the first of the chosen events had occurred. */
function sampleItem(segments: Segment[], { events, segmentIds }: TriggerSettings, now: number) {
	const segment =
		segmentIds.length === 0 ? segments[0] : segments.find(({ id }) => segmentIds.includes(id));
	if (!segment) {
		throw new ItemError(
			segmentIds.length === 0
				? 'The account has no segments'
				: `None of the segments in '${LABELS.segments}' exists`,
			'Create a segment in SendGrid, or choose another one, to see a test event.',
		);
	}
	const { id, name, sample_updated_at, contacts_count: count } = segment;
	const [event] = events;
	const seen = event === 'deleted' ? { id, name, sample_updated_at } : segment;
	return toEventItem(event, seen, typeof count === 'number' ? count : null, now);
}

async function pollOnce(functions: PollFunctions): Promise<IDataObject[]> {
	const credential = await readCredential(functions);
	const settings = parseSettings(
		(name, fallback) => functions.getNodeParameter(name, fallback),
		credential,
	);
	const isTest = functions.getMode() === 'manual';
	const key = `${functions.getWorkflow().id} ${functions.getNode().id}`;
	if (!isTest) {
		// What this poll would find, the one in progress or the next one does.
		if (pollsInProgress.get(key) === functions) return [];
		pollsInProgress.set(key, functions);
	}
	try {
		const segments = await readSegments(functions, credential);
		const now = Math.floor(Date.now() / 1000);
		if (isTest) return [sampleItem(segments, settings, now)];
		// A later activation has read the segments since, and reports what has changed.
		if (pollsInProgress.get(key) !== functions) return [];

		const data = functions.getWorkflowStaticData('node');
		const isFirst = functions.getActivationMode() === 'activate' && !withBaseline.has(functions);
		const previous = isFirst ? undefined : parseState(data.state);
		const { items, state } = detectEvents(previous, segments, settings, now);
		data.state = state as unknown as IDataObject;
		withBaseline.add(functions);
		return items;
	} finally {
		if (pollsInProgress.get(key) === functions) pollsInProgress.delete(key);
	}
}

/**
 * Reads the account's segments in one request (or as many as there are pages) and reports what has
 * happened to them since it was last reported. A poll that fails changes no state.
 *
 * @returns `null` where nothing has happened: no workflow starts
 * @throws NodeApiError with the words of a failed item
 */
export async function pollSegments(
	functions: IPollFunctions,
): Promise<INodeExecutionData[][] | null> {
	try {
		const items = await pollOnce(functions);
		return items.length > 0 ? [items.map((json) => ({ json }))] : null;
	} catch (thrown) {
		const isOutOfTime = thrown instanceof DOMException && thrown.name === 'TimeoutError';
		const { message, description, details } = isOutOfTime ? OUT_OF_TIME : toItemError(thrown);
		throw new NodeApiError(functions.getNode(), { ...details } as JsonObject, {
			message,
			description,
			httpCode: details.http_status?.toString(),
		});
	}
}
