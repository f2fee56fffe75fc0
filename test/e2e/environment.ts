import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import type { Circus } from '@jest/types';
import NodeEnvironment from 'jest-environment-node';
import type { Evidence } from './evidence';
import { RESULTS } from './results';

const TESTS = join(__dirname, '..');

/** One process may run several test files. */
let exitsOnSignals = false;

/**
 * For tests that start servers and browsers.
 *
 * It has the real `process` in place of jest's copy, on which exit listeners are never called: they
 * end what a test file has started if the run is interrupted. And of a test that fails, it keeps what
 * the servers and the browser have to say at that moment, in the folder `test-results`.
 */
export default class ServerEnvironment extends NodeEnvironment {
	private readonly folder: string;

	constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
		super(config, context);
		this.folder = join(RESULTS, ...relative(TESTS, context.testPath).split(sep));
	}

	async setup(): Promise<void> {
		await super.setup();
		this.global.process = process;
		if (exitsOnSignals) return;
		exitsOnSignals = true;
		for (const signal of ['SIGINT', 'SIGTERM'] as const) {
			process.once(signal, () => process.exit(1));
		}
	}

	async handleTestEvent(event: Circus.Event): Promise<void> {
		if (event.name === 'test_fn_failure') await this.keep(titleOf(event.test), event.error);
		if (event.name === 'hook_failure') {
			await this.keep(event.test ? titleOf(event.test) : event.hook.type, event.error);
		}
	}

	private async keep(title: string, thrown: unknown): Promise<void> {
		const folder = join(this.folder, title.replace(/[^\w.]+/g, '-').slice(0, 120));
		await mkdir(folder, { recursive: true });
		const { stack = String(thrown) } = (thrown ?? {}) as Partial<Error>;
		await writeFile(join(folder, 'failure.txt'), stack);
		const evidence = (this.global as { evidence?: Evidence }).evidence ?? (new Map() as Evidence);
		for (const [file, read] of evidence) {
			// A server that is down or a page that is closed has none.
			const content = await Promise.resolve()
				.then(read)
				.catch((reason: unknown) => String(reason));
			await writeFile(join(folder, file), content);
		}
	}
}

function titleOf(test: Circus.TestEntry): string {
	const { parent } = test;
	const names = [test.name];
	for (let block: Circus.DescribeBlock | undefined = parent; block?.parent; block = block.parent) {
		names.unshift(block.name);
	}
	return names.join(' ');
}
