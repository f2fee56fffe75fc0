import { join } from 'node:path';
import { runCommand } from '../runCommand';
import type { N8nClient } from './client';
import type { InstalledN8n } from './install';
import type { InstalledPackage } from './package';

/**
 * Registers the package in n8n's database. n8n loads nodes from its folder for community packages,
 * but Settings → Community nodes lists the packages in the database.
 *
 * Rejects if n8n has not loaded a node of the package.
 */
export async function registerPackageInDb(
	{ folder, nodejs }: InstalledN8n,
	n8nFolder: string,
	{ name, version }: InstalledPackage,
	client: N8nClient,
): Promise<void> {
	// n8n generates a tool version of each node, which is not a node of the package.
	const nodes = (await client.nodeTypes()).filter(
		(node) => node.name.startsWith(`${name}.`) && !node.name.endsWith('Tool'),
	);
	if (nodes.length === 0) throw new Error(`n8n has not loaded ${name}`);
	const now = new Date().toISOString();
	const statements = [
		[
			'INSERT INTO installed_packages (packageName, installedVersion, createdAt, updatedAt) VALUES (?, ?, ?, ?)',
			[name, version, now, now],
		],
		...nodes.map((node) => [
			'INSERT INTO installed_nodes (name, type, latestVersion, package) VALUES (?, ?, ?, ?)',
			[
				node.displayName,
				node.name,
				node.defaultVersion ?? Math.max(...[node.version].flat()),
				name,
			],
		]),
	];
	await runCommand(
		join(nodejs.bin, 'node'),
		['-e', SCRIPT, join(n8nFolder, 'database.sqlite'), JSON.stringify(statements)],
		{ cwd: folder },
	);
}

/** Runs in n8n's folder, with n8n's database driver. */
const SCRIPT = `
const { Database } = require('sqlite3');
const [path, statements] = process.argv.slice(1);
const database = new Database(path);
database.configure('busyTimeout', 10000);
for (const [sql, values] of JSON.parse(statements)) {
	database.run(sql, values, (reason) => { if (reason) throw reason; });
}
database.close();
`;
