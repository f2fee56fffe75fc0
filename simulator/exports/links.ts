import { randomBytes } from 'node:crypto';

import type { SimulatedClock } from '../clock';
import type { ExportFile } from './fileText';
import type { CompleteExportSettings } from './settings';

interface Link {
	file: ExportFile;
	settings: CompleteExportSettings;
	expiresMs: number;
	downloads: number;
}

/** Files are under this path. */
export const FILES_PREFIX = '/exports/';

/** The presigned links to files of exports. */
export class Links {
	/** By path with query. */
	private readonly links = new Map<string, Link>();

	/** @param origin of the host that has the files */
	constructor(
		private readonly clock: SimulatedClock,
		private readonly origin: (where: CompleteExportSettings['linkOrigin']) => string,
	) {}

	/** A new link to a file of this name. */
	add(name: string, file: ExportFile, settings: CompleteExportSettings, expiresMs: number): string {
		const signature = randomBytes(32).toString('hex');
		const path = `${FILES_PREFIX}${name}?X-Signature=${signature}`;
		this.links.set(path, { file, settings, expiresMs, downloads: 0 });
		return this.origin(settings.linkOrigin) + path;
	}

	/** The link at this path and query, counting a download of it; or why there is none to have. */
	take(path: string): Link | 'SignatureDoesNotMatch' | 'AccessDenied' {
		const link = this.links.get(path);
		if (!link) return 'SignatureDoesNotMatch';
		if (this.clock.ms() >= link.expiresMs || link.downloads >= link.settings.linkDownloads) {
			return 'AccessDenied';
		}
		link.downloads++;
		return link;
	}

	clear(): void {
		this.links.clear();
	}
}
