import type { FastifyPluginCallback } from 'fastify';

import type { ImportRecord, ImportUpdate } from './contacts/contactImports';
import type { ContactInput } from './contacts/records';
import { DOWNLOAD_FAULT_FIELDS, type DownloadFault } from './exports/downloadFaults';
import { EXPORT_SETTINGS, type ExportSettings } from './exports/settings';
import type { Fault } from './faults';
import type { QueryRule } from './queryRules';
import type { RateLimit } from './rateLimit';
import type { ListRecord, SegmentRecord, SingleSendInput } from './records';
import type { ApiSettings } from './apiSettings';
import type { Simulator } from './types';

export const CONTROL_PREFIX = '/_simulator';

/** A fault as JSON: `match` holds what the request must have, `times` may be `"always"`. */
type Json<F> = Omit<F, 'match' | 'times'> & {
	match?: FaultMatchJson;
	times?: number | 'always';
};

interface FaultMatchJson {
	method?: string;
	pathIncludes?: string;
}

interface StateJson {
	segments?: Array<Partial<SegmentRecord>>;
	lists?: Array<Partial<ListRecord> & { name: string }>;
	singleSends?: SingleSendInput[];
	imports?: Array<Partial<ImportRecord>>;
	contacts?: Record<string, ContactInput[]>;
	exportSettings?: ExportSettings;
	queryRules?: QueryRule[];
	updateTooSoon?: ApiSettings['updateTooSoon'];
	emptyLists?: ApiSettings['emptyLists'];
	accountRefreshesUsed?: number;
	rateLimit?: RateLimit;
	latencyMs?: number;
}

const STATE_FIELDS = [
	'segments',
	'lists',
	'singleSends',
	'imports',
	'contacts',
	'exportSettings',
	'queryRules',
	'updateTooSoon',
	'emptyLists',
	'accountRefreshesUsed',
	'rateLimit',
	'latencyMs',
] as const satisfies Array<keyof StateJson>;

interface ClockJson {
	set?: string;
	advanceMs?: number;
	reset?: boolean;
}

const FAULT_FIELDS = [
	'match',
	'times',
	'apply',
	'latencyMs',
	'status',
	'headers',
	'body',
	'contentType',
	'drop',
	'hang',
	'endlessBody',
	'bodyBytes',
] as const satisfies Array<keyof Fault>;

/** The body as T. A misspelled field is refused, since it would otherwise seem to be set. */
function parseFields<T extends object>(body: unknown, known: ReadonlyArray<keyof T>): T {
	const fields = typeof body === 'object' && body !== null ? Object.keys(body) : undefined;
	const unknown = fields?.find((field) => !known.includes(field as keyof T));
	if (fields && unknown === undefined) return body as T;
	const message = fields ? `Unknown field: ${unknown}` : 'The body must be a JSON object';
	throw new Error(message);
}

function faultFromJson<F extends object>(body: unknown, known: ReadonlyArray<keyof Json<F>>) {
	const { match = {}, times, ...what } = parseFields<Json<F>>(body, known);
	const { method, pathIncludes = '' } = parseFields<FaultMatchJson>(match, [
		'method',
		'pathIncludes',
	]);
	return {
		...what,
		times: times === 'always' ? Infinity : times,
		match: (request: { method: string; path: string }) =>
			(method === undefined || request.method === method) && request.path.includes(pathIncludes),
	};
}

export const CONTROL_HELP = `GET    /_simulator/log        requests received, oldest first
DELETE /_simulator/log        forget them
POST   /_simulator/fault      what goes wrong next, e.g. {"status":503,"times":2}, {"drop":"beforeAnswer"},
                              {"hang":true}, {"latencyMs":3000}, {"drop":"midBody","apply":"after"};
                              "match":{"method":"POST","pathIncludes":"/refresh/"} picks requests, "times":"always" stays
POST   /_simulator/downloadFault  what goes wrong with the next download of an export's file, e.g. {"truncateAt":100},
                              {"status":302,"headers":{"location":"…"}}, {"cutAt":1000}, {"dripBytes":1,"dripSeconds":1}
DELETE /_simulator/fault      forget all faults
GET    /_simulator/downloads  requests for files of exports, oldest first
POST   /_simulator/clock      {"set":"2026-03-29T00:59:50Z"}, {"advanceMs":3600000} or {"reset":true}
POST   /_simulator/complete   complete all pending refreshes and exports, and count new segments now
POST   /_simulator/imports    complete all pending contact imports ({}), or {"id":"…","status":"failed"}; "status" may be
                              pending, completed, errored or failed, "results":{"created_count":1} sets the counts
GET    /_simulator/state      clock, segments, lists, single sends, imports, counts
PUT    /_simulator/state      {"segments":[…],"lists":[…],"singleSends":[{"send_at":"…","send_to":{"segment_ids":[…]}}],
                              "imports":[…],"accountRefreshesUsed":9,"latencyMs":100,
                              "rateLimit":{"limit":5,"windowSeconds":10,"resetFormat":"seconds"},
                              "queryRules":[{"includes":"x","finalStatus":{"query_validation":"INVALID","error_message":"…"}}],
                              "contacts":{"<segment ID>":[{"email":"…"}]} adds contacts to a segment,
                              "exportSettings":{"gzip":false,"pendingSeconds":20},
                              "updateTooSoon":{"status":429} or "off", "emptyLists":"array", "null" or "absent";
                              what is given otherwise replaces
POST   /_simulator/reset      back to the start
`;

/** Lets a person or another process drive the simulator; takes no key, and its requests are not logged. */
export function controlRoutes(simulator: Simulator): FastifyPluginCallback {
	const currentState = () => ({
		now: simulator.clock.now(),
		segments: [...simulator.segments.values()],
		lists: [...simulator.lists.values()],
		singleSends: [...simulator.singleSends.values()],
		imports: [...simulator.imports.values()],
		exportSettings: simulator.exportSettings,
		queryRules: simulator.queryRules,
		updateTooSoon: simulator.updateTooSoon,
		emptyLists: simulator.emptyLists,
		accountRefreshesUsed: simulator.accountRefreshesUsed,
		rateLimit: simulator.rateLimit,
		rateLimited: simulator.rateLimited,
		inFlight: simulator.inFlight,
		maxInFlight: simulator.maxInFlight,
	});

	return (app, _options, done) => {
		app.setErrorHandler((error: Error, _request, reply) =>
			reply.code(400).send({ message: error.message }),
		);
		app.get('/', () => CONTROL_HELP);
		app.get('/log', () => simulator.log);
		app.delete('/log', () => {
			simulator.resetLog();
			return simulator.log;
		});
		app.post('/fault', (request) => {
			simulator.fault(faultFromJson<Fault>(request.body, FAULT_FIELDS));
			return { added: request.body };
		});
		app.post('/downloadFault', (request) => {
			simulator.downloadFault(faultFromJson<DownloadFault>(request.body, DOWNLOAD_FAULT_FIELDS));
			return { added: request.body };
		});
		app.get('/downloads', () => simulator.downloads);
		app.delete('/fault', () => {
			simulator.clearFaults();
			return {};
		});
		app.post('/clock', (request) => {
			const { set, advanceMs, reset } = parseFields<ClockJson>(request.body, [
				'set',
				'advanceMs',
				'reset',
			]);
			if (reset) simulator.clock.reset();
			if (set !== undefined) simulator.clock.set(set);
			if (advanceMs !== undefined) simulator.clock.advance(advanceMs);
			return { now: simulator.clock.now() };
		});
		app.post('/complete', () => {
			simulator.completeRefreshes();
			simulator.completeExports();
			return currentState();
		});
		app.post('/imports', (request) => {
			simulator.updateImports(parseFields<ImportUpdate>(request.body, ['id', 'status', 'results']));
			return currentState();
		});
		app.get('/state', currentState);
		app.put('/state', (request) => {
			const state = parseFields<StateJson>(request.body, STATE_FIELDS);
			const { segments, lists, singleSends, imports } = state;
			if (state.rateLimit) {
				simulator.rateLimit = parseFields(state.rateLimit, [
					'limit',
					'searchLimit',
					'windowSeconds',
					'resetFormat',
				]);
			}
			if (lists) {
				simulator.lists.clear();
				for (const list of lists) simulator.addList(list);
			}
			if (segments) {
				simulator.segments.clear();
				for (const segment of segments) simulator.addSegment(segment);
			}
			if (singleSends) {
				simulator.singleSends.clear();
				for (const singleSend of singleSends) simulator.addSingleSend(singleSend);
			}
			if (imports) {
				simulator.imports.clear();
				for (const contactImport of imports) simulator.addImport(contactImport);
			}
			for (const [segmentId, contacts] of Object.entries(state.contacts ?? {})) {
				simulator.addContacts(segmentId, contacts);
			}
			if (state.exportSettings) {
				simulator.exportSettings = parseFields(state.exportSettings, EXPORT_SETTINGS);
			}
			if (state.queryRules) {
				simulator.queryRules = state.queryRules.map((rule) =>
					parseFields(rule, ['includes', 'initialStatus', 'finalStatus']),
				);
			}
			if (state.updateTooSoon !== undefined) simulator.updateTooSoon = state.updateTooSoon;
			if (state.emptyLists !== undefined) simulator.emptyLists = state.emptyLists;
			if (state.accountRefreshesUsed !== undefined) {
				simulator.accountRefreshesUsed = state.accountRefreshesUsed;
			}
			if (state.latencyMs !== undefined) simulator.setLatency(state.latencyMs);
			return currentState();
		});
		app.post('/reset', () => {
			simulator.reset();
			return currentState();
		});
		done();
	};
}
