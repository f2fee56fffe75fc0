/** @type {import('jest').Config['projects'][number]} */
const shared = {
	testEnvironment: 'node',
	modulePathIgnorePatterns: ['<rootDir>/dist/'],
	transform: {
		'^.+\\.ts$': [
			'@swc/jest',
			{
				jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
				module: { type: 'commonjs' },
			},
		],
	},
};

/**
 * Limits of one test, in minutes, for a machine that is busy with other work. A test that passes
 * needs a small part of it.
 */
const project = (displayName, minutes, options = {}) => ({
	...shared,
	displayName,
	testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
	testTimeout: minutes * 60_000,
	...options,
});

/** @type {import('jest').Config} */
module.exports = {
	projects: [
		project('unit', 2),
		project('engine', 3),
		project('simulator', 2),
		project('package', 3),
		// Drives real n8n servers, which `globalSetup` starts once for all test files.
		project('e2e', 5, {
			globalSetup: '<rootDir>/test/e2e/globalSetup.ts',
			globalTeardown: '<rootDir>/test/e2e/globalTeardown.ts',
		}),
		// Drives real n8n servers in queue mode, with Redis and PostgreSQL: one n8n version per test file.
		project('queue', 5, {
			testEnvironment: '<rootDir>/test/queue/environment.ts',
			globalSetup: '<rootDir>/test/queue/globalSetup.ts',
		}),
		// Drives the editor of a real n8n in headless Chromium, and takes the pictures in `docs/images`.
		project('ui', 5, {
			globalSetup: '<rootDir>/test/ui/globalSetup.ts',
			globalTeardown: '<rootDir>/test/e2e/globalTeardown.ts',
		}),
	],
};
