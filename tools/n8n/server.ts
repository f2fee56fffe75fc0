import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../freePort';
import { n8nScript, type InstalledN8n } from './install';
import { requirementsOf } from './versions';

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

export interface RunningN8n {
	/** Address of the editor, without a trailing slash. */
	url: string;
	/** Process ID of n8n. */
	pid: number;
	/** Resolves when n8n has exited, for whatever reason. */
	exited: Promise<unknown>;
	/** The last lines of n8n's output. */
	log: () => string;
	stop: () => Promise<void>;
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
	{ version, folder, nodejs }: InstalledN8n,
	{ userFolder, port, env }: StartOptions,
): Promise<RunningN8n> {
	const n8nPort = port ?? (await freePort());
	const url = `http://localhost:${n8nPort}`;
	const n8n = spawn(join(nodejs.bin, 'node'), [n8nScript(folder), 'start'], {
		cwd: userFolder,
		env: {
			...Object.fromEntries(Object.entries(process.env).filter(([name]) => INHERITED.test(name))),
			...OFFLINE,
			NO_PROXY: [process.env.NO_PROXY, 'localhost,127.0.0.1'].filter(Boolean).join(),
			N8N_USER_FOLDER: userFolder,
			N8N_PORT: `${n8nPort}`,
			N8N_LISTEN_ADDRESS: '127.0.0.1',
			N8N_SECURE_COOKIE: 'false',
			N8N_RUNNERS_BROKER_PORT: `${await freePort()}`,
			N8N_COMMUNITY_PACKAGES_ALLOW_TOOL_USAGE: 'true',
			...requirementsOf(version).env,
			...env,
		},
		stdio: ['ignore', 'pipe', 'pipe'],
		// A process group of its own, so that its task runners are stopped with it.
		detached: true,
	});
	const exited = once(n8n, 'exit');
	let log = '';
	for (const stream of [n8n.stdout, n8n.stderr]) {
		stream.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-20_000)));
	}
	const signal = (name: NodeJS.Signals) => {
		try {
			process.kill(-n8n.pid!, name);
		} catch {
			// It has already exited.
		}
	};
	const killNow = () => signal('SIGKILL');
	// Before all other exit handlers: n8n writes to its folder as long as it runs.
	process.prependOnceListener('exit', killNow);

	const stop = async () => {
		signal('SIGTERM');
		await Promise.race([exited, sleep(10_000, undefined, { ref: false })]);
		killNow();
		process.off('exit', killNow);
	};
	const deadline = Date.now() + 300_000;
	while (!(await isReady(url))) {
		if (n8n.exitCode !== null || n8n.signalCode !== null || Date.now() > deadline) {
			await stop();
			throw new Error(
				`n8n did not start. If ${folder} is damaged, delete it and try again. n8n's last output:\n${log.slice(-4000)}`,
			);
		}
		await sleep(200);
	}
	return { url, pid: n8n.pid!, exited, log: () => log, stop };
}

/** Whether n8n's API responds. While n8n sets up its database, it serves a web page instead. */
async function isReady(url: string): Promise<boolean> {
	return await fetch(`${url}/rest/settings`).then(
		({ ok, headers }) => ok && !!headers.get('content-type')?.startsWith('application/json'),
		() => false,
	);
}
