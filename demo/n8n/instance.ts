import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { N8nClient, type Owner } from './client';
import type { InstalledN8n } from './install';
import { enterInstalledPackage } from './installedPackages';
import { installPackage } from './package';
import { startN8n, type RunningN8n } from './server';

/** A running n8n with this package installed and an owner. */
export interface Instance extends RunningN8n {
	client: N8nClient;
	owner: Owner;
}

interface Start {
	/** This package, packed. */
	tarball: string;
	/** A new folder for all that this n8n keeps. */
	userFolder: string;
	/** Any free one without it. */
	port?: number;
	env?: Record<string, string>;
}

/** Starts a new n8n with this package as its only community package. */
export async function startInstance(
	n8n: InstalledN8n,
	{ tarball, ...start }: Start,
): Promise<Instance> {
	const n8nFolder = join(start.userFolder, '.n8n');
	await mkdir(n8nFolder, { recursive: true });
	const installed = await installPackage(tarball, join(n8nFolder, 'nodes'));
	const running = await startN8n(n8n, start);
	try {
		const owner = newOwner();
		const client = await N8nClient.setUpOwner(running.url, owner);
		await enterInstalledPackage(n8n, n8nFolder, installed, client);
		return { ...running, client, owner };
	} catch (reason) {
		await running.stop();
		throw reason;
	}
}

const newOwner = (): Owner => ({
	email: 'demo@example.com',
	firstName: 'Demo',
	lastName: 'Owner',
	// The ending makes sure of the digit and the capital that n8n asks for.
	password: `${randomBytes(9).toString('base64url')}A1`,
});
