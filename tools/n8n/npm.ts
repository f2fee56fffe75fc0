import { delimiter } from 'node:path';
import { runCommand } from '../runCommand';

/** How npm reaches its registry: settings of the user that apply to every npm run. */
const CONNECTION =
	/^npm_config_(registry|cache|userconfig|globalconfig|ca|cafile|strict_ssl|proxy|https_proxy|noproxy|fetch_.*)$/i;

/**
 * This process's environment without the variables that npm scripts and jest add. Otherwise an npm
 * that is run from here would inherit this project's settings, for example `ignore-scripts`.
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

interface NpmOptions {
	cwd: string;
	/** Folder of the `node` that runs npm and its scripts. Default: the one in PATH. */
	nodeBin?: string;
	env?: NodeJS.ProcessEnv;
}

/** Runs npm and returns what it printed. Rejects with npm's output if its exit status is not 0. */
export async function npm(args: string[], { cwd, nodeBin, env = {} }: NpmOptions): Promise<string> {
	const path = [nodeBin, process.env.PATH].filter(Boolean).join(delimiter);
	return await runCommand('npm', args, { cwd, env: { ...plainEnvironment(), ...env, PATH: path } });
}
