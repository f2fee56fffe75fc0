import { join } from 'node:path';
import type { N8nClient } from './client';
import type { InstalledN8n } from './install';
import type { InstalledPackage } from './package';
import { run } from './run';

/**
 * Enters the package into n8n's database. n8n uses what lies in its folder for community packages,
 * but Settings → Community nodes shows what is in the database.
 *
 * Rejects if n8n has not loaded a node of the package.
 */
export async function enterInstalledPackage(
	{ folder, nodejs }: InstalledN8n,
	n8nFolder: string,
	{ name, version }: InstalledPackage,
	client: N8nClient,
): Promise<void> {
	// n8n makes a tool form of each node by itself, and does not count it as a node of the package.
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
	await run(
		join(nodejs.bin, 'node'),
		['-e', SCRIPT, join(n8nFolder, 'database.sqlite'), JSON.stringify(statements)],
		{ cwd: folder },
	);
}

/** Runs in n8n's folder, with its database driver. */
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
