import { join } from 'node:path';
import { npm } from './npm';

/** What an n8n version needs besides its own npm package. */
interface Requirements {
	/** The Node.js version that it runs on. */
	node: string;
	/** npm `overrides` for dependencies that are not on the npm registry. */
	overrides?: Record<string, string>;
	/** Environment variables without which it does not start on that Node.js. */
	env?: Record<string, string>;
}

/** The n8n versions that this package is tested on, newest first. */
export const N8N_VERSIONS = {
	'2.41.1': { node: '24.21.0' },
	'1.123.81': {
		node: '20.20.2',
		overrides: { xlsx: '0.18.5' },
		// Its newer expression engine needs a native module that has no binary for Node.js 20.
		env: { N8N_EXPRESSION_ENGINE: 'legacy' },
	},
} satisfies Record<string, Requirements>;

/** A version in `N8N_VERSIONS`, or another one, which is expected to need what the newest of them needs. */
export type N8nVersion = keyof typeof N8N_VERSIONS | (string & {});

export const ALL_VERSIONS = Object.keys(N8N_VERSIONS) as Array<keyof typeof N8N_VERSIONS>;

export const requirementsOf = (version: N8nVersion): Requirements =>
	(N8N_VERSIONS as Record<string, Requirements>)[version] ?? N8N_VERSIONS[ALL_VERSIONS[0]];

/**
 * The n8n versions to test on.
 *
 * @param requested a version, or a tag of the npm package: `latest`, `next`. Default: `ALL_VERSIONS`.
 */
export async function resolveVersions(requested?: string): Promise<N8nVersion[]> {
	if (!requested) return ALL_VERSIONS;
	if (ALL_VERSIONS.some((version) => version === requested)) return [requested];
	const output = await npm(['view', `n8n@${requested}`, 'version', '--json'], {
		cwd: __dirname,
	}).catch((cause: Error) => {
		throw new Error(`npm has no n8n@${requested}`, { cause });
	});
	const version: unknown = output === '' ? undefined : JSON.parse(output);
	// A range gives a list.
	if (typeof version === 'string') return [version];
	throw new Error(`N8N_VERSION must be a version of n8n or a tag of its npm package: ${requested}`);
}

/** n8n's command-line script, in the folder that it is installed in. */
export const n8nScript = (folder: string): string => join(folder, 'node_modules/n8n/bin/n8n');
