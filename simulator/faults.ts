import type { LoggedRequest } from './requestLog';

/**
 * What goes wrong with a request. One that only delays (`latencyMs`) or pads (`bodyBytes`) leaves the
 * API to act and respond; any other replaces the response, and `apply` says whether the API acts.
 */
export interface Fault {
	/** Default: every request. */
	match?: (request: LoggedRequest) => boolean;
	/** How many matching requests it hits; default 1. */
	times?: number;
	/**
	 * `instead` (default): the API does not act. `after`: the API acts, then the response is replaced or
	 * lost; what the fault leaves unsaid of status and body is the API's own.
	 */
	apply?: 'instead' | 'after';

	/** On top of the general latency. The API acts at its end, or with `after` at its start. */
	latencyMs?: number;
	/** Default 200, or the API's own with `after`. */
	status?: number;
	/** Added to the usual ones, or put in their place; null leaves one out. */
	headers?: Record<string, string | null>;
	/** A string is sent as it is, an object as JSON. */
	body?: string | object;
	/** Default `application/json`. */
	contentType?: string;
	/** Ends the connection: reset before the response, or closed after half of the headers or of the body. */
	drop?: 'beforeAnswer' | 'midHeaders' | 'midBody';
	/** Never responds. */
	hang?: boolean;
	/** Sends data until the client goes away. */
	endlessBody?: boolean;
	/** Adds a field `padding` to the JSON object that is sent, so that it has this many bytes. */
	bodyBytes?: number;
}

/** The faults still to come, and which requests of the kind `R` they hit. */
export class Faults<R, F extends { match?: (request: R) => boolean; times?: number }> {
	private waiting: Array<{ fault: F; left: number }> = [];

	add(fault: F): void {
		this.waiting.push({ fault, left: fault.times ?? 1 });
	}

	clear(): void {
		this.waiting = [];
	}

	/** The first fault that matches, which is then used up by one. */
	take(request: R): F | undefined {
		if (this.waiting.length === 0) return undefined;
		const hit = this.waiting.find(
			({ fault, left }) => left > 0 && (fault.match?.(request) ?? true),
		);
		if (!hit) return undefined;
		hit.left--;
		if (hit.left <= 0) this.waiting = this.waiting.filter((other) => other !== hit);
		return hit.fault;
	}
}

/** Whether the response that is sent is not the API's own. */
export function replacesResponse(fault: Fault): boolean {
	return (
		fault.status !== undefined ||
		fault.headers !== undefined ||
		fault.body !== undefined ||
		fault.contentType !== undefined ||
		fault.drop !== undefined ||
		fault.hang === true ||
		fault.endlessBody === true ||
		fault.apply === 'instead'
	);
}
