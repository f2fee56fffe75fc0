import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { N8nClient, type Owner } from './client';
import type { InstalledN8n } from './install';
import { installPackage, type InstalledPackage } from './package';
import { registerPackageInDb, type N8nDatabase } from './registerPackageInDb';
import { startN8n, type RunningN8n } from './server';

/** A running n8n with this package installed and an owner. */
export interface Instance extends RunningN8n {
	client: N8nClient;
	owner: Owner;
}

export interface InstanceOptions {
	/** This package's tarball. */
	tarball: string;
	/** A new folder for everything that this n8n stores. */
	userFolder: string;
	/** Default: any free port. */
	port?: number;
	env?: Record<string, string>;
	/** The database that `env` selects. Default: the SQLite file in the user folder. */
	database?: N8nDatabase;
}

/** Starts a new n8n with this package as its only community package. */
export async function startInstance(
	n8n: InstalledN8n,
	{ tarball, database, ...options }: InstanceOptions,
): Promise<Instance> {
	const installed = await createUserFolder(options.userFolder, tarball);
	const running = await startN8n(n8n, options);
	try {
		const owner = newOwner();
		const client = await N8nClient.setUpOwner(running.url, owner);
		const sqlite = join(options.userFolder, '.n8n/database.sqlite');
		await registerPackageInDb(n8n, database ?? { sqlite }, installed, client);
		return { ...running, client, owner };
	} catch (reason) {
		await running.stop();
		throw reason;
	}
}

/** Where n8n has its community packages, in its user folder. */
export const NODES_FOLDER = '.n8n/nodes';

/** Creates a user folder for n8n with this package as its only community package. */
async function createUserFolder(userFolder: string, tarball: string): Promise<InstalledPackage> {
	const nodesFolder = join(userFolder, NODES_FOLDER);
	await mkdir(nodesFolder, { recursive: true });
	return await installPackage(tarball, nodesFolder);
}

export const newOwner = (): Owner => ({
	email: 'demo@example.com',
	firstName: 'Demo',
	lastName: 'Owner',
	// The suffix contains the digit and the capital letter that n8n requires.
	password: `${randomBytes(9).toString('base64url')}A1`,
});
