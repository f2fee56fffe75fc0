import { chown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../freePort';
import { runCommand } from '../runCommand';
import { startProcess } from '../startProcess';
import { temporaryFolder } from '../temporaryFolder';

/** A PostgreSQL server on a port and in a temporary folder of its own. */
export interface Postgres {
	host: string;
	port: number;
	database: string;
	/** A superuser without a password. */
	user: string;
	stop: () => Promise<void>;
}

/** Starts the system's newest PostgreSQL with an empty database. It is killed when this process exits. */
export async function startPostgres(): Promise<Postgres> {
	const bin = await binFolder();
	const host = '127.0.0.1';
	const port = await freePort();
	const user = 'postgres';
	const folder = temporaryFolder();
	const account = await serverAccount();
	if (account) await chown(folder, account.uid, account.gid);
	const data = join(folder, 'data');
	await runCommand(
		join(bin, 'initdb'),
		['-D', data, '-U', user, '--auth=trust', '--no-locale', '-E', 'UTF8', '--no-sync'],
		{ cwd: folder, ...account },
	);
	const settings = {
		port,
		listen_addresses: host,
		unix_socket_directories: '',
		// The data is temporary, so it need not survive a power failure.
		fsync: 'off',
	};
	const { stop } = await startProcess(
		join(bin, 'postgres'),
		['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
		{
			cwd: folder,
			...account,
			// Unlike SIGTERM, it does not wait until all clients have disconnected.
			stopSignal: 'SIGINT',
			isReady: async () =>
				await runCommand(join(bin, 'pg_isready'), ['-h', host, '-p', `${port}`]).then(
					() => true,
					() => false,
				),
		},
	);
	return { host, port, database: 'postgres', user, stop };
}

/** Debian does not add the server's programs to PATH. */
async function binFolder(): Promise<string> {
	const root = '/usr/lib/postgresql';
	const versions = await readdir(root).catch(() => []);
	const newest = versions.map(Number).sort((a, b) => b - a)[0];
	if (newest === undefined) {
		throw new Error(`PostgreSQL is not in ${root}. On Debian: apt-get install postgresql`);
	}
	return join(root, `${newest}`, 'bin');
}

/** PostgreSQL refuses to run as root, so root runs it as the user that the package created. */
async function serverAccount(): Promise<{ uid: number; gid: number } | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	const [uid, gid] = await Promise.all(
		['-u', '-g'].map(async (flag) => Number(await runCommand('id', [flag, 'postgres']))),
	);
	return { uid, gid };
}
