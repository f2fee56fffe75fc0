import type { LoggedDownload } from './downloadLog';

/** What goes wrong with the download of a file. */
export interface DownloadFault {
	/** Default: every download. */
	match?: (download: LoggedDownload) => boolean;
	/** How many matching downloads it hits; default 1. */
	times?: number;

	/** With `headers`, `body` and `contentType` what is sent instead of the file; default 200. */
	status?: number;
	/** With `location` and a `status` such as 302, a redirect. Without `status` or `body`, added to the file's own. */
	headers?: Record<string, string>;
	body?: string;
	/** Default: the file's own. */
	contentType?: string;
	/** Never responds. */
	hang?: boolean;

	/** The text ends in the middle of its last line, correctly packed. */
	halfLastLine?: boolean;
	/** A byte that is no UTF-8 in the middle of the text's first part. */
	invalidUtf8?: boolean;
	/** The text goes on with ever more contacts. */
	endless?: boolean;

	/** What is sent (packed, if it is) ends after so many bytes, as if it were complete. */
	truncateAt?: number;
	/** Text that follows the file's end, after gzip's own. */
	append?: string;
	/** Leaves `Content-Length` out. Files of more than 2,000 contacts have none anyway. */
	noContentLength?: boolean;

	/** Closes the connection after so many bytes. */
	cutAt?: number;
	/** Sends nothing more after so many bytes, and keeps the connection open. */
	stallAt?: number;
	/** Sends so many bytes at a time. */
	dripBytes?: number;
	/** Simulated seconds between them; default 0: one turn of the event loop. */
	dripSeconds?: number;
}

export const DOWNLOAD_FAULT_FIELDS = [
	'match',
	'times',
	'status',
	'headers',
	'body',
	'contentType',
	'hang',
	'halfLastLine',
	'invalidUtf8',
	'endless',
	'truncateAt',
	'append',
	'noContentLength',
	'cutAt',
	'stallAt',
	'dripBytes',
	'dripSeconds',
] as const satisfies Array<keyof DownloadFault>;
