import type { FastifyPluginCallback } from 'fastify';

import type { Fault, ListRecord, SegmentRecord, Simulator } from './index';
import type { LoggedRequest } from './requestLog';

export const CONTROL_PREFIX = '/_simulator';

/** A fault as JSON: `match` holds what the request must have, `times` may be `"always"`. */
export interface FaultJson extends Omit<Fault, 'match' | 'times'> {
	match?: { method?: string; pathIncludes?: string };
	times?: number | 'always';
}

interface StateJson {
	segments?: Array<Partial<SegmentRecord>>;
	lists?: Array<Partial<ListRecord> & { name: string }>;
	accountRefreshesUsed?: number;
	latencyMs?: number;
}

function faultFromJson({ match, times, ...what }: FaultJson): Fault {
	return {
		...what,
		times: times === 'always' ? Infinity : times,
		match: (request: LoggedRequest) =>
			(match?.method === undefined || request.method === match.method) &&
			request.path.includes(match?.pathIncludes ?? ''),
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
		app.get('/', () => CONTROL_HELP);
		app.get('/log', () => simulator.log);
		app.delete('/log', () => {
			simulator.resetLog();
			return simulator.log;
		});
		app.post('/fault', (request) => {
			simulator.fault(faultFromJson(request.body as FaultJson));
			return { added: request.body };
		});
		app.delete('/fault', () => {
			simulator.clearFaults();
			return {};
		});
		app.post('/clock', (request) => {
			const { set, advanceMs, reset } = request.body as {
				set?: string;
				advanceMs?: number;
				reset?: boolean;
			};
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
			const { segments, lists, accountRefreshesUsed, latencyMs } = request.body as StateJson;
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
