import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import type { ClientRequest, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { runInThisContext } from 'node:vm';
import * as zlib from 'node:zlib';
import type * as FakeTimers from '@sinonjs/fake-timers';

// One clock for the tests, the simulator, n8n's engine and the node, which stands still while
// anything can happen without it. Requests and responses are real and take no time on it: the clock
// goes on to the next timer once none of them is on its way and no promise is left to settle.

/** The realm of n8n and of the built package; jest runs the tests and the simulator in another one. */
const outer = runInThisContext('globalThis') as typeof globalThis;
const fakeTimers = outer.process.getBuiltinModule('node:module').createRequire(__filename)(
	'@sinonjs/fake-timers',
) as typeof FakeTimers;

const FAKED = [
	'setTimeout',
	'clearTimeout',
	'setInterval',
	'clearInterval',
	'Date',
	'performance',
] as const;
const realNow = Date.now.bind(Date);
const nextTurn = async () => await new Promise((resolve) => setImmediate(resolve));

/** Turns of the event loop without any activity, after which only time brings something new. */
const QUIET_TURNS = 10;

/** For a request through a tunnel, which cannot be followed: quiet real time until it counts as received. */
const UNKNOWN_MS = 500;

/** What a test may wait for in simulated time; what takes longer never happens. */
const LONGEST_WAIT_MS = 7 * 24 * 3_600_000;

/** For what needs no time and does not happen: the real time until the test fails with a reason. */
const STUCK_MS = 20_000;

let clock: FakeTimers.Clock | undefined;

interface Sent {
	method: string;
	path: string;
	/** Once it is connected. */
	socket?: Socket | null;
}

/** By their own objects: the requests whose response has not been read to its end. */
const sent = new Map<object, Sent>();
/** By the client's port: the server's end of each connection to a server in this process. */
const accepted = new Map<number, Socket>();
/** By the client's port: the response to the last request of the connection. */
const responses = new Map<number, ServerResponse>();
const received = new WeakSet<Sent>();
/** Chunks that are being compressed or decompressed. */
let chunks = 0;
let activity = 0;

function onRequest(message: unknown): void {
	const { request } = message as { request: ClientRequest };
	activity++;
	sent.set(request, request);
	request.once('close', () => onEnd({ request }));
}

/** From `fetch`. */
function onFetch(message: unknown): void {
	const { request } = message as { request: Sent };
	activity++;
	sent.set(request, { method: request.method, path: request.path });
}

function onFetchSent(message: unknown): void {
	const { request, socket } = message as { request: Sent; socket: Socket };
	activity++;
	Object.assign(sent.get(request) ?? {}, { socket });
}

function onEnd(message: unknown): void {
	activity++;
	sent.delete((message as { request: object }).request);
}

function onConnection(message: unknown): void {
	const { socket } = message as { socket: Socket };
	const port = socket.remotePort!;
	activity++;
	accepted.set(port, socket);
	socket.once('close', () => {
		activity++;
		if (accepted.get(port) === socket) accepted.delete(port);
	});
}

function onArrival(message: unknown): void {
	const { response, socket } = message as { response: ServerResponse; socket: Socket };
	const port = socket.remotePort!;
	activity++;
	responses.set(port, response);
	response.once('close', () => {
		activity++;
		if (responses.get(port) === response) responses.delete(port);
	});
}

/** Whether the request has not reached its server yet, or the whole response not yet the client. */
function isOnItsWay({ socket: client }: Sent): boolean {
	const port = client?.localPort ?? -1;
	const response = responses.get(port);
	if (response) return response.writableEnded;
	const server = accepted.get(port);
	// A server that reads HTTP tells when it has a request; of others, only the bytes are known.
	if (!server || (server as unknown as { server: Server }).server.listenerCount('request') > 0)
		return true;
	return client!.bytesWritten !== server.bytesRead || server.bytesWritten !== client!.bytesRead;
}

/** Work of this process that is done outside of its event loop: files, names, connections, zlib. */
const isWorkingElsewhere = () =>
	chunks > 0 || process.getActiveResourcesInfo().some((resource) => /Req|Connect/.test(resource));

type Transform = (chunk: unknown, encoding: string, done: (...args: unknown[]) => void) => void;
/** What all streams of zlib inherit from. */
const zlibStream = Object.getPrototypeOf(
	Object.getPrototypeOf(zlib.createGunzip().constructor.prototype),
) as {
	_transform: Transform;
};
const transform = zlibStream._transform;

function countedTransform(
	this: EventEmitter,
	...[chunk, encoding, done]: Parameters<Transform>
): void {
	chunks++;
	let isCounted = true;
	const end = () => {
		if (isCounted) chunks--;
		isCounted = false;
		activity++;
		this.off('close', end);
	};
	// One that is destroyed at work is never done.
	this.on('close', end);
	transform.call(this, chunk, encoding, (...args) => {
		end();
		done(...args);
	});
}

/** Resolves once nothing more happens until a timer fires. */
async function settle(): Promise<void> {
	const startedAt = realNow();
	let quietSince = startedAt;
	let seen = activity;
	for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
		await nextTurn();
		const onTheirWay = [...sent.values()].filter(
			(request) => !received.has(request) && isOnItsWay(request),
		);
		if (seen !== activity) quietSince = realNow();
		if (onTheirWay.length > 0 && realNow() - quietSince > UNKNOWN_MS) {
			for (const request of onTheirWay) received.add(request);
		}
		if (seen !== activity || onTheirWay.length > 0 || isWorkingElsewhere()) quiet = -1;
		seen = activity;
	}
}

interface Waiter {
	what: string;
	isMet: () => boolean;
	resolve: () => void;
	reject: (reason: Error) => void;
}

const waiters = new Set<Waiter>();
let isMoving = false;

/** Goes on from timer to timer, as long as somebody waits; never past what one of them waits for. */
async function move(): Promise<void> {
	let latest = Date.now() + LONGEST_WAIT_MS;
	let idleSince = realNow();
	while (waiters.size > 0) {
		await settle();
		// The test has ended, and with it what it waited for.
		if (!clock) return waiters.clear();
		const before = waiters.size;
		for (const waiter of waiters) check(waiter);
		if (waiters.size < before) latest = Date.now() + LONGEST_WAIT_MS;
		else if (clock.countTimers() > 0 && Date.now() < latest) clock.next();
		else if (realNow() - idleSince > STUCK_MS) giveUp();
		else continue;
		idleSince = realNow();
	}
}

function check(waiter: Waiter): void {
	try {
		if (!waiter.isMet()) return;
		waiter.resolve();
	} catch (thrown) {
		waiter.reject(thrown as Error);
	}
	waiters.delete(waiter);
}

function giveUp(): void {
	const requests = [...sent.values()].map(({ method, path }) => `${method} ${path}`);
	for (const { what, reject } of waiters) {
		reject(
			new Error(
				`Waited for ${what}, but nothing is left that could bring it about: no timer, and as requests without a full response ${requests.join(', ') || 'none'}.`,
			),
		);
	}
	waiters.clear();
}

/**
 * Lets time pass until the condition holds, and not longer. It is looked at whenever nothing more
 * happens without time.
 *
 * @param what what is waited for, for the message of a test that waits in vain
 */
export async function until(what: string, isMet: () => boolean): Promise<void> {
	if (!clock) throw new Error('The test file must call useClock()');
	const met = new Promise<void>((resolve, reject) => {
		waiters.add({ what, isMet, resolve, reject });
	});
	if (!isMoving) {
		isMoving = true;
		void move().finally(() => (isMoving = false));
	}
	await met;
}

/** Lets time pass until the work is done, and returns its result. In a file without `useClock`, waits. */
export async function untilDone<T>(work: Promise<T>, what = 'the end of the run'): Promise<T> {
	if (!clock) return await work;
	let isDone = false;
	const done = () => void (isDone = true);
	work.then(done, done);
	await until(what, () => isDone);
	return await work;
}

/** Lets happen what happens within so many milliseconds; 0: all that needs no time. */
export async function advance(ms: number): Promise<void> {
	const end = Date.now() + ms;
	setTimeout(() => {}, ms);
	await until(`${ms} ms`, () => Date.now() >= end);
}

/** `AbortSignal.timeout` runs on a timer inside of Node that nothing replaces. */
function timeoutSignal(ms: number): AbortSignal {
	const controller = new AbortController();
	const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
	setTimeout(() => controller.abort(reason), ms);
	return controller.signal;
}

const channels = [
	['http.client.request.start', onRequest],
	['http.server.request.start', onArrival],
	['undici:request:create', onFetch],
	['undici:client:sendHeaders', onFetchSent],
	['undici:request:trailers', onEnd],
	['undici:request:error', onEnd],
	['net.server.socket', onConnection],
] as const;

/**
 * Has each test of the file run on a clock of its own, which starts at the real time. It stands
 * still except in `until`, `untilDone` and `advance`; the functions of the harness call those.
 */
export function useClock(): void {
	const real = Object.fromEntries(FAKED.map((name) => [name, globalThis[name]]));
	const realTimeout = AbortSignal.timeout;
	beforeAll(() => {
		for (const [name, listener] of channels) subscribe(name, listener);
		zlibStream._transform = countedTransform;
	});
	beforeEach(() => {
		sent.clear();
		clock = fakeTimers
			.withGlobal(outer)
			.install({ now: realNow(), toFake: [...FAKED], shouldClearNativeTimers: true });
		for (const name of FAKED) Object.assign(globalThis, { [name]: outer[name] });
		AbortSignal.timeout = timeoutSignal;
	});
	afterEach(() => {
		clock!.uninstall();
		clock = undefined;
		Object.assign(globalThis, real);
		AbortSignal.timeout = realTimeout;
	});
	afterAll(() => {
		for (const [name, listener] of channels) unsubscribe(name, listener);
		zlibStream._transform = transform;
	});
}
