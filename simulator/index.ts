import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';

import { Account } from './account';
import { type Answer, refusal } from './answers';
import { SimulatedClock } from './clock';
import { CONTROL_PREFIX, controlRoutes } from './control';
import { Exchange } from './exchange';
import { type Fault, Faults } from './faults';
import { authenticate, type KeyRights, keys, type SimulatorKeys } from './keys';
import { listLists } from './listEndpoint';
import { type RateLimit, RateLimiter } from './rateLimit';
import type { ListRecord, SegmentRecord } from './records';
import { type LoggedRequest, RequestLog } from './requestLog';
import { SegmentEndpoints } from './segmentEndpoints';

export type { Fault, ListRecord, LoggedRequest, RateLimit, SegmentRecord, SimulatorKeys };

export interface SimulatorOptions {
	/** Default 0: any free one. */
	port?: number;
	/** Default 127.0.0.1. */
	host?: string;
	/** Real seconds until an accepted refresh completes; default 2. Infinity: only by completeRefreshes(). */
	refreshSeconds?: number;
	/** The general rate limit; default 100,000 requests in 60 seconds. */
	rateLimit?: RateLimit;
	/** Pages the list of segments, which SendGrid does not do today. */
	pageSize?: number;
	/** Prints a line per request. */
	log?: boolean;
	/** Fills the account, at the start and after every reset(). */
	seed?: (simulator: Simulator) => void;
}

/** A running SendGrid Segments 2.0 API with one account. */
export interface Simulator {
	/** Without a slash at the end. */
	readonly url: string;
	readonly keys: SimulatorKeys;
	/** All rules, timestamps, `Date` and `X-RateLimit-Reset` follow it; it runs on from what it was set to. */
	readonly clock: Pick<SimulatedClock, 'now' | 'set' | 'advance' | 'reset'>;

	/** By lower-case ID; may be changed directly. */
	readonly segments: Map<string, SegmentRecord>;
	readonly lists: Map<string, ListRecord>;
	addSegment(partial?: Partial<SegmentRecord>): SegmentRecord;
	addSegments(
		count: number,
		partialOf?: (index: number) => Partial<SegmentRecord>,
	): SegmentRecord[];
	addList(list: Partial<ListRecord> & { name: string }): ListRecord;
	/** Refreshes accepted on today's UTC day, across all segments. */
	accountRefreshesUsed: number;
	/** Completes now what was accepted, and the first sample of created segments. */
	completeRefreshes(): void;

	/** Every request in order of arrival, those that a fault dropped included. */
	readonly log: LoggedRequest[];
	requests(method?: string, pathIncludes?: string): LoggedRequest[];
	/** Requests under way now, until their answer has been sent or their connection is gone. */
	readonly inFlight: number;
	/** The most there were under way at once since the start or resetLog(). */
	readonly maxInFlight: number;
	resetLog(): void;

	fault(fault: Fault): void;
	clearFaults(): void;
	/** Delays every answer. */
	setLatency(ms: number): void;
	/** Back to how it was at the start: account, clock, faults, latency, rate limit and log. */
	reset(): void;
	/** Closes all connections, those with a request under way too. */
	stop(): Promise<void>;
}

/** Starts a simulator. Fails if the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
	const clock = new SimulatedClock();
	const account = new Account(clock, options.refreshSeconds ?? 2);
	const log = new RequestLog(options.log ? (line) => console.log(line) : undefined);
	const faults = new Faults();
	const limiter = new RateLimiter(
		options.rateLimit ?? { limit: 100_000, windowSeconds: 60 },
		clock,
	);
	const exchange = new Exchange(log, faults, limiter, clock);
	const endpoints = new SegmentEndpoints(account, clock, options.pageSize);

	const app = Fastify({
		// Requests are logged before fastify sees them, for it turns some away without calling a hook.
		serverFactory: (handler) =>
			createServer({ maxHeaderSize: 1_048_576, keepAliveTimeout: 72_000 }, (request, response) => {
				if (!request.url?.startsWith(CONTROL_PREFIX)) log.arrive(request, response);
				handler(request, response);
			}),
		routerOptions: { maxParamLength: 1_048_576 },
		bodyLimit: 104_857_600,
		exposeHeadRoutes: false,
		forceCloseConnections: true,
		frameworkErrors: (_error, request, reply) =>
			exchange.answer(request, reply as FastifyReply, () => refusal(400, null, 'bad request')),
	});

	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
		done(null, parseBody(text as string));
	});

	const route = (
		method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
		url: string,
		act: (request: FastifyRequest, key: KeyRights) => Answer,
	) => {
		const needsMarketing = url.startsWith('/v3/marketing/');
		app.route({
			method,
			url,
			handler: (request, reply) =>
				exchange.answer(request, reply, () => {
					const key = authenticate(request.headers.authorization);
					if ('status' in key) return key;
					if (needsMarketing && !key.marketing) return refusal(403, null, 'access forbidden');
					return act(request, key);
				}),
		});
	};
	const segments = '/v3/marketing/segments/2.0';
	route('GET', '/v3/scopes', (_request, key) => ({ status: 200, body: { scopes: key.scopes } }));
	route('GET', '/v3/marketing/lists', (request) => listLists(account, request));
	route('POST', segments, (request) => endpoints.create(request));
	route('GET', segments, (request) => endpoints.list(request));
	route('GET', `${segments}/:id`, (request) => endpoints.get(request));
	route('PATCH', `${segments}/:id`, (request) => endpoints.update(request));
	route('DELETE', `${segments}/:id`, (request) => endpoints.delete(request));
	route('POST', `${segments}/refresh/:id`, (request, key) => endpoints.refresh(request, key));
	app.setNotFoundHandler((request, reply) =>
		exchange.answer(request, reply, () => refusal(404, null, 'not found')),
	);

	const simulator: Simulator = {
		get url() {
			const { address, port } = app.server.address() as AddressInfo;
			return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
		},
		keys,
		clock,
		segments: account.segments,
		lists: account.lists,
		addSegment: (partial = {}) => account.addSegment(partial),
		addSegments: (count, partialOf = () => ({})) =>
			Array.from({ length: count }, (_, index) => account.addSegment(partialOf(index))),
		addList: (list) => account.addList(list),
		get accountRefreshesUsed() {
			return account.refreshesUsed;
		},
		set accountRefreshesUsed(count) {
			account.refreshesUsed = count;
		},
		completeRefreshes: () => account.completeJobs(),
		log: log.entries,
		requests: (method, pathIncludes) => log.requests(method, pathIncludes),
		get inFlight() {
			return log.inFlight;
		},
		get maxInFlight() {
			return log.maxInFlight;
		},
		resetLog: () => log.reset(),
		fault: (fault) => faults.add(fault),
		clearFaults: () => faults.clear(),
		setLatency: (ms) => {
			exchange.latencyMs = ms;
		},
		reset: () => {
			account.clear();
			clock.reset();
			limiter.reset();
			faults.clear();
			exchange.latencyMs = 0;
			log.reset();
			options.seed?.(simulator);
		},
		stop: async () => {
			account.cancelJobs();
			await app.close();
		},
	};

	app.register(controlRoutes(simulator), { prefix: CONTROL_PREFIX });
	await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
	options.seed?.(simulator);
	return simulator;
}

function parseBody(text: string): unknown {
	if (text === '') return undefined;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
