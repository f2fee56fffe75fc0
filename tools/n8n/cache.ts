import envPaths from 'env-paths';
import { join } from 'node:path';

/** Path of a folder in this package's part of the user's cache folder. It may not exist yet. */
export const cacheFolder = (name: string): string =>
	join(envPaths('n8n-nodes-sendgrid-segments', { suffix: '' }).cache, name);
