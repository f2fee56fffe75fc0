import { prepare } from '../../tools/n8n/prepare';
import { ALL_VERSIONS } from '../../tools/n8n/versions';
import { temporaryFolder } from '../../tools/temporaryFolder';
import { publishPrepared } from './prepared';

/** Each test file starts its own n8n. */
export default async function prepareAll(): Promise<void> {
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
	process.stdout.write('\n');
	publishPrepared(await prepare(ALL_VERSIONS, temporaryFolder()));
}
