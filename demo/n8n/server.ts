import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { n8nScript, type InstalledN8n } from './install';
import { requirementsOf } from './versions';

/** Of the person's environment, n8n gets only this: their own n8n's settings are not its business. */
const PASSED_ON =
	/^(PATH|HOME|TMPDIR|LANG|LC_.*|TZ|(https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_.*)$/i;

/** No call home, no banners, no questions; nothing that needs the internet. */
const QUIET = {
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
	/** Address of the editor, without a slash at its end. */
	url: string;
	/** Process ID of n8n itself. */
	pid: number;
	/** Settles when n8n has ended, of itself or not. */
	ended: Promise<unknown>;
	/** The last lines that n8n printed. */
	log: () => string;
	stop: () => Promise<void>;
}

interface Start {
	/** n8n's user folder; what it keeps is in `.n8n` in there. */
	userFolder: string;
	port?: number;
	env?: Record<string, string>;
}

/**
 * Starts n8n and waits until it answers. Rejects with the last lines that it printed when it ends
 * or does not answer within five minutes. It is ended with this process, however that ends.
 */
export async function startN8n(
	{ version, folder, nodejs }: InstalledN8n,
	{ userFolder, port, env }: Start,
): Promise<RunningN8n> {
	const ownPort = port ?? (await freePort());
	const url = `http://localhost:${ownPort}`;
	const n8n = spawn(join(nodejs.bin, 'node'), [n8nScript(folder), 'start'], {
		cwd: userFolder,
		env: {
			...Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
			...QUIET,
			NO_PROXY: [process.env.NO_PROXY, 'localhost,127.0.0.1'].filter(Boolean).join(),
			N8N_USER_FOLDER: userFolder,
			N8N_PORT: `${ownPort}`,
			N8N_LISTEN_ADDRESS: '127.0.0.1',
			N8N_SECURE_COOKIE: 'false',
			N8N_RUNNERS_BROKER_PORT: `${await freePort()}`,
			N8N_COMMUNITY_PACKAGES_ALLOW_TOOL_USAGE: 'true',
			...requirementsOf(version).env,
			...env,
		},
		stdio: ['ignore', 'pipe', 'pipe'],
		// A process group of its own, so that its task runners end with it.
		detached: true,
	});
	const ended = once(n8n, 'exit');
	let log = '';
	for (const stream of [n8n.stdout, n8n.stderr]) {
		stream.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-20_000)));
	}
	const signal = (name: NodeJS.Signals) => {
		try {
			process.kill(-n8n.pid!, name);
		} catch {
			// It has ended by itself.
		}
	};
	const killNow = () => signal('SIGKILL');
	// Before anything else that happens at the end, for n8n writes to its folder as long as it lives.
	process.prependOnceListener('exit', killNow);

	const stop = async () => {
		signal('SIGTERM');
		await Promise.race([ended, sleep(10_000, undefined, { ref: false })]);
		killNow();
		process.off('exit', killNow);
	};
	const deadline = Date.now() + 300_000;
	while (!(await answers(url))) {
		if (n8n.exitCode !== null || n8n.signalCode !== null || Date.now() > deadline) {
			await stop();
			throw new Error(
				`n8n did not start. If ${folder} is damaged, delete it and try again. n8n's last lines were:\n${log.slice(-4000)}`,
			);
		}
		await sleep(200);
	}
	return { url, pid: n8n.pid!, ended, log: () => log, stop };
}

/** Whether n8n's own API answers. While n8n sets up its database, everything gets a page instead. */
async function answers(url: string): Promise<boolean> {
	return await fetch(`${url}/rest/settings`).then(
		({ ok, headers }) => ok && !!headers.get('content-type')?.startsWith('application/json'),
		() => false,
	);
}

/** A port that nobody listens on; the wanted one, if it is free. */
export async function freePort(wanted = 0): Promise<number> {
	const server = createServer().listen(wanted, '127.0.0.1');
	try {
		await once(server, 'listening');
	} catch {
		return await freePort();
	}
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}
