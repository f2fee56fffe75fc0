import { join } from 'node:path';
import { runCommand } from '../runCommand';
import type { N8nClient } from './client';
import type { InstalledN8n } from './install';
import type { InstalledPackage } from './package';

/** Where n8n stores its data: the path of an SQLite file, or the URL of a PostgreSQL database. */
export type N8nDatabase = { sqlite: string } | { postgres: string };

/**
 * Registers the package in n8n's database. n8n loads nodes from its folder for community packages,
 * but Settings → Community nodes lists the packages in the database.
 *
 * Rejects if n8n has not loaded a node of the package.
 */
export async function registerPackageInDb(
	{ folder, nodejs }: InstalledN8n,
	database: N8nDatabase,
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
			'INSERT INTO installed_packages ("packageName", "installedVersion", "createdAt", "updatedAt") VALUES ($1, $2, $3, $4)',
			[name, version, now, now],
		],
		...nodes.map((node) => [
			'INSERT INTO installed_nodes (name, type, "latestVersion", package) VALUES ($1, $2, $3, $4)',
			[
				node.displayName,
				node.name,
				node.defaultVersion ?? Math.max(...[node.version].flat()),
				name,
			],
		]),
	];
	const [script, location] =
		'sqlite' in database ? [SQLITE_SCRIPT, database.sqlite] : [POSTGRES_SCRIPT, database.postgres];
	await runCommand(join(nodejs.bin, 'node'), ['-e', script, location, JSON.stringify(statements)], {
		cwd: folder,
	});
}

// The scripts run in n8n's folder, with n8n's database drivers.

const SQLITE_SCRIPT = `
const { Database } = require('sqlite3');
const [path, statements] = process.argv.slice(1);
const database = new Database(path);
database.configure('busyTimeout', 10000);
for (const [sql, values] of JSON.parse(statements)) {
	database.run(sql, values, (reason) => { if (reason) throw reason; });
}
database.close();
`;

const POSTGRES_SCRIPT = `
const { Client } = require('pg');
const [connectionString, statements] = process.argv.slice(1);
(async () => {
	const client = new Client({ connectionString });
	await client.connect();
	for (const [sql, values] of JSON.parse(statements)) await client.query(sql, values);
	await client.end();
})();
`;
