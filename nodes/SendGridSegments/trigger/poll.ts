import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { ItemError, toItemError, toNodeError } from '../errors';
import { standaloneContext } from '../transport/apiRequest';
import { readCredential, type Credential } from '../transport/credential';
import { readAll } from '../transport/paginate';
import { listSegments, type Segment } from '../transport/segments';
import { getOrAdd } from '../utils';
import { toCount, toEventItem } from './events';
import { toFailure, OutOfTimeError } from './failure';
import { segmentsField } from './fields';
import { TriggerMemory } from './memory';
import { parseSettings, type TriggerSettings } from './settings';

/** How long a poll may take if n8n does not say. */
const DEFAULT_BUDGET_MS = 5 * 60_000;

/** n8n gives up on a poll that takes longer than this. Versions before 2 do not have it. */
type PollFunctions = IPollFunctions & { getPollBudgetMs?: () => number };

interface Trigger {
	memory: TriggerMemory;
	/** Which registration has started to poll last. */
	latestRegistration: number;
}

/** By workflow and node name: node IDs can be missing, or occur twice in a workflow. */
const triggers = new Map<string, Trigger>();

function triggerOf(functions: IPollFunctions): Trigger {
	const key = JSON.stringify([functions.getWorkflow().id, functions.getNode().name]);
	return getOrAdd(triggers, key, () => ({ memory: new TriggerMemory(), latestRegistration: 0 }));
}

/**
 * n8n registers a trigger at each activation, start and update, and hands the same functions to all
 * polls of a registration. An earlier one can be polled after a later one; its items go nowhere.
 */
interface Registration {
	number: number;
	hasBaseline?: boolean;
	isPolling?: boolean;
}

const registrations = new WeakMap<IPollFunctions, Registration>();

let registrationCount = 0;

function registrationOf(functions: IPollFunctions): Registration {
	return getOrAdd(registrations, functions, () => ({ number: ++registrationCount }));
}

/** Tells accounts apart. Short enough to say nothing about the key. */
function accountFingerprint({ baseUrl, apiKey }: Credential): string {
	let hash = 0x811c9dc5;
	for (const character of `${baseUrl}\n${apiKey}`) {
		hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
	}
	return (hash >>> 0).toString(16);
}

/** Reads all pages or none: a segment on a page that could not be read must not look deleted. */
async function readSegments(functions: PollFunctions, credential: Credential): Promise<Segment[]> {
	const budgetMs = functions.getPollBudgetMs?.() ?? DEFAULT_BUDGET_MS;
	return await readAll(listSegments(standaloneContext(functions, credential, budgetMs)));
}

/** What "Fetch Test Event" shows: a real segment, as if the first of the chosen events had occurred. */
function sampleItem(segments: Segment[], { events, segmentIds }: TriggerSettings, now: number) {
	const segment =
		segmentIds.length === 0 ? segments[0] : segments.find(({ id }) => segmentIds.includes(id));
	if (!segment) {
		throw new ItemError(
			segmentIds.length === 0
				? 'The account has no segments'
				: `None of the segments in '${segmentsField.displayName}' exists`,
			'Create a segment in SendGrid, or choose another one, to see a test event.',
		);
	}
	const { id, name, sample_updated_at } = segment;
	const [event] = events;
	const seen = event === 'deleted' ? { id, name, sample_updated_at } : segment;
	return toEventItem(event, seen, toCount(segment) ?? null, now);
}

async function pollOnce(functions: PollFunctions): Promise<IDataObject[]> {
	const isTest = functions.getMode() === 'manual';
	const trigger = triggerOf(functions);
	const registration = registrationOf(functions);
	if (!isTest) {
		// What this poll would find, the one in progress or the next one does.
		if (registration.number < trigger.latestRegistration || registration.isPolling) return [];
		trigger.latestRegistration = registration.number;
		registration.isPolling = true;
	}
	try {
		const credential = await readCredential(functions);
		const settings = parseSettings(functions);
		const segments = await readSegments(functions, credential);
		const now = Math.floor(Date.now() / 1000);
		if (isTest) return [sampleItem(segments, settings, now)];
		if (registration.number < trigger.latestRegistration) return [];

		const data = functions.getWorkflowStaticData('node');
		const isFirst = functions.getActivationMode() === 'activate' && !registration.hasBaseline;
		const snapshot = { segments, account: accountFingerprint(credential), now };
		const { items, state } = trigger.memory.compare(data.state, isFirst, snapshot, settings);
		data.state = state as unknown as IDataObject;
		registration.hasBaseline = true;
		return items;
	} finally {
		if (!isTest) registration.isPolling = false;
	}
}

/**
 * Reads the account's segments in one request (or as many as there are pages) and reports what has
 * happened to them since it was last reported. A poll that fails changes no state.
 *
 * @returns `null` if nothing has happened: no workflow starts
 * @throws NodeApiError for what SendGrid refused, NodeOperationError for what the user can correct
 */
export async function pollSegments(
	functions: IPollFunctions,
): Promise<INodeExecutionData[][] | null> {
	try {
		const items = await pollOnce(functions);
		return items.length > 0 ? [items.map((json) => ({ json }))] : null;
	} catch (thrown) {
		const isOutOfTime = thrown instanceof DOMException && thrown.name === 'TimeoutError';
		const error = isOutOfTime ? new OutOfTimeError() : toItemError(thrown);
		throw Object.assign(toNodeError(functions.getNode(), error), toFailure(error));
	}
}
