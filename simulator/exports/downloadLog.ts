import type { IncomingHttpHeaders } from 'node:http';

/** The download of a file, successful or not. */
export interface LoggedDownload {
	method: string;
	/** Raw, with the query string. */
	path: string;
	headers: IncomingHttpHeaders;
	/** Real milliseconds since the epoch. */
	at: number;
	/** Undefined until the response starts. */
	status?: number;
	/** Bytes of the body that were sent, as the file is: packed or not. */
	bytesSent: number;
	/** `aborted`: the client closed the connection first; `cut`: a fault did. */
	outcome: 'sending' | 'complete' | 'aborted' | 'cut';
}
