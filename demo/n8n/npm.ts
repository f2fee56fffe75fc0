import { delimiter } from 'node:path';
import { run } from './run';

/** How npm reaches its registry: settings of the person, which hold for every npm run. */
const CONNECTION =
	/^npm_config_(registry|cache|userconfig|globalconfig|ca|cafile|strict_ssl|proxy|https_proxy|noproxy|fetch_.*)$/i;

/**
 * This process's environment without what `npm start` and jest add to it. An npm that is run inside
 * another would take over its settings otherwise: this project's `ignore-scripts` for one.
 */
export function plainEnvironment(): NodeJS.ProcessEnv {
	return Object.fromEntries(
		Object.entries(process.env).filter(
			([name]) =>
				CONNECTION.test(name) ||
				!/^(npm_.*|INIT_CWD|NODE_ENV|NODE_OPTIONS|NODE_PATH|JEST_WORKER_ID)$/i.test(name),
		),
	);
}

interface NpmRun {
	cwd: string;
	/** Folder whose `node` runs npm and the scripts that npm runs; the person's own without it. */
	nodeBin?: string;
	env?: NodeJS.ProcessEnv;
}

/**
 * Runs npm and gives what it printed. Rejects with npm's own words when it ends with another status
 * than 0.
 */
export async function npm(args: string[], { cwd, nodeBin, env = {} }: NpmRun): Promise<string> {
	const path = [nodeBin, process.env.PATH].filter(Boolean).join(delimiter);
	return await run('npm', args, { cwd, env: { ...plainEnvironment(), ...env, PATH: path } });
}
