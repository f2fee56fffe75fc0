import { runInThisContext } from 'node:vm';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Fault, LoggedRequest, Simulator } from '../../simulator';
import { advance, untilDone } from '../clock';
import { logged, type NodeRunResult, startNode } from '../engine/harness';
import {
	fieldKey,
	importIdOf,
	listIdOf,
	LISTS,
	operations,
	segmentIdOf,
	type Scenario,
} from './scenario';

const outer = runInThisContext('globalThis') as typeof globalThis;

/** What an account had, and what arrived there. */
export interface PlayedAccount {
	simulator: Simulator;
	/** Segments by ID, as they were before the run. */
	before: Map<string, { name: string; contacts: number; isUncounted: boolean }>;
	/** Segments of scheduled Single Sends. */
	scheduled: Set<string>;
	/** How many requests had arrived when an import ended, by its ID; none if it did not. */
	importEnds: Map<string, { requests: number; as: string }>;
	/** How many had arrived when the run ended. */
	requestsAtEnd: number;
	downloadsAtEnd: number;
	/** How many requests of earlier runs were still open when this one began. */
	openAtStart: number;
}

export interface Played {
	scenario: Scenario;
	accounts: PlayedAccount[];
	run: NodeRunResult;
	/** In ms of simulated time from the cancellation to the end of the run. */
	endedAfterCancelMs?: number;
	/** Since the run began. */
	logged: string[];
	/** What nobody handled. */
	unhandled: unknown[];
}

const MINUTE = 60_000;

function prepareAccount(
	simulator: Simulator,
	scenario: Scenario,
	onRequest: () => void,
): PlayedAccount {
	simulator.reset();
	const count = () => {
		onRequest();
		return false;
	};
	simulator.fault({ match: count });
	for (let number = 0; number < LISTS; number++) {
		simulator.addList({ id: listIdOf(number), name: `List ${number}`, contact_count: 3 });
	}
	const scheduled = new Set<string>();
	const before: PlayedAccount['before'] = new Map();
	scenario.segments.forEach((drawn, number) => {
		const { contacts, refreshedMinutesAgo: minutes, refreshesUsed, isScheduled } = drawn;
		const id = segmentIdOf(number);
		const { name } = simulator.addSegment({
			id,
			name: `Segment ${number}`,
			contacts_count: drawn.isUncounted ? 0 : contacts,
			...(drawn.isUncounted && { sample_updated_at: null }),
			...(drawn.isBasedOnList && { parent_list_ids: [listIdOf(0)] }),
			...(minutes !== undefined && {
				refreshes_used: refreshesUsed,
				max_refreshes: 2,
				last_refreshed_at: `${new Date(Date.now() - minutes * MINUTE).toISOString().slice(0, 19)}Z`,
			}),
		});
		before.set(id, {
			name,
			contacts: drawn.isUncounted ? 0 : contacts,
			isUncounted: drawn.isUncounted,
		});
		if (!isScheduled) return;
		scheduled.add(id);
		const send_to = { segment_ids: [id.toUpperCase()] };
		simulator.addSingleSend({ name: `Send ${number}`, send_at: '2100-01-01T00:00:00Z', send_to });
	});
	if ('brokenSendTo' in scenario && scenario.brokenSendTo !== undefined) {
		simulator.addSingleSend({ send_at: '2100-01-01T00:00:00Z', send_to: scenario.brokenSendTo });
	}
	simulator.exportSettings = scenario.exports;
	simulator.emptyLists = scenario.emptyLists;
	simulator.accountRefreshesUsed = scenario.accountRefreshesUsed;
	simulator.updateTooSoon =
		scenario.updateTooSoon === undefined ? 'off' : { status: scenario.updateTooSoon };
	simulator.rateLimit = { limit: scenario.rateLimit ?? 100_000 };
	for (const one of scenario.downloadFaults) simulator.downloadFault({ ...one });
	for (const { fault, target, from, times } of scenario.faults) {
		let seen = 0;
		const match = ({ method, path }: LoggedRequest) =>
			`${method} ${path} `.includes(target) && seen++ >= from;
		simulator.fault({ ...fault, times, match } as Fault);
	}
	const importEnds: PlayedAccount['importEnds'] = new Map();
	scenario.imports.forEach(({ endsAfterSeconds: seconds, as }, number) => {
		const record = simulator.addImport({ id: importIdOf(number) });
		const { id } = record;
		const end = () => {
			// Of a scenario that n8n did not start, the timer is left: the next one has an import of this ID.
			if (simulator.imports.get(id) !== record) return;
			simulator.updateImports({ id, status: as });
			importEnds.set(id, { requests: simulator.log.length, as });
		};
		if (seconds === 0) end();
		else if (seconds !== undefined) setTimeout(end, seconds * 1000);
	});
	const openAtStart = simulator.inFlight;
	const ends = { requestsAtEnd: 0, downloadsAtEnd: 0 };
	return { simulator, before, scheduled, importEnds, openAtStart, ...ends };
}

/** The node's parameters: fields with expressions over the item, fixed values, or left out. */
export function parametersOf(scenario: Scenario): INodeParameters {
	const { resource, operation, forms, fixed, segmentMode, unknownOption } = scenario;
	const parameters: IDataObject = { resource, operation };
	for (const field of operations[`${resource} ${operation}`]) {
		const key = fieldKey(field);
		const form = forms[key];
		if (form === 'absent') continue;
		let value = form === 'fixed' ? fixed[key] : `={{ $json[${JSON.stringify(key)}] }}`;
		if (field.name === 'segmentId') {
			if (segmentMode === 'url') {
				value =
					form === 'fixed'
						? `https://mc.sendgrid.com/segments/${String(value)}`
						: `=https://mc.sendgrid.com/segments/{{ $json.segmentId }}`;
			}
			if (segmentMode === 'name') value = '={{ $json.segmentName }}';
			value = { __rl: true, mode: segmentMode, value };
		}
		if (field.name === 'parentListId') value = { __rl: true, mode: 'id', value };
		// The first one is broken where an item is.
		if (form === 'expression' && typeof value === 'string' && field.name !== 'segmentId') {
			value = value.replace('{{ ', "{{ $json.isBroken ? $('Nowhere').item.json.id : ");
		}
		const place = field.in ? ((parameters[field.in] ??= {}) as IDataObject) : parameters;
		place[field.name] = value as IDataObject[string];
	}
	if (unknownOption !== undefined) {
		(parameters.options ??= {}) as IDataObject;
		Object.defineProperty(parameters.options, unknownOption, {
			value: true,
			enumerable: true,
			configurable: true,
			writable: true,
		});
	}
	return parameters as INodeParameters;
}

/** Whether a broken item makes an expression fail. */
export const hasBreakableExpression = ({ resource, operation, forms }: Scenario) =>
	operations[`${resource} ${operation}`].some(
		(field) =>
			field.name !== 'segmentId' &&
			field.name !== 'parentListId' &&
			forms[fieldKey(field)] === 'expression',
	);

/** The credential: the first item's key and account, or an expression that gives each item its own. */
function credentialsOf({ credentialForm, items: [first] }: Scenario, simulators: Simulator[]) {
	const keys: Record<string, string> = { ...simulators[0].keys, nothing: '' };
	if (credentialForm === 'plain') {
		return { apiKey: keys[first.key], baseUrl: simulators[first.account].url };
	}
	const urls = simulators.map(({ url }) => url);
	return {
		apiKey: `={{ (${JSON.stringify(keys)})[$json.key] }}`,
		baseUrl: `={{ (${JSON.stringify(urls)})[$json.account] }}`,
	};
}

function requestOptionsOf({ batchSize, batchInterval, timeout }: Scenario): IDataObject {
	return {
		...(batchSize !== undefined && { batching: { batch: { batchSize, batchInterval } } }),
		...(timeout !== undefined && { timeout }),
	};
}

/**
 * Runs a scenario in two accounts that have the same, and waits for what may come after its end.
 *
 * @returns `undefined` if n8n finds that a fixed value is not valid, and does not start it
 */
export async function play(
	scenario: Scenario,
	simulators: Simulator[],
): Promise<Played | undefined> {
	const { cancel, jitter, items } = scenario;
	let requests = 0;
	let cancelNow = () => {};
	const onRequest = () => {
		requests++;
		if (cancel && 'afterRequests' in cancel && requests === cancel.afterRequests) cancelNow();
	};
	const accounts = simulators.map((simulator) => prepareAccount(simulator, scenario, onRequest));
	const unhandled: unknown[] = [];
	const onUnhandled = (reason: unknown) => void unhandled.push(reason);
	outer.process.on('unhandledRejection', onUnhandled);
	const { random } = outer.Math;
	outer.Math.random = () => jitter;
	const loggedBefore = logged.length;
	try {
		const started = await startNode({
			parameters: parametersOf(scenario),
			items: items.map(({ fields, ...item }) => ({ ...item, ...fields })) as IDataObject[],
			credentials: credentialsOf(scenario, simulators),
			onError: scenario.onError,
			retryOnFail: scenario.retryOnFail,
			maxTries: scenario.maxTries,
			waitBetweenTries: scenario.waitBetweenTries,
			executeOnce: scenario.executeOnce,
			requestOptions: requestOptionsOf(scenario),
			timezone: scenario.timezone,
		});
		let canceledAt: number | undefined;
		cancelNow = () => {
			canceledAt ??= Date.now();
			started.cancel();
		};
		if (cancel && 'afterMs' in cancel) setTimeout(cancelNow, cancel.afterMs);
		const run = await untilDone(started.finished);
		const endedAt = Date.now();
		for (const account of accounts) {
			account.requestsAtEnd = account.simulator.log.length;
			account.downloadsAtEnd = account.simulator.downloads.length;
		}
		// What may only come after the end of the run would come now.
		await advance(20 * MINUTE);
		return {
			scenario,
			accounts,
			run,
			endedAfterCancelMs:
				canceledAt === undefined || canceledAt > endedAt ? undefined : endedAt - canceledAt,
			logged: logged.slice(loggedBefore),
			unhandled,
		};
	} catch (thrown) {
		if ((thrown as Error).name === 'WorkflowHasIssuesError') return undefined;
		throw thrown;
	} finally {
		outer.Math.random = random;
		outer.process.off('unhandledRejection', onUnhandled);
	}
}
