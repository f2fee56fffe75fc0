import { randomBytes } from 'node:crypto';

import { valueAt } from './describe';
import { NotSeen } from './expectation';
import {
	type ApiRequest,
	Guard,
	NAME_PREFIX,
	OWN_EMAIL,
	type Permissions,
	SEGMENTS,
} from './guard';

export interface Answer {
	status: number;
	headers: Headers;
	text: string;
	/** The parsed text; undefined if there is none or it is not JSON. */
	body: unknown;
}

/** A request with its answer, as they were. */
export interface RecordedAnswer {
	/** The title of the expectation that it belongs to. */
	title: string;
	request: ApiRequest;
	answer: Answer;
}

/** How the session waits; tests do not. */
export interface Timing {
	/** Resolves when the next request may start. */
	beforeRequest: () => Promise<void>;
	/** Resolves after the time between two looks at something that changes by itself. */
	pause: (seconds: number) => Promise<void>;
}

export interface SessionOptions extends Permissions {
	/** Without a slash at the end. */
	baseUrl: string;
	apiKey: string;
	timing: Timing;
	/** Ends the run. */
	signal?: AbortSignal;
	/** What may be deleted: segments with this prefix. Default: of this run only. */
	namePrefix?: string;
}

/** Matches nobody but the suite's own contact. */
export const OWN_QUERY = `SELECT contact_id, updated_at FROM contact_data WHERE email = '${OWN_EMAIL}'`;

const REQUEST_TIMEOUT_MS = 60_000;

/** One run against one account: sends what its guard allows, and remembers what came back. */
export class Session {
	/** What the requests that follow are recorded under. */
	title = 'the segments before the run';
	readonly records: RecordedAnswer[] = [];
	readonly namePrefix: string;
	readonly signal?: AbortSignal;
	readonly unknownId: string;

	private readonly guard: Guard;
	private readonly done = new Map<string, Promise<unknown>>();

	constructor(private readonly options: SessionOptions) {
		this.namePrefix = options.namePrefix ?? `${NAME_PREFIX}${randomBytes(3).toString('hex')}-`;
		this.signal = options.signal;
		this.guard = new Guard(this.namePrefix, options);
		this.unknownId = this.guard.unknownId;
	}

	allows(permission: keyof Permissions): boolean {
		return this.options[permission];
	}

	/**
	 * @throws NotSeen if the request is not allowed, or nothing came back
	 * @throws the signal's reason if the run was interrupted
	 */
	async send(
		method: string,
		path: string,
		body?: unknown,
		apiKey = this.options.apiKey,
	): Promise<Answer> {
		await this.options.timing.beforeRequest();
		this.signal?.throwIfAborted();
		const request = { method, path, body };
		const refusal = this.guard.refuse(request);
		if (refusal !== undefined) throw new NotSeen(`not sent: ${refusal}`);
		const answer = await this.fetch(this.options.baseUrl + path, {
			method,
			headers: {
				authorization: `Bearer ${apiKey}`,
				...(body !== undefined && { 'content-type': 'application/json' }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		this.guard.learn(request, answer.status, answer.body);
		this.records.push({ title: this.title, request, answer });
		return answer;
	}

	/**
	 * Reads until `isDone`. Records the first and the last answer.
	 *
	 * @throws NotSeen if it does not come about, with `notYet` as the reason
	 */
	async poll(
		path: string,
		isDone: (answer: Answer) => boolean,
		{ notYet, times, seconds }: { notYet: string; times: number; seconds: number },
	): Promise<Answer> {
		for (let read = 1; read <= times; read++) {
			const answer = await this.send('GET', path);
			if (read > 2) this.records.splice(-2, 1);
			if (isDone(answer)) return answer;
			await this.pause(seconds);
		}
		throw new NotSeen(`${notYet} after ${times * seconds} seconds`);
	}

	/** Downloads from a storage host, without the key; is not recorded. */
	async download(url: string): Promise<{ status: number; bytes: Buffer }> {
		await this.options.timing.beforeRequest();
		const response = await this.request(url, {});
		return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
	}

	/** Does something that several expectations build on, when it is first asked for. */
	once<T>(what: string, action: () => Promise<T>): Promise<T> {
		const earlier = this.done.get(what);
		if (earlier) return earlier as Promise<T>;
		const result = action();
		this.done.set(what, result);
		return result;
	}

	/** Whether this was begun, as of once(). */
	began(what: string): boolean {
		return this.done.has(what);
	}

	/** A segment of the run's own. */
	segment(name: 'first' | 'second'): Promise<OwnSegment> {
		return this.once(`segment ${name}`, () => this.createSegment(name));
	}

	/** Waits for something that changes by itself. */
	async pause(seconds: number): Promise<void> {
		await this.options.timing.pause(seconds);
		this.signal?.throwIfAborted();
	}

	private async createSegment(shortName: string): Promise<OwnSegment> {
		const name = this.namePrefix + shortName;
		const answer = await this.send('POST', SEGMENTS, { name, query_dsl: OWN_QUERY });
		const id = valueAt(answer.body, 'id');
		if (typeof id !== 'string') throw new NotSeen(`no segment was created (${answer.status})`);
		return { id, name, path: `${SEGMENTS}/${id}`, answer };
	}

	private async fetch(url: string, init: RequestInit): Promise<Answer> {
		const response = await this.request(url, init);
		const text = await response.text().catch((error: unknown) => this.noAnswer(error));
		return { status: response.status, headers: response.headers, text, body: parse(text) };
	}

	private async request(url: string, init: RequestInit): Promise<Response> {
		const signals = [AbortSignal.timeout(REQUEST_TIMEOUT_MS), this.signal].filter(
			(signal) => signal !== undefined,
		);
		return await fetch(url, {
			...init,
			redirect: 'manual',
			signal: AbortSignal.any(signals),
		}).catch((error: unknown) => this.noAnswer(error));
	}

	private noAnswer(error: unknown): never {
		this.signal?.throwIfAborted();
		const { cause, name } = error as Error;
		throw new NotSeen(`no response: ${String(valueAt(cause, 'code') ?? name)}`);
	}
}

export interface OwnSegment {
	id: string;
	name: string;
	path: string;
	/** SendGrid's answer to its creation. */
	answer: Answer;
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
