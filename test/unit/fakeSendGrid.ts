import type { IDataObject } from 'n8n-workflow';
import type { OperationContext } from '../../nodes/SendGridSegments/operation';
import { fakeContext, useFakeTimers } from './fakes';

/** A response as n8n's request helper gives it, no response, or one that never comes. */
export type FakeResponse =
	{ status?: number; headers?: Record<string, string>; body?: unknown } | Error | 'hang';

/**
 * SendGrid as the functions that wait see it: it responds at once with what the test gives for each
 * request, the last for all that follow. All times are seconds of the fake clock since it was made.
 */
export class FakeSendGrid {
	/** When each request was sent. */
	readonly sentAt: number[] = [];

	/** Method and path of each. */
	readonly requests: string[] = [];

	readonly controller = new AbortController();

	readonly context: OperationContext;

	private readonly start = performance.now();

	constructor(private readonly responses: FakeResponse[]) {
		const { signal } = this.controller;
		const send = async ({ method, url }: { method?: string; url: string }) =>
			await this.respond(`${method} ${url}`);
		this.context = fakeContext(send, { signal }).context;
	}

	/** By the monotonic clock, whatever the time of day is. */
	get now(): number {
		return (performance.now() - this.start) / 1000;
	}

	/** Lets the time pass until the work has ended, and tells when that was. */
	async finish<T>(work: Promise<T>): Promise<{ result: T; endedAt: number }> {
		let endedAt = NaN;
		const timed = work.finally(() => (endedAt = this.now));
		// Looked at in the end; until then, a rejection is no unhandled one.
		timed.catch(() => {});
		for (let minutes = 0; minutes < 60 && Number.isNaN(endedAt); minutes++) {
			await jest.advanceTimersByTimeAsync(60_000);
		}
		expect(endedAt).not.toBeNaN();
		return { result: await timed, endedAt };
	}

	private async respond(request: string): Promise<IDataObject> {
		this.sentAt.push(this.now);
		this.requests.push(request);
		const response = this.responses[Math.min(this.sentAt.length, this.responses.length) - 1];
		if (response === 'hang') return await new Promise(() => {});
		if (response instanceof Error) throw response;
		const { status = 200, headers = {}, body } = response;
		const date = new Date().toUTCString();
		return {
			statusCode: status,
			headers: { date, 'content-type': 'application/json', ...headers },
			body,
		} as IDataObject;
	}
}

/** A fake clock for each test of the file, which also drives the time limit of a request. */
export function useFakeClock() {
	beforeEach(() => useFakeTimers(Date.parse('2025-06-10T12:00:00Z')));
	afterEach(() => {
		jest.restoreAllMocks();
		jest.useRealTimers();
	});
}

/** The general rate limit, used up until so many seconds from now. */
export const usedUp = (seconds: number) => ({
	'x-ratelimit-limit': '600',
	'x-ratelimit-remaining': '0',
	'x-ratelimit-reset': String(seconds),
});

/** SendGrid's words about a refused request. */
export const says = (message: string) => ({ errors: [{ field: null, message }] });

export const coded = (code: string, message = code) => Object.assign(new Error(message), { code });
