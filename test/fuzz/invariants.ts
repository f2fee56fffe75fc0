import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { LoggedRequest } from '../../simulator';
import { isEngine2 } from '../engine/n8n';
import { hasBreakableExpression, type Played, type PlayedAccount } from './play';
import {
	EXISTING_SEGMENTS,
	fieldKey,
	isNothing,
	type Item,
	operations,
	type Scenario,
	segmentIdOf,
} from './scenario';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const SEGMENTS = '/v3/marketing/segments/2\\.0';
const CONTACTS = '/v3/marketing/contacts';
const SINGLE_SENDS = '/v3/marketing/singlesends';

const LIST = [`^GET ${SEGMENTS}(\\?[^/]*)?$`];
const READ = `^GET ${SEGMENTS}/${UUID}\\?contacts_sample=(true|false)$`;
const IMPORT = `^GET ${CONTACTS}/imports/${UUID}$`;
const EXPORT = [`^POST ${CONTACTS}/exports$`, `^GET ${CONTACTS}/exports/${UUID}$`, READ, IMPORT];

/** The requests that each operation may send, besides the list of segments for a name. */
const ALLOWED: Record<string, string[]> = {
	'segment get': [READ],
	'segment delete': [
		READ,
		`^DELETE ${SEGMENTS}/${UUID}$`,
		`^POST ${SINGLE_SENDS}/search\\?page_size=\\d+$`,
		`^GET ${SINGLE_SENDS}/${UUID}$`,
	],
	'segment refresh': [READ, IMPORT, `^POST ${SEGMENTS}/refresh/${UUID}$`],
	'segment create': [`^POST ${SEGMENTS}$`, READ],
	'segment upsert': [`^POST ${SEGMENTS}$`, READ, `^PATCH ${SEGMENTS}/${UUID}$`],
	'segment update': [READ, `^PATCH ${SEGMENTS}/${UUID}$`],
	'segment getAll': [],
	'contact getAll': EXPORT,
	'contact export': EXPORT,
	'contact check': [READ, `^POST ${CONTACTS}/search/emails$`],
};

/** Operations whose items may have no output, or many. */
const MANY = ['segment getAll', 'contact getAll', 'contact export'];

const CHANGES = /^(POST (.*\/segments\/2\.0)(\/refresh\/.*)?|PATCH .*|DELETE .*)$/;

const describeRequest = ({ method, path }: LoggedRequest) => `${method} ${path}`;

/** Whether the response says that the request was definitely not processed. */
const wasRefused = ({ status }: LoggedRequest) =>
	status !== undefined && status >= 300 && status < 500 && status !== 408;

const titleOf = ({ resource, operation }: Scenario) => `${resource} ${operation}`;

/** The item's values, as the parameters give them; `undefined` for a field that is absent. */
function valuesOf({ resource, operation, forms, fixed }: Scenario, item: Item) {
	const values: Record<string, unknown> = {};
	for (const field of operations[`${resource} ${operation}`]) {
		const key = fieldKey(field);
		if (forms[key] === 'fixed') values[key] = fixed[key];
		else if (forms[key] === 'expression') values[key] = item.fields[key];
	}
	return values;
}

/** The segment that an item names; `undefined` if it is none, or nobody can tell. */
function segmentOf(scenario: Scenario, item: Item): string | undefined {
	const { segmentMode } = scenario;
	if (segmentMode === 'name') {
		const number = /^Segment (\d)$/.exec(String(item.fields.segmentName))?.[1];
		return Number(number) < EXISTING_SEGMENTS ? segmentIdOf(Number(number)) : undefined;
	}
	const { segmentId } = valuesOf(scenario, item);
	const text = String(segmentId).toLowerCase().replace(/[\s"]/g, '');
	// A URL may have more than the ID, but no other ID.
	const parts = segmentMode === 'url' ? text.split(/[/?#&=]/) : [text];
	const ids = new Set(parts.filter((part) => new RegExp(`^${UUID}$`).test(part)));
	return ids.size === 1 ? [...ids][0] : undefined;
}

/** The fields that are there, and whose expression finds nothing. */
function emptyFields(scenario: Scenario, item: Item): string[] {
	const { forms, segmentMode } = scenario;
	const values = valuesOf(scenario, item);
	return Object.keys(values).filter((key) => {
		if (forms[key] !== 'expression' || !isNothing(values[key])) return false;
		if (key === 'segmentId' && segmentMode === 'name') return false;
		// Blank text is how an agent says "all".
		if (key === 'filters.nameContains') return typeof values[key] !== 'string';
		if (key === 'limit') return isLimitShown(scenario, values);
		return true;
	});
}

const isOn = (value: unknown) => value === true || value === 'true';

/** n8n drops a Limit that it does not show; if Return All is a fixed text, it shows none. */
const isLimitShown = ({ forms }: Scenario, { returnAll }: Record<string, unknown>) =>
	!isOn(returnAll) && (forms.returnAll === 'expression' || typeof returnAll !== 'string');

function limitOf(scenario: Scenario, values: Record<string, unknown>): number {
	if (isOn(values.returnAll)) return Infinity;
	return Number((isLimitShown(scenario, values) ? values.limit : undefined) ?? 50);
}

interface Checked extends Played {
	items: Item[];
	ends: INodeExecutionData[];
	isCanceled: boolean;
	/** The engine has failed the node before it was asked. */
	isGivenUp: boolean;
	keyOf(item: Item): string;
	accountOf(item: Item): PlayedAccount;
}

type Invariant = (played: Checked) => string[];

const itemOf = ({ pairedItem }: INodeExecutionData) =>
	(pairedItem as { item?: number })?.item ?? -1;

const outputsOf = ({ ends }: Checked) => ends.filter(({ json }) => !json.error);

const whoAsks = (checked: Checked, account: PlayedAccount, request: LoggedRequest) =>
	checked.items.filter(
		(item) =>
			checked.accountOf(item) === account &&
			request.headers.authorization === `Bearer ${checked.keyOf(item)}`,
	);

const requestsOf = ({ accounts }: Played) =>
	accounts.flatMap((account) =>
		account.simulator.log.map((request, index) => ({ account, request, index })),
	);

const segmentIn = ({ pathname }: LoggedRequest) =>
	new RegExp(`/segments/2\\.0/(?:refresh/)?(${UUID})`).exec(pathname)?.[1];

/** Every item has one end, or where it may have several, they are its own. */
const endsOfItems: Invariant = (checked) => {
	const { scenario, items, ends, run, isCanceled, isGivenUp } = checked;
	const found: string[] = [];
	const isMany = MANY.includes(titleOf(scenario));
	const failed = ends.filter(({ json }) => json.error).map(itemOf);
	const succeeded = outputsOf(checked).map(itemOf);
	const all = [...failed, ...succeeded];
	for (const item of new Set(all)) {
		if (!Number.isInteger(item) || item < 0 || item >= items.length) {
			found.push(`an end is paired with item ${item}, which does not exist`);
		}
	}
	if (failed.some((item) => succeeded.includes(item))) {
		found.push('an item has both a failure and an output');
	}
	if (new Set(failed).size < failed.length) found.push('an item has two failures');
	if (!isMany && new Set(succeeded).size < succeeded.length) {
		found.push('an item has two outputs');
	}
	if (isCanceled || isGivenUp) return found;
	if (scenario.onError === 'stopWorkflow') {
		if (run.error ? ends.length > 0 : run.status !== 'success') {
			found.push(`the run ended as ${run.status} with ${ends.length} outputs`);
		}
		if (run.error) return found;
	} else if (run.error) {
		return [...found, `the run failed: ${run.error.message}`];
	}
	if (!isMany && ends.length !== items.length) {
		found.push(`${items.length} items have ${ends.length} ends`);
	}
	return found;
};

const formOfFailures: Invariant = ({ ends, scenario }) =>
	ends.flatMap(({ json }) => {
		if (!json.error) return [];
		const { message, description } = json.error as IDataObject;
		const isOwn = typeof message === 'string' && typeof description === 'string';
		const hasMore = scenario.onError === 'continueRegularOutput' && Object.keys(json).length > 1;
		return (isOwn && !hasMore) || isFromEngine(json)
			? []
			: [`a failure is ${JSON.stringify(json)}`];
	});

/** What the engine itself says of an expression that it could not evaluate. */
const isFromEngine = (json: IDataObject) =>
	typeof json.error === 'string' || /Nowhere|referenced node/i.test(JSON.stringify(json.error));

/** Whether a fault may have made a success of what the server refused. */
const refusesNothing = ({ faults }: Scenario) => faults.some(({ fault }) => fault.status === 200);

/** A key that is nothing is never sent. */
const refusedKeys = (scenario: Scenario) =>
	refusesNothing(scenario) ? ['nothing'] : ['nothing', 'revoked', 'blockedIp', 'noMarketing'];

/** An item without a value that it needs never succeeds. */
const nothingByAccident: Invariant = (checked) => {
	const { scenario, items } = checked;
	const found: string[] = [];
	for (const end of outputsOf(checked)) {
		const item = items[itemOf(end)];
		if (!item) continue;
		const empty = emptyFields(scenario, item);
		const why = [
			...empty.map((key) => `its ${key} is nothing`),
			...(scenario.unknownOption === undefined
				? []
				: [`there is no option ${scenario.unknownOption}`]),
			...(item.isBroken && hasBreakableExpression(scenario) ? ['an expression is broken'] : []),
			...(refusedKeys(scenario).includes(keyNameOf(checked, item))
				? [`its key is ${keyNameOf(checked, item)}`]
				: []),
		];
		if (why.length > 0) {
			found.push(
				`item ${itemOf(end)} succeeded, although ${why.join(', ')}: ${JSON.stringify(end.json)}`,
			);
		}
	}
	return found;
};

const keyNameOf = ({ scenario: { credentialForm, items } }: Played, item: Item) =>
	(credentialForm === 'plain' ? items[0] : item).key;

/** Under Stop Workflow, an item that cannot be used keeps all others from being changed. */
const nothingChangedBeforeRefusal: Invariant = (checked) => {
	const { scenario, items } = checked;
	if (scenario.onError !== 'stopWorkflow') return [];
	const isRefused = items.some(
		(item) =>
			emptyFields(scenario, item).length > 0 ||
			(item.isBroken && hasBreakableExpression(scenario)) ||
			scenario.unknownOption !== undefined ||
			keyNameOf(checked, item) === 'nothing',
	);
	if (!isRefused) return [];
	return requestsOf(checked)
		.map(({ request }) => describeRequest(request))
		.filter((request) => CHANGES.test(request))
		.map((request) => `an item is refused, but ${request} was sent`);
};

/** Only requests that the operation needs, with the key of an item that asks for it. */
const requestsAreOwn: Invariant = (checked) => {
	const { scenario } = checked;
	const allowed = [
		...(ALLOWED[titleOf(scenario)] ?? []),
		...(scenario.segmentMode === 'name' || /getAll|upsert|create|update/.test(scenario.operation)
			? LIST
			: []),
	].map((pattern) => new RegExp(pattern));
	const found: string[] = [];
	for (const { account, request } of requestsOf(checked)) {
		const text = describeRequest(request);
		if (!allowed.some((pattern) => pattern.test(text))) found.push(`${text} is not allowed`);
		const asking = whoAsks(checked, account, request);
		if (asking.length === 0) found.push(`${text} went out with the key of no item there`);
		const segment = segmentIn(request);
		if (segment === undefined || scenario.operation === 'create' || scenario.operation === 'upsert')
			continue;
		if (!asking.some((item) => segmentOf(scenario, item) === segment)) {
			found.push(`${text} is about a segment that no item with this key names`);
		}
	}
	for (const { simulator } of checked.accounts) {
		for (const { headers, path } of simulator.downloads) {
			if (headers.authorization) found.push(`the download ${path} carries the key`);
		}
	}
	return found;
};

/** What may have been processed is not sent again, unless an item needs one of its own. */
const nothingTwice: Invariant = (checked) => {
	const { scenario } = checked;
	const found: string[] = [];
	const maybeProcessed = new Map<string, number>();
	for (const { account, request } of requestsOf(checked)) {
		const isRefresh = request.pathname.includes('/refresh/');
		const isCreate = request.method === 'POST' && request.pathname.endsWith('/segments/2.0');
		if (!isRefresh && !(isCreate && scenario.operation === 'create')) continue;
		const name = String((request.body as IDataObject | undefined)?.name);
		const asking = whoAsks(checked, account, request).filter((item) =>
			isRefresh
				? segmentOf(scenario, item) === segmentIn(request)
				: String(valuesOf(scenario, item).name) === name,
		);
		const withImport = asking.filter(
			(item) => valuesOf(scenario, item)['options.importJobId'] !== undefined,
		);
		const most = isRefresh ? 1 + withImport.length : asking.length;
		const key = [account.simulator.url, request.headers.authorization, request.path, name].join();
		const before = maybeProcessed.get(key) ?? 0;
		if (before >= most) {
			found.push(
				`${describeRequest(request)} ${JSON.stringify(request.body)} was sent again after ${before} that may have been processed`,
			);
		}
		if (!wasRefused(request)) maybeProcessed.set(key, before + 1);
	}
	if (scenario.operation !== 'upsert') return found;
	for (const { simulator, before } of checked.accounts) {
		const names = [...simulator.segments.values()].map(({ name }) => name);
		for (const name of new Set(names)) {
			const keys = new Set(checked.items.map((item) => keyNameOf(checked, item)));
			const existed = [...before.values()].some((segment) => segment.name === name);
			const count = names.filter((each) => each === name).length;
			if (count > (existed ? 1 : keys.size)) {
				found.push(`Create or Update has left ${count} segments named ${name}`);
			}
		}
	}
	return found;
};

/** Nothing is deleted that is scheduled, in a dry run, or that nobody asked for in so many words. */
const deletions: Invariant = (checked) => {
	const { scenario } = checked;
	return requestsOf(checked)
		.filter(({ request }) => request.method === 'DELETE')
		.flatMap(({ account, request }) => {
			const id = segmentIn(request) ?? '';
			const mayDelete = whoAsks(checked, account, request).some((item) => {
				const { dryRun, ...values } = valuesOf(scenario, item);
				if (segmentOf(scenario, item) !== id || emptyFields(scenario, item).length > 0)
					return false;
				if (scenario.unknownOption !== undefined) return false;
				if (item.isBroken && hasBreakableExpression(scenario)) return false;
				if (dryRun !== undefined && dryRun !== false && dryRun !== 'false') return false;
				if (values['options.ifScheduled'] === 'delete') return true;
				return !account.scheduled.has(id) && scenario.brokenSendTo === undefined;
			});
			return mayDelete ? [] : [`${describeRequest(request)} was sent, but no item may delete it`];
		});
};

/** A refresh or an export that an item got was asked for after its import had ended. */
const afterImports: Invariant = (checked) => {
	const { scenario, items, ends, run } = checked;
	const isRefresh = scenario.operation === 'refresh';
	if (!isRefresh && !/^contact (getAll|export)$/.test(titleOf(scenario))) return [];
	if (run.error || checked.isCanceled) return [];
	const found: string[] = [];
	items.forEach((item, index) => {
		const importJobId = valuesOf(scenario, item)['options.importJobId'];
		if (importJobId === undefined) return;
		const own = ends.filter((end) => itemOf(end) === index);
		if (own.some(({ json }) => json.error || json.status === 'skipped')) return;
		const account = checked.accountOf(item);
		const end = account.importEnds.get(String(importJobId).trim().toLowerCase());
		const segment = segmentOf(scenario, item);
		if (!end || end.as === 'failed') {
			found.push(`item ${index} succeeded, but its import ${end ? 'failed' : 'has not ended'}`);
			return;
		}
		const isAfter = account.simulator.log
			.slice(end.requests)
			.some(
				(request) =>
					request.method === 'POST' &&
					request.headers.authorization === `Bearer ${checked.keyOf(item)}` &&
					(isRefresh
						? segmentIn(request) === segment
						: (request.body as { segment_ids?: string[] })?.segment_ids?.[0] === segment),
			);
		if (!isAfter) found.push(`item ${index} succeeded with what was sent before its import ended`);
	});
	return found;
};

/** After its end, a run sends nothing; a canceled one ends at once. */
const nothingAfterTheEnd: Invariant = ({ scenario, accounts, run, endedAfterCancelMs }) => {
	// Under "Continue", an engine that gives up on the node leaves the items that it handed over.
	const hasGivenUp =
		scenario.onError !== 'stopWorkflow' && /referenced node/i.test(run.error?.message ?? '');
	// On n8n 2's engine, it is Node.js that closes a silent connection, by a timer of real time.
	const mayStayOpen = isEngine2 && scenario.faults.some(({ fault }) => fault.hang);
	const found = (hasGivenUp ? [] : accounts).flatMap(
		({ simulator, requestsAtEnd, downloadsAtEnd, openAtStart }) => [
			...simulator.log
				.slice(requestsAtEnd)
				.map((request) => `${describeRequest(request)} was sent after the end of the run`),
			...simulator.downloads
				.slice(downloadsAtEnd)
				.map(({ path }) => `${path} was downloaded after the end of the run`),
			...(simulator.inFlight > openAtStart && !mayStayOpen
				? [`${simulator.inFlight} requests are open after the end`]
				: []),
		],
	);
	// Canceled or not, n8n hands over all items, and pauses between tries.
	const { items, batchSize = 10, batchInterval, retryOnFail } = scenario;
	const tries = retryOnFail ? scenario.maxTries : 1;
	const handOverMs = Math.ceil(items.length / batchSize) * batchInterval;
	const engineMs = tries * handOverMs + (tries - 1) * scenario.waitBetweenTries;
	if (endedAfterCancelMs !== undefined && endedAfterCancelMs > 1000 + engineMs) {
		found.push(`the run ended ${endedAfterCancelMs} ms after it was canceled`);
	}
	return found;
};

const noKeyIsShown: Invariant = ({ run, accounts: [{ simulator }], logged }) => {
	const keys = Object.entries(simulator.keys);
	const json = run.fullRunJson;
	return keys.flatMap(([name, key]) => [
		...(json.includes(key) ? [`the key ${name} is in the outputs`] : []),
		...(logged.some((entry) => entry.includes(key)) ? [`the key ${name} is in the log`] : []),
	]);
};

/** What an output says is so in the account. */
const outputsAreTrue: Invariant = (checked) => {
	const { scenario, items, isCanceled, run } = checked;
	const found: string[] = [];
	const say = (item: number, text: string, json: unknown) =>
		void found.push(`item ${item}: ${text}: ${JSON.stringify(json)?.slice(0, 400)}`);
	for (const end of outputsOf(checked)) {
		const { json } = end;
		const index = itemOf(end);
		const item = items[index];
		if (!item) continue;
		const account = checked.accountOf(item);
		const { segments, log } = account.simulator;
		const values = valuesOf(scenario, item);
		const id = segmentOf(scenario, item);
		const segment = segments.get(String(json.segment_id));
		const was = account.before.get(String(json.segment_id));
		const sent = (pattern: RegExp) =>
			log.some(
				(request) =>
					pattern.test(describeRequest(request)) &&
					request.headers.authorization === `Bearer ${checked.keyOf(item)}`,
			);
		const key = keyNameOf(checked, item);
		const names = 'segmentId' in scenario.forms;
		if (names && json.segment_id !== id) say(index, `names another segment than ${id}`, json);
		switch (titleOf(scenario)) {
			case 'segment get':
				if (json.segment_name !== was?.name) say(index, 'is not the segment', json);
				break;
			case 'segment delete':
				if (json.deleted === true) {
					if (segment || !sent(new RegExp(`^DELETE .*${id}`)) || isOn(values.dryRun)) {
						say(index, 'was not deleted', json);
					}
				} else if ('would_delete' in json) {
					const isScheduled = account.scheduled.has(id!);
					const isLookedUp = values['options.ifScheduled'] !== 'delete';
					if (json.would_delete !== !(isScheduled && isLookedUp)) {
						say(index, 'would not be so', json);
					}
				} else if (was && segment) say(index, 'exists', json);
				break;
			case 'segment refresh': {
				const isRefused = key === 'freePlan' && !refusesNothing(scenario);
				if (json.status === 'skipped') {
					if (!json.reason) say(index, 'is skipped without a reason', json);
				} else if (!sent(new RegExp(`^POST .*/refresh/${id}$`)) || isRefused) {
					say(index, 'was not refreshed', json);
				}
				break;
			}
			case 'segment create':
			case 'segment upsert':
			case 'segment update': {
				// Several items may rename one segment.
				const wanted = items.map((one) =>
					String(valuesOf(scenario, one).name ?? valuesOf(scenario, one)['updateFields.name']),
				);
				if (!segment) say(index, 'does not exist', json);
				else if (![...wanted, was?.name].includes(String(json.segment_name))) {
					say(index, 'has a name that nobody gave it', json);
				}
				if (key === 'readOnly' && scenario.operation !== 'upsert')
					say(index, 'may not be changed', json);
				break;
			}
			case 'contact check': {
				const email = String(values.email).trim().toLowerCase();
				const number = /^contact-(\d+)@example\.com$/.exec(email)?.[1];
				const isIn = number !== undefined && Number(number) >= 1 && Number(number) <= was!.contacts;
				if (json.in_segment !== isIn) say(index, `is${isIn ? '' : ' not'} in the segment`, json);
				break;
			}
			case 'contact export':
				if (!end.binary) say(index, 'has no file', json);
				break;
		}
	}
	if (scenario.resource !== 'contact' || scenario.operation === 'check') return found;
	if (run.error || isCanceled) return found;
	items.forEach((item, index) => {
		const own = checked.ends.filter((end) => itemOf(end) === index);
		if (own.some(({ json }) => json.error)) return;
		const was = checked.accountOf(item).before.get(segmentOf(scenario, item) ?? '');
		if (!was) return say(index, 'succeeded for a segment that does not exist', own);
		const values = valuesOf(scenario, item);
		if (scenario.operation === 'export') {
			const count = own.reduce((sum, { json }) => sum + Number(json.contacts_count), 0);
			if (count !== was.contacts)
				say(
					index,
					`has ${count} of ${was.contacts} contacts`,
					own.map(({ json }) => json),
				);
			return;
		}
		const limit = limitOf(scenario, values);
		const emails = new Set(own.map(({ json }) => json.email));
		const expected = Math.min(limit, was.contacts);
		if (own.length !== expected || emails.size !== expected) {
			say(
				index,
				`has ${own.length} contacts (${emails.size} different), not ${expected}`,
				own[0]?.json,
			);
		}
	});
	return found;
};

const nothingUnhandled: Invariant = ({ unhandled }) =>
	unhandled.map((reason) => `nobody handled the rejection ${String(reason)}`);

/** What must be true of every run, whatever happens. */
export const invariants: Record<string, Invariant> = {
	endsOfItems,
	formOfFailures,
	nothingByAccident,
	nothingChangedBeforeRefusal,
	requestsAreOwn,
	nothingTwice,
	deletions,
	afterImports,
	nothingAfterTheEnd,
	noKeyIsShown,
	outputsAreTrue,
	nothingUnhandled,
};

/** What was not true of a run, in words. */
export function violationsOf(played: Played): string[] {
	const { scenario, run, accounts } = played;
	const { credentialForm, items, executeOnce } = scenario;
	// n8n itself fails the node at an expression that it cannot evaluate, and passes on its input.
	const isGivenUp = /referenced node/i.test(run.error?.message ?? '');
	const checked: Checked = {
		...played,
		isGivenUp,
		items: executeOnce ? items.slice(0, 1) : items,
		ends: isGivenUp ? [] : [...run.success, ...run.failures],
		isCanceled: run.status === 'canceled',
		keyOf: (item) => ({ ...accounts[0].simulator.keys, nothing: '' })[keyNameOf(played, item)],
		accountOf: (item) => accounts[(credentialForm === 'plain' ? items[0] : item).account],
	};
	return [...new Set(Object.values(invariants).flatMap((invariant) => invariant(checked)))];
}
