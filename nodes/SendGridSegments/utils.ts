import { DateTime } from 'luxon';
import { sleep, type IDataObject } from 'n8n-workflow';

const MAX_QUOTED_CHARACTERS = 500;

export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text of unknown origin, short enough to be read; never cut within a character. */
export function truncate(text: string, maxCharacters = MAX_QUOTED_CHARACTERS): string {
	if (text.length <= maxCharacters) return text;
	const characters = Array.from(text.slice(0, 2 * maxCharacters + 2));
	return characters.length > maxCharacters
		? `${characters.slice(0, maxCharacters).join('')}…`
		: text;
}

/** Any value as a person would recognize it, on one line of bounded length. */
export function describeValue(value: unknown): string {
	if (typeof value === 'string')
		return `"${truncate(value.slice(0, 200).replace(/\s+/g, ' '), 60)}"`;
	if (typeof value === 'object' && value !== null)
		return Array.isArray(value) ? 'a list' : 'an object';
	return truncate(String(value), 60);
}

/** An instant as Americans write it: "Jun 10, 2025, 00:00 (UTC)"; to the minute, rounded up. */
export function describeInstant(ms: number, zone = 'UTC'): string {
	const minute = Math.ceil(ms / 60_000) * 60_000;
	const date = DateTime.fromMillis(minute, { zone, locale: 'en-US' });
	return `${date.toFormat('LLL d, yyyy, HH:mm')} (${zone})`;
}

export function joinSentences(...parts: Array<string | false | undefined>): string {
	return parts.filter(Boolean).join(' ');
}

/** Longer timers fire immediately. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

interface AbortListener {
	callbacks: Set<() => void>;
	call: () => void;
}

const abortListeners = new WeakMap<AbortSignal, AbortListener>();

/**
 * Calls the function when the signal is aborted. One listener serves all functions of a signal:
 * Node.js warns of a leak when it has more than ten, and many items can wait for one signal.
 *
 * @returns a function that removes the callback
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
	let listener = abortListeners.get(signal);
	if (!listener) {
		const callbacks = new Set<() => void>();
		listener = { callbacks, call: () => callbacks.forEach((each) => each()) };
		signal.addEventListener('abort', listener.call, { once: true });
		abortListeners.set(signal, listener);
	}
	const { callbacks, call } = listener;
	callbacks.add(callback);
	return () => {
		callbacks.delete(callback);
		if (callbacks.size > 0) return;
		// A timeout signal with a listener stays in memory until it fires, and the response with it.
		signal.removeEventListener('abort', call);
		abortListeners.delete(signal);
	};
}

/** The work's result, or a rejection with the signal's reason as soon as it is aborted. */
export async function abortable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
	signal.throwIfAborted();
	let stopListening = () => {};
	const aborted = new Promise<never>((_, reject) => {
		stopListening = onAbort(signal, () => reject(signal.reason as Error));
	});
	try {
		return await Promise.race([work, aborted]);
	} finally {
		stopListening();
	}
}

/** Resolves after `ms`, or after 24 days; rejects with the signal's reason as soon as it is aborted. */
export async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
	if (ms > 0) await abortable(signal, sleep(Math.min(ms, MAX_TIMER_MS)));
	else signal.throwIfAborted();
}

/** More than any name in SendGrid has; more of one is not compared. */
const MAX_COMPARED_CHARACTERS = 1000;

/**
 * A name as it is compared, however its characters are composed. Cut, since the time that it takes
 * grows with the square of the number of accents that follow each other.
 */
export function normalizeName(name: unknown): string {
	return String(name ?? '')
		.slice(0, MAX_COMPARED_CHARACTERS)
		.normalize('NFC');
}

/** The same, case-insensitive. */
export function foldCase(text: unknown): string {
	// The small "İ" has a dot of its own, which nobody types.
	return normalizeName(text).toLowerCase().replaceAll('i\u0307', 'i');
}

/** Whether an entry's name contains the text; case-insensitive. */
export function nameContains({ name }: IDataObject, text: string): boolean {
	if (text.length > MAX_COMPARED_CHARACTERS) return false;
	return foldCase(name).includes(foldCase(text.trim()));
}

/** Limits the number of concurrent tasks; first come, first served. */
export class Semaphore {
	private readonly queue: Array<() => void> = [];

	constructor(private available: number) {}

	async run<T>(task: () => Promise<T>): Promise<T> {
		if (this.available > 0) this.available--;
		else await new Promise<void>((resolve) => this.queue.push(resolve));
		try {
			return await task();
		} finally {
			const next = this.queue.shift();
			if (next) next();
			else this.available++;
		}
	}
}

/** A map's value, which is created if the map does not have it. */
export function getOrAdd<Key, Value>(
	map: {
		has(key: Key): boolean;
		get(key: Key): Value | undefined;
		set(key: Key, value: Value): unknown;
	},
	key: Key,
	create: () => Value,
): Value {
	if (!map.has(key)) map.set(key, create());
	return map.get(key)!;
}

/** How long n8n may be kept from other work, in ms. */
const SLICE_MS = 10;

/**
 * Resolves after n8n has handled what arrived in the meantime. A timer would not work: the engine's own
 * timer between batches and this one would take turns, and Node.js runs all timers that are due before
 * it checks the network.
 */
async function serveOthers(): Promise<void> {
	const { port1, port2 } = new MessageChannel();
	await new Promise((resolve) => {
		port1.once('message', resolve);
		port2.postMessage(undefined);
	});
	port1.close();
}

/** Cuts long work into slices, between which n8n does other work. */
export class TimeSlicer {
	private lastTurn = Promise.resolve();
	private sliceEndsAt = 0;

	/** Call it before each part of the work. Callers continue one after the other. */
	async pauseIfOver(): Promise<void> {
		await (this.lastTurn = this.lastTurn.then(async () => await this.startSliceIfOver()));
	}

	private async startSliceIfOver(): Promise<void> {
		if (performance.now() < this.sliceEndsAt) return;
		await serveOthers();
		this.sliceEndsAt = performance.now() + SLICE_MS;
	}
}
