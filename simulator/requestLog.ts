import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** A request as it arrived. */
export interface LoggedRequest {
	method: string;
	/** Raw, with the query string. */
	path: string;
	/** Raw, without the query string. */
	pathname: string;
	headers: IncomingHttpHeaders;
	/** Parsed if it is JSON, else the text; undefined if there is none or it has not arrived yet. */
	body?: unknown;
	/** Real milliseconds since the epoch. */
	at: number;
	/** Undefined until the response starts. */
	status?: number;
}

/** Records every request when it arrives, and how many are in progress. */
export class RequestLog {
	/** In order of arrival. */
	readonly entries: LoggedRequest[] = [];
	inFlight = 0;
	maxInFlight = 0;

	private readonly byMessage = new WeakMap<IncomingMessage, LoggedRequest>();

	constructor(private readonly print?: (line: string) => void) {}

	arrive(message: IncomingMessage, response: ServerResponse): void {
		const path = message.url ?? '';
		const entry: LoggedRequest = {
			method: message.method ?? '',
			path,
			pathname: path.split('?', 1)[0],
			headers: message.headers,
			at: Date.now(),
		};
		this.entries.push(entry);
		this.byMessage.set(message, entry);
		this.inFlight++;
		this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
		response.once('close', () => {
			this.inFlight--;
			this.print?.(
				`${entry.method} ${entry.path} → ${entry.status ?? 'no response'}, ${Date.now() - entry.at} ms`,
			);
		});
	}

	entryOf(message: IncomingMessage): LoggedRequest {
		const entry = this.byMessage.get(message);
		if (!entry) throw new Error(`${message.method} ${message.url} was not logged on arrival`);
		return entry;
	}

	requests(method?: string, pathIncludes = ''): LoggedRequest[] {
		return this.entries.filter(
			(entry) =>
				(method === undefined || entry.method === method) && entry.path.includes(pathIncludes),
		);
	}

	reset(): void {
		this.entries.length = 0;
		this.maxInFlight = this.inFlight;
	}
}
