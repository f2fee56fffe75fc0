import type { Circus } from '@jest/types';
import NodeEnvironment from 'jest-environment-node';

/**
 * For tests on a real n8n. Gives them the real `process` instead of jest's copy, on which exit
 * listeners are never called: the servers that a test file has started are killed by such listeners
 * if the run is interrupted. Calls what `onFailure` has registered as soon as a test fails.
 */
export default class RealN8nEnvironment extends NodeEnvironment {
	private readonly exit = () => process.exit(1);

	async setup(): Promise<void> {
		await super.setup();
		this.global.process = process;
		for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, this.exit);
	}

	// One process may run many test files.
	async teardown(): Promise<void> {
		for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, this.exit);
		await super.teardown();
	}

	async handleTestEvent(event: Circus.AsyncEvent): Promise<void> {
		if (event.name !== 'test_fn_failure' && event.name !== 'hook_failure') return;
		const names: string[] = [];
		for (
			let block: { name: string; parent?: unknown } | undefined =
				event.test ?? (('hook' in event) ? event.hook.parent : undefined);
			block;
			block = block.parent as typeof block
		) {
			names.unshift(block.name);
		}
		for (const record of this.global.failureRecorders ?? []) {
			await record(names.filter((name) => name !== 'ROOT_DESCRIBE_BLOCK').join(' '));
		}
	}
}
