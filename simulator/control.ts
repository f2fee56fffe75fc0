import type { FastifyPluginCallback } from 'fastify';

import type { Fault, ListRecord, SegmentRecord, Simulator } from './index';
import type { LoggedRequest } from './requestLog';

export const CONTROL_PREFIX = '/_simulator';

/** A fault as JSON: `match` holds what the request must have, `times` may be `"always"`. */
export interface FaultJson extends Omit<Fault, 'match' | 'times'> {
	match?: FaultMatchJson;
	times?: number | 'always';
}

interface FaultMatchJson {
	method?: string;
	pathIncludes?: string;
}

interface StateJson {
	segments?: Array<Partial<SegmentRecord>>;
	lists?: Array<Partial<ListRecord> & { name: string }>;
	accountRefreshesUsed?: number;
	latencyMs?: number;
}

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
] as const satisfies Array<keyof FaultJson>;

/** The body as T. What is misspelt is refused, lest it be taken for set. */
function fieldsOf<T extends object>(body: unknown, known: ReadonlyArray<keyof T>): T {
	const fields = typeof body === 'object' && body !== null ? Object.keys(body) : undefined;
	const unknown = fields?.find((field) => !known.includes(field as keyof T));
	if (fields && unknown === undefined) return body as T;
	const message = fields ? `Unknown field: ${unknown}` : 'The body must be a JSON object';
	throw new Error(message);
}

function faultFromJson(body: unknown): Fault {
	const { match = {}, times, ...what } = fieldsOf<FaultJson>(body, FAULT_FIELDS);
	const { method, pathIncludes = '' } = fieldsOf<FaultMatchJson>(match, ['method', 'pathIncludes']);
	return {
		...what,
		times: times === 'always' ? Infinity : times,
		match: (request: LoggedRequest) =>
			(method === undefined || request.method === method) && request.path.includes(pathIncludes),
	};
}

export const CONTROL_HELP = `GET    /_simulator/log        requests received, oldest first
DELETE /_simulator/log        forget them
POST   /_simulator/fault      what goes wrong next, e.g. {"status":503,"times":2}, {"drop":"beforeAnswer"},
                              {"hang":true}, {"latencyMs":3000}, {"drop":"midBody","apply":"after"};
                              "match":{"method":"POST","pathIncludes":"/refresh/"} picks requests, "times":"always" stays
DELETE /_simulator/fault      forget all faults
POST   /_simulator/clock      {"set":"2026-03-29T00:59:50Z"}, {"advanceMs":3600000} or {"reset":true}
POST   /_simulator/complete   complete all pending refreshes now
GET    /_simulator/state      clock, segments, lists, counts
PUT    /_simulator/state      {"segments":[…],"lists":[…],"accountRefreshesUsed":9,"latencyMs":100}; what is given replaces
POST   /_simulator/reset      back to the start
`;

/** Lets a person or another process drive the simulator; takes no key, and its requests are not logged. */
export function controlRoutes(simulator: Simulator): FastifyPluginCallback {
	const state = () => ({
		now: simulator.clock.now(),
		segments: [...simulator.segments.values()],
		lists: [...simulator.lists.values()],
		accountRefreshesUsed: simulator.accountRefreshesUsed,
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
			simulator.fault(faultFromJson(request.body));
			return { added: request.body };
		});
		app.delete('/fault', () => {
			simulator.clearFaults();
			return {};
		});
		app.post('/clock', (request) => {
			const { set, advanceMs, reset } = fieldsOf<ClockJson>(request.body, [
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
			return state();
		});
		app.get('/state', state);
		app.put('/state', (request) => {
			const { segments, lists, accountRefreshesUsed, latencyMs } = fieldsOf<StateJson>(
				request.body,
				['segments', 'lists', 'accountRefreshesUsed', 'latencyMs'],
			);
			if (lists) {
				simulator.lists.clear();
				for (const list of lists) simulator.addList(list);
			}
			if (segments) {
				simulator.segments.clear();
				for (const segment of segments) simulator.addSegment(segment);
			}
			if (accountRefreshesUsed !== undefined) simulator.accountRefreshesUsed = accountRefreshesUsed;
			if (latencyMs !== undefined) simulator.setLatency(latencyMs);
			return state();
		});
		app.post('/reset', () => {
			simulator.reset();
			return state();
		});
		done();
	};
}
