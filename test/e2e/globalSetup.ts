import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHttpsProxy, type HttpsProxy } from '../../tools/httpsProxy';
import { startInstance, type Instance } from '../../tools/n8n/instance';
import { prepare } from '../../tools/n8n/prepare';
import { logFile } from '../../tools/n8n/server';
import { resolveVersions } from '../../tools/n8n/versions';
import { printProgress } from '../../tools/progress';
import { temporaryFolder } from '../../tools/temporaryFolder';
import { publishServers } from './servers';

declare global {
	var n8nInstances: Instance[];
	var httpsProxy: HttpsProxy;
}

/**
 * Starts every n8n version with the packed package, or only the one that N8N_VERSION names: a
 * version, `latest` or `next`. The tests find
 * them with `servers()`.
 */
export default async function startServers(): Promise<void> {
	await startInstances({ withProxy: true });
}

/** @param withProxy whether n8n's HTTPS requests go to servers of the tests, and nowhere else */
export async function startInstances({ withProxy }: { withProxy: boolean }): Promise<void> {
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
	const versions = await resolveVersions(process.env.N8N_VERSION);
	const folder = temporaryFolder();
	process.stdout.write('\n');
	const { tarball, installed } = await prepare(versions, folder);
	globalThis.httpsProxy = await startHttpsProxy([
		'api.sendgrid.com',
		'api.eu.sendgrid.com',
		'slack.com',
	]);
	const { url: proxy, certificate } = globalThis.httpsProxy;
	const certificateFile = join(folder, 'proxy.pem');
	await writeFile(certificateFile, certificate);
	globalThis.n8nInstances = await printProgress(
		`Starting n8n ${versions.join(' and ')}`,
		async () =>
			Promise.all(
				installed.map(async (n8n) =>
					startInstance(n8n, {
						tarball,
						userFolder: join(folder, n8n.version),
						env: {
							GENERIC_TIMEZONE: 'America/Chicago',
							// Where both are set, the lower-case one applies.
							...(withProxy && {
								https_proxy: proxy,
								HTTPS_PROXY: proxy,
								NODE_EXTRA_CA_CERTS: certificateFile,
							}),
						},
					}),
				),
			),
	);
	publishServers(
		globalThis.n8nInstances.map(({ url, client }, index) => ({
			version: versions[index],
			installed: installed[index],
			tarball,
			url,
			session: client.session,
			logFile: logFile(join(folder, installed[index].version)),
			proxy,
		})),
	);
}
