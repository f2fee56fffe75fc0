import { join } from 'node:path';

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

export type N8nVersion = keyof typeof N8N_VERSIONS;

export const requirementsOf = (version: N8nVersion): Requirements => N8N_VERSIONS[version];

export const ALL_VERSIONS = Object.keys(N8N_VERSIONS) as N8nVersion[];

/** n8n's command-line script, in the folder that it is installed in. */
export const n8nScript = (folder: string): string => join(folder, 'node_modules/n8n/bin/n8n');
