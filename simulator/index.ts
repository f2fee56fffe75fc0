import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';

import { Account } from './account';
import { SimulatedClock } from './clock';
import { searchEmails } from './contacts/searchEndpoint';
import { deleteContacts, getImport, upsertContacts } from './contacts/upsertEndpoints';
import { CONTROL_PREFIX, controlRoutes } from './control';
import type { DownloadFault } from './exports/downloadFaults';
import type { LoggedDownload } from './exports/downloadLog';
import { getExport, startExport } from './exports/exportEndpoints';
import { Exports } from './exports/exports';
import { FileHost } from './exports/fileHost';
import { FILES_PREFIX, Links } from './exports/links';
import { type CompleteExportSettings, type ExportSettings } from './exports/settings';
import { type Fault, Faults } from './faults';
import { authenticate, forbidden, type KeyRights, keys, mayCall } from './keys';
import { listLists } from './listEndpoint';
import { type RateLimit, RateLimiter } from './rateLimit';
import { type LoggedRequest, RequestLog } from './requestLog';
import { Responder } from './responder';
import { type EndpointResponse, errorResponse } from './responses';
import { SegmentEndpoints } from './segmentEndpoints';
import { getSingleSend, searchSingleSends } from './singleSendEndpoints';
import { completeApiSettings } from './apiSettings';
import type { Simulator, SimulatorOptions } from './types';

export type { ImportRecord, ImportUpdate } from './contacts/contactImports';
export type { ContactInput, ContactRecord } from './contacts/records';
export type { DownloadFault, LoggedDownload };
export type { ExportRecord } from './exports/exports';
export type { ExportSettings } from './exports/settings';
export type { Fault } from './faults';
export type { SimulatorKeys } from './keys';
export type { QueryRule } from './queryRules';
export type { ListRecord, SegmentRecord, SingleSendInput, SingleSendRecord } from './records';
export type { LoggedRequest } from './requestLog';
export type { RateLimit, Simulator, SimulatorOptions };

/** Starts a simulator. Fails if the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
	const clock = new SimulatedClock();
	const durations = {
		refreshSeconds: options.refreshSeconds ?? 2,
		countSeconds: options.countSeconds ?? 3,
		importSeconds: options.importSeconds ?? 4,
	};
	const account = new Account(clock, durations, options);
	const log = new RequestLog(options.log ? (line) => console.log(line) : undefined);
	const faults = new Faults<LoggedRequest, Fault>();
	const limiter = new RateLimiter(options.rateLimit ?? {}, clock);
	const responder = new Responder(log, faults, limiter, clock);
	const links: Links = new Links(clock, (where) =>
		addressOf(where === 'api' ? app.server : fileServer, where !== 'api' && options.fileHostTls),
	);
	const exports = new Exports(options.exports ?? {}, clock, links);
	const downloadFaults = new Faults<LoggedDownload, DownloadFault>();
	const fileHost = new FileHost(links, downloadFaults, clock);
	const fileServer = fileHost.createServer(options.fileHostTls);
	const endpoints = new SegmentEndpoints(account, clock, options.pageSize);

	const app = Fastify({
		// Requests are logged before fastify sees them, for it turns some away without calling a hook.
		serverFactory: (handler) =>
			createServer({ maxHeaderSize: 1_048_576, keepAliveTimeout: 72_000 }, (request, response) => {
				if (request.url?.startsWith(FILES_PREFIX)) {
					fileHost.handle(request, response);
					return;
				}
				if (!request.url?.startsWith(CONTROL_PREFIX)) log.arrive(request, response);
				handler(request, response);
			}),
		routerOptions: { maxParamLength: 1_048_576 },
		bodyLimit: 104_857_600,
		exposeHeadRoutes: false,
		forceCloseConnections: true,
		frameworkErrors: (_error, request, reply) =>
			responder.respond(request, reply as FastifyReply, () =>
				errorResponse(400, null, 'bad request'),
			),
	});

	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
		done(null, parseBody(text as string));
	});

	const route = (
		method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
		url: string,
		handle: (request: FastifyRequest, key: KeyRights) => EndpointResponse,
	) => {
		const needsMarketing = url.startsWith('/v3/marketing/');
		app.route({
			method,
			url,
			handler: (request, reply) =>
				responder.respond(request, reply, () => {
					const key = authenticate(request.headers.authorization);
					if ('status' in key) return key;
					if (needsMarketing && !mayCall(key, method, url)) return forbidden();
					return handle(request, key);
				}),
		});
	};
	const segments = '/v3/marketing/segments/2.0';
	route('GET', '/v3/scopes', (_request, key) => ({ status: 200, body: { scopes: key.scopes } }));
	route('GET', '/v3/marketing/lists', (request) => listLists(account, request));
	route('POST', '/v3/marketing/singlesends/search', (request) =>
		searchSingleSends(account, request),
	);
	route('GET', '/v3/marketing/singlesends/:id', (request) => getSingleSend(account, request));
	route('PUT', '/v3/marketing/contacts', (request) => upsertContacts(account, request));
	route('DELETE', '/v3/marketing/contacts', (request) => deleteContacts(account, request));
	route('GET', '/v3/marketing/contacts/imports/:id', (request) => getImport(account, request));
	route('POST', '/v3/marketing/contacts/exports', (request) =>
		startExport(account, exports, request),
	);
	route('GET', '/v3/marketing/contacts/exports/:id', (request) => getExport(exports, request));
	route('POST', '/v3/marketing/contacts/search/emails', (request) =>
		searchEmails(account, request),
	);
	route('POST', segments, (request) => endpoints.create(request));
	route('GET', segments, (request) => endpoints.list(request));
	route('GET', `${segments}/:id`, (request) => endpoints.get(request));
	route('PATCH', `${segments}/:id`, (request) => endpoints.update(request));
	route('DELETE', `${segments}/:id`, (request) => endpoints.delete(request));
	route('POST', `${segments}/refresh/:id`, (request, key) => endpoints.refresh(request, key));
	app.setNotFoundHandler((request, reply) =>
		responder.respond(request, reply, () => errorResponse(404, null, 'not found')),
	);

	const simulator: Simulator = {
		get url() {
			return addressOf(app.server);
		},
		get fileHostUrl() {
			return addressOf(fileServer, options.fileHostTls !== undefined);
		},
		keys,
		clock,
		segments: account.segments,
		lists: account.lists,
		singleSends: account.singleSends,
		imports: account.imports.records,
		addSegment: (partial = {}) => account.addSegment(partial),
		addSegments: (count, partialOf = () => ({})) =>
			Array.from({ length: count }, (_, index) => account.addSegment(partialOf(index))),
		addList: (list) => account.addList(list),
		addSingleSend: (input = {}) => account.addSingleSend(input),
		addImport: (partial) => account.imports.add(partial),
		updateImports: (update = {}) => account.imports.update(update),
		contacts: account.contacts.added,
		addContacts: (segmentId, contacts) =>
			account.contacts.add(segmentId, contacts, clock.timestamp()),
		exports: exports.records,
		get exportSettings(): CompleteExportSettings {
			return exports.settings;
		},
		set exportSettings(settings: ExportSettings) {
			exports.settings = settings;
		},
		completeExports: () => exports.complete(),
		downloads: fileHost.downloads,
		downloadFault: (fault) => downloadFaults.add(fault),
		get queryRules() {
			return account.queryRules;
		},
		set queryRules(rules) {
			account.queryRules = rules;
		},
		get updateTooSoon() {
			return account.settings.updateTooSoon;
		},
		set updateTooSoon(updateTooSoon) {
			account.settings = completeApiSettings({ ...account.settings, updateTooSoon });
		},
		get emptyLists() {
			return account.settings.emptyLists;
		},
		set emptyLists(emptyLists) {
			account.settings = completeApiSettings({ ...account.settings, emptyLists });
		},
		get accountRefreshesUsed() {
			return account.refreshesUsed;
		},
		set accountRefreshesUsed(count) {
			account.refreshesUsed = count;
		},
		completeRefreshes: () => account.completeJobs(),
		get rateLimit(): Required<RateLimit> {
			return limiter.rateLimit;
		},
		set rateLimit(rateLimit: RateLimit) {
			limiter.rateLimit = rateLimit;
		},
		get rateLimited() {
			return limiter.refused;
		},
		log: log.entries,
		requests: (method, pathIncludes) => log.requests(method, pathIncludes),
		get inFlight() {
			return log.inFlight;
		},
		get maxInFlight() {
			return log.maxInFlight;
		},
		resetLog: () => {
			log.reset();
			limiter.refused = 0;
			fileHost.downloads.length = 0;
		},
		fault: (fault) => faults.add(fault),
		clearFaults: () => {
			faults.clear();
			downloadFaults.clear();
		},
		setLatency: (ms) => {
			responder.latencyMs = ms;
		},
		reset: () => {
			account.clear();
			exports.clear();
			clock.reset();
			limiter.reset();
			simulator.clearFaults();
			responder.latencyMs = 0;
			simulator.resetLog();
			options.seed?.(simulator);
		},
		stop: async () => {
			account.cancelJobs();
			fileServer.close();
			fileServer.closeAllConnections();
			await app.close();
		},
	};

	app.register(controlRoutes(simulator), { prefix: CONTROL_PREFIX });
	const host = options.host ?? '127.0.0.1';
	// n8n's HTTP Request node opens a connection per item, all at once; the backlog must hold them.
	await app.listen({ port: options.port ?? 0, host, backlog: 16_384 });
	await new Promise<void>((resolve, reject) => {
		fileServer.once('error', reject).listen(options.filePort ?? 0, host, resolve);
	}).catch(async (error) => {
		await simulator.stop();
		throw error;
	});
	options.seed?.(simulator);
	return simulator;
}

function addressOf(server: Server, isTls: unknown = false): string {
	const { address, port } = server.address() as AddressInfo;
	const scheme = isTls ? 'https' : 'http';
	return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function parseBody(text: string): unknown {
	if (text === '') return undefined;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
