import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { type Answer, refusal } from './answers';
import type { SimulatedClock } from './clock';
import { type Fault, type Faults, replacesAnswer } from './faults';
import type { RateLimiter } from './rateLimit';
import type { LoggedRequest, RequestLog } from './requestLog';

const JSON_TYPE = 'application/json; charset=utf-8';

/** What goes over the wire. */
interface WireAnswer {
	status: number;
	headers: Record<string, string>;
	text: string;
}

/** Brings requests to the API and its answers back, by way of latency, faults and the rate limit. */
export class Exchange {
	latencyMs = 0;

	constructor(
		private readonly log: RequestLog,
		private readonly faults: Faults,
		private readonly limiter: RateLimiter,
		private readonly clock: SimulatedClock,
	) {}

	/** Answers a request with what `act` gives, unless a fault or the rate limit comes in between. */
	answer(request: FastifyRequest, reply: FastifyReply, act: () => Answer): void {
		const entry = this.log.entryOf(request.raw);
		entry.body = request.body;
		const fault = this.faults.take(entry);
		const delayMs = this.latencyMs + (fault?.latencyMs ?? 0);
		const actWithinLimit = () =>
			this.limiter.take() ? act() : refusal(429, null, 'too many requests');

		const early = fault?.apply === 'after' ? actWithinLimit() : undefined;
		const finish = () => {
			if (fault && replacesAnswer(fault)) {
				this.sendFaulty(entry, reply, fault, this.wireAnswer(early, fault));
			} else {
				this.send(entry, reply, this.wireAnswer(early ?? actWithinLimit(), fault));
			}
		};
		if (delayMs > 0) setTimeout(finish, delayMs).unref();
		else finish();
	}

	private wireAnswer(answer?: Answer, fault: Fault = {}): WireAnswer {
		const keepsBody = fault.status === undefined && fault.body === undefined;
		const body = padded(keepsBody ? answer?.body : fault.body, fault.bodyBytes);
		const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
		const headers: Record<string, string> = {
			date: this.clock.now().toUTCString(),
			...this.limiter.headers(),
		};
		if (fault.contentType ?? text) headers['content-type'] = fault.contentType ?? JSON_TYPE;
		for (const [name, value] of Object.entries(fault.headers ?? {})) {
			if (value === null) delete headers[name.toLowerCase()];
			else headers[name.toLowerCase()] = value;
		}
		return { status: fault.status ?? answer?.status ?? 200, headers, text };
	}

	private send(entry: LoggedRequest, reply: FastifyReply, wire: WireAnswer): void {
		entry.status = wire.status;
		reply
			.code(wire.status)
			.headers(wire.headers)
			.send(wire.text || undefined);
	}

	private sendFaulty(
		entry: LoggedRequest,
		reply: FastifyReply,
		fault: Fault,
		wire: WireAnswer,
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
function closeMidHeaders(response: ServerResponse, { status, headers }: WireAnswer): void {
	const socket = response.socket;
	const [name] = Object.keys(headers);
	socket?.write(`HTTP/1.1 ${status} -\r\n${name.slice(0, 2)}`, () => socket.destroy());
}

function closeMidBody(response: ServerResponse, { status, headers, text }: WireAnswer): void {
	const whole = Buffer.from(text || '{}');
	response.writeHead(status, { ...headers, 'content-length': whole.length });
	response.write(whole.subarray(0, whole.length / 2), () => response.socket?.destroy());
}

function sendEndlessly(response: ServerResponse, { status, headers }: WireAnswer): void {
	const chunk = 'x'.repeat(65_536);
	response.writeHead(status, { 'content-type': JSON_TYPE, ...headers });
	response.write('{"endless":"');
	const more = () => {
		if (response.destroyed) return;
		// The pause leaves a client in this process room to react.
		if (response.write(chunk)) setTimeout(more, 1).unref();
		else response.once('drain', more);
	};
	more();
}
