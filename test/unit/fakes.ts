import { Readable } from 'node:stream';
import type { IHttpRequestOptions } from 'n8n-workflow';
import type { OperationContext } from '../../nodes/SendGridSegments/operation';
import { RateLimits } from '../../nodes/SendGridSegments/transport/apiRequest';
import { Semaphore } from '../../nodes/SendGridSegments/utils';

export const API_KEY = 'SG.a-key_of/SendGrid';

/** A response as n8n's request helper returns it. */
export function rawResponse(
	statusCode: number,
	body: unknown = '',
	headers: Record<string, unknown> = {},
) {
	const isJson = typeof body === 'object' && body !== null;
	const stream = Readable.from([Buffer.from(isJson ? JSON.stringify(body) : String(body))]);
	const type = isJson ? { 'content-type': 'application/json' } : {};
	return { statusCode, headers: { ...type, ...headers }, body: stream };
}

type Send = (options: IHttpRequestOptions) => unknown;

/** Everything a request needs, with a function in the place of n8n's request helper. */
export function fakeContext(send: Send, overrides: Partial<OperationContext> = {}) {
	const requests = jest.fn(
		async (...args: unknown[]) => await send(args[1] as IHttpRequestOptions),
	);
	const context: OperationContext = {
		functions: {
			helpers: { httpRequestWithAuthentication: requests },
		} as unknown as OperationContext['functions'],
		options: { url: '', proxy: { host: 'proxy.example.com', port: 8080 } } as IHttpRequestOptions,
		credential: { data: { apiKey: API_KEY }, apiKey: API_KEY, baseUrl: 'https://api.sendgrid.com' },
		rateLimits: new RateLimits(),
		signal: new AbortController().signal,
		timeoutMs: 60_000,
		limit: new Semaphore(10),
		names: {},
		delivery: {},
		progress: {},
		...overrides,
	};
	return { context, requests };
}

/** jest's timers, also for `AbortSignal.timeout`, which it does not replace. */
export function useFakeTimers(now: number): void {
	jest.useFakeTimers({ now, doNotFake: ['nextTick', 'setImmediate'] });
	jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
		const controller = new AbortController();
		const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
		setTimeout(() => controller.abort(reason), ms);
		return controller.signal;
	});
}

/** Lets streams and promises go on, and no time pass. */
export async function settle(): Promise<void> {
	for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Counts the turns of the event loop until it is stopped. */
export function countTurns(): { current(): number; stop(): void } {
	let turns = 0;
	let isStopped = false;
	const next = () => {
		turns++;
		if (!isStopped) setImmediate(next);
	};
	next();
	return { current: () => turns, stop: () => (isStopped = true) };
}
