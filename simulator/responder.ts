import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { SimulatedClock } from './clock';
import { type Fault, type Faults, replacesResponse } from './faults';
import { type RateLimiter, rateLimitBucket } from './rateLimit';
import type { LoggedRequest, RequestLog } from './requestLog';
import { type EndpointResponse, errorResponse } from './responses';

const JSON_TYPE = 'application/json';

/** What goes over the wire. */
interface WireResponse {
	status: number;
	headers: Record<string, string>;
	text: string;
}

/** Responds to requests with what the API makes of them, after latency, faults and the rate limit. */
export class Responder {
	latencyMs = 0;

	constructor(
		private readonly log: RequestLog,
		private readonly faults: Faults<LoggedRequest, Fault>,
		private readonly limiter: RateLimiter,
		private readonly clock: SimulatedClock,
	) {}

	/** Responds with what `handle` gives, unless a fault or the rate limit comes in between. */
	respond(request: FastifyRequest, reply: FastifyReply, handle: () => EndpointResponse): void {
		const entry = this.log.entryOf(request.raw);
		entry.body = request.body;
		const fault = this.faults.take(entry);
		const delayMs = this.latencyMs + (fault?.latencyMs ?? 0);
		const bucket = rateLimitBucket(entry.pathname, entry.headers.authorization);
		const handleWithinLimit = () =>
			this.limiter.tryAcquire(bucket) ? handle() : errorResponse(429, null, 'too many requests');

		const early = fault?.apply === 'after' ? handleWithinLimit() : undefined;
		const finish = () => {
			if (fault && replacesResponse(fault)) {
				this.sendFaulty(entry, reply, fault, this.wireResponse(entry, bucket, early, fault));
			} else {
				const response = early ?? handleWithinLimit();
				this.send(entry, reply, this.wireResponse(entry, bucket, response, fault));
			}
		};
		if (delayMs > 0) setTimeout(finish, delayMs).unref();
		else finish();
	}

	private wireResponse(
		entry: LoggedRequest,
		bucket: string,
		response?: EndpointResponse,
		fault: Fault = {},
	): WireResponse {
		// Another success than the usual one has the usual body.
		const isSuccess = fault.apply === 'after' && (fault.status ?? 500) < 300;
		const keepsBody = fault.body === undefined && (fault.status === undefined || isSuccess);
		const body = padded(keepsBody ? response?.body : fault.body, fault.bodyBytes);
		const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
		const nowMs = this.clock.ms();
		const headers: Record<string, string> = {
			date: new Date(nowMs).toUTCString(),
			'content-type': fault.contentType ?? JSON_TYPE,
			...(response?.hasRateLimitHeaders !== false && this.limiter.headers(bucket, nowMs)),
			'x-envoy-upstream-service-time': String(Date.now() - entry.at),
			'powered-by': 'SGGateway',
		};
		for (const [name, value] of Object.entries(fault.headers ?? {})) {
			if (value === null) delete headers[name.toLowerCase()];
			else headers[name.toLowerCase()] = value;
		}
		return { status: fault.status ?? response?.status ?? 200, headers, text };
	}

	private send(entry: LoggedRequest, reply: FastifyReply, wire: WireResponse): void {
		entry.status = wire.status;
		reply
			.code(wire.status)
			.headers(wire.headers)
			// Fastify adds a charset to the content type of a string.
			.send(wire.text ? Buffer.from(wire.text) : undefined);
	}

	private sendFaulty(
		entry: LoggedRequest,
		reply: FastifyReply,
		fault: Fault,
		wire: WireResponse,
	): void {
		if (!fault.hang && !fault.drop && !fault.endlessBody) {
			this.send(entry, reply, wire);
			return;
		}
		reply.hijack();
		const response = reply.raw;
		if (fault.hang) return;
		if (fault.drop === 'beforeAnswer') {
			response.socket?.resetAndDestroy();
			return;
		}
		entry.status = wire.status;
		if (fault.drop === 'midHeaders') closeMidHeaders(response, wire);
		else if (fault.drop === 'midBody') closeMidBody(response, wire);
		else sendEndlessly(response, wire);
	}
}

function padded(body: unknown, bytes?: number): unknown {
	if (bytes === undefined || typeof body === 'string') return body;
	const padding = bytes - Buffer.byteLength(JSON.stringify({ ...(body as object), padding: '' }));
	return { ...(body as object), padding: 'x'.repeat(Math.max(0, padding)) };
}

// A plain close, unlike a reset, lets the client read what was sent before it.
function closeMidHeaders(response: ServerResponse, { status, headers }: WireResponse): void {
	const socket = response.socket;
	const [name] = Object.keys(headers);
	socket?.write(`HTTP/1.1 ${status} -\r\n${name.slice(0, 2)}`, () => socket.destroy());
}

function closeMidBody(response: ServerResponse, { status, headers, text }: WireResponse): void {
	const whole = Buffer.from(text || '{}');
	response.writeHead(status, { ...headers, 'content-length': whole.length });
	response.write(whole.subarray(0, whole.length / 2), () => response.socket?.destroy());
}

function sendEndlessly(response: ServerResponse, { status, headers }: WireResponse): void {
	const chunk = 'x'.repeat(65_536);
	response.writeHead(status, headers);
	response.write('{"endless":"');
	const more = () => {
		if (response.destroyed) return;
		// The pause leaves a client in this process room to react.
		if (response.write(chunk)) setTimeout(more, 1).unref();
		else response.once('drain', more);
	};
	more();
}
