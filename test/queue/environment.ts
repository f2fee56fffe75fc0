import NodeEnvironment from 'jest-environment-node';

/**
 * Gives tests the real `process` instead of jest's copy, on which exit listeners are never called.
 * The servers that a test file has started are killed by such listeners if the run is interrupted.
 */
export default class RealProcessEnvironment extends NodeEnvironment {
	async setup(): Promise<void> {
		await super.setup();
		this.global.process = process;
		for (const signal of ['SIGINT', 'SIGTERM'] as const) {
			process.once(signal, () => process.exit(1));
		}
	}
}
