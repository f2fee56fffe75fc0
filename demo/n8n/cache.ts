import envPaths from 'env-paths';
import { join } from 'node:path';

/** Folder of the given name in this package's part of the user's cache folder; it may not exist yet. */
export const cacheFolder = (name: string): string =>
	join(envPaths('n8n-nodes-sendgrid-segments', { suffix: '' }).cache, name);
