import { join } from 'node:path';
import { freePort } from '../freePort';
import { startProcess, type RunningProcess } from '../startProcess';
import type { InstalledN8n } from './install';
import { n8nScript, requirementsOf } from './versions';

/** The variables that n8n inherits: settings of the user's own n8n must not apply here. */
const INHERITED =
	/^(PATH|HOME|TMPDIR|LANG|LC_.*|TZ|(https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_.*)$/i;

/** No telemetry, banners or surveys; nothing that needs the internet. */
const OFFLINE = {
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
};

export interface RunningN8n extends RunningProcess {
	/** Address of the editor, without a trailing slash. */
	url: string;
}

interface StartOptions {
	/** n8n's user folder. n8n stores its data in the folder `.n8n` there. */
	userFolder: string;
	port?: number;
	env?: Record<string, string>;
}

/**
 * Starts n8n and waits until it responds. Rejects with the last lines of its output if it exits or
 * does not respond within five minutes. It is killed when this process exits.
 */
export async function startN8n(
	n8n: InstalledN8n,
	{ userFolder, port, env }: StartOptions,
): Promise<RunningN8n> {
	const n8nPort = port ?? (await freePort());
	const url = `http://localhost:${n8nPort}`;
	const running = await startN8nProcess(n8n, 'start', {
		userFolder,
		env: { N8N_PORT: `${n8nPort}`, N8N_LISTEN_ADDRESS: '127.0.0.1', ...env },
		// While n8n sets up its database, it serves a web page at every address.
		isReady: async () => await respondsWithJson(`${url}/rest/settings`),
	});
	return { ...running, url };
}

/**
 * Starts a worker of n8n's queue mode and waits until it takes jobs.
 *
 * @param env must contain the queue and database of the main process
 */
export async function startN8nWorker(
	n8n: InstalledN8n,
	{ userFolder, env }: Omit<StartOptions, 'port'>,
): Promise<RunningProcess> {
	const port = await freePort();
	return await startN8nProcess(n8n, 'worker', {
		userFolder,
		env: {
			QUEUE_HEALTH_CHECK_ACTIVE: 'true',
			QUEUE_HEALTH_CHECK_PORT: `${port}`,
			N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
			...env,
		},
		isReady: async () => await respondsWithJson(`http://localhost:${port}/healthz/readiness`),
	});
}

/** Where an n8n with this user folder writes its log. */
export const logFile = (userFolder: string): string => join(userFolder, 'n8n.log');

async function startN8nProcess(
	{ version, folder, nodejs }: InstalledN8n,
	command: 'start' | 'worker',
	{ userFolder, env, isReady }: StartOptions & { isReady: () => Promise<boolean> },
): Promise<RunningProcess> {
	const inherited = Object.entries(process.env).filter(([name]) => INHERITED.test(name));
	try {
		return await startProcess(join(nodejs.bin, 'node'), [n8nScript(folder), command], {
			cwd: userFolder,
			env: {
				...Object.fromEntries(inherited),
				...OFFLINE,
				NO_PROXY: [process.env.NO_PROXY, 'localhost,127.0.0.1'].filter(Boolean).join(),
				N8N_USER_FOLDER: userFolder,
				N8N_SECURE_COOKIE: 'false',
				N8N_RUNNERS_BROKER_PORT: `${await freePort()}`,
				N8N_COMMUNITY_PACKAGES_ALLOW_TOOL_USAGE: 'true',
				...requirementsOf(version).env,
				...env,
			},
			logFile: logFile(userFolder),
			isReady,
		});
	} catch (cause) {
		throw new Error(
			`n8n ${version} did not start. If ${folder} is damaged, delete it and try again. ${(cause as Error).message}`,
			{ cause },
		);
	}
}

export async function respondsWithJson(url: string): Promise<boolean> {
	return await fetch(url).then(
		({ ok, headers }) => ok && !!headers.get('content-type')?.startsWith('application/json'),
		() => false,
	);
}
