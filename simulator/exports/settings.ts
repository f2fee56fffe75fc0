/** How exports turn out. What is left out is as stated. */
export interface ExportSettings {
	/** Simulated seconds until a job has ended; default 0. Infinity: only by completeExports(). */
	pendingSeconds?: number;
	/** How many reads say `pending`, however long ago the job began; default 1. */
	pendingReads?: number;
	/** Ends the job as `failure` with this message. */
	failure?: string;
	/** Default true. The files are named `.gzip` either way, as SendGrid's are. */
	gzip?: boolean;
	/** Of the files; default `binary/octet-stream`, which says nothing, as S3 does. */
	contentType?: string;
	/** How many files there are; default: as many as `max_file_size` makes. */
	files?: number;
	/** What an export of no contacts is: `ready` without `urls`, or one file; default `headerOnly` (0 bytes if JSON). */
	empty?: 'noUrls' | 'headerOnly' | 'zeroBytes';
	/** Simulated seconds for which a link is good; default 12 hours. */
	linkSeconds?: number;
	/** How many downloads a link is good for; default: any number. */
	linkDownloads?: number;
	/** Whether the files are on a server of their own (default), or under the API's address. */
	linkOrigin?: 'fileHost' | 'api';
}

export type CompleteExportSettings = Required<Omit<ExportSettings, 'failure'>> &
	Pick<ExportSettings, 'failure'>;

const DEFAULTS: CompleteExportSettings = {
	pendingSeconds: 0,
	pendingReads: 1,
	gzip: true,
	contentType: 'binary/octet-stream',
	files: 0,
	empty: 'headerOnly',
	linkSeconds: 43_200,
	linkDownloads: Infinity,
	linkOrigin: 'fileHost',
};

export const EXPORT_SETTINGS = [
	...(Object.keys(DEFAULTS) as Array<keyof CompleteExportSettings>),
	'failure',
] as const satisfies Array<keyof ExportSettings>;

export function completeExportSettings(settings: ExportSettings): CompleteExportSettings {
	return { ...DEFAULTS, ...settings };
}
