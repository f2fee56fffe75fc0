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

const project = (displayName, options = {}) => ({
	...shared,
	displayName,
	testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
	...options,
});

/** @type {import('jest').Config} */
module.exports = {
	// Of one test, on a machine that is busy with other work; the tests need a small part of it.
	testTimeout: 5 * 60_000,
	projects: [
		project('unit'),
		project('engine'),
		project('simulator'),
		project('package'),
		project('contract'),
		// Runs `npm run test:live` against the simulator.
		project('live'),
		// Drives real n8n servers, which `globalSetup` starts once for all test files.
		project('e2e', {
			testEnvironment: '<rootDir>/test/environment.ts',
			globalSetup: '<rootDir>/test/e2e/globalSetup.ts',
			globalTeardown: '<rootDir>/test/e2e/globalTeardown.ts',
		}),
		// Drives real n8n servers in queue mode, with Redis and PostgreSQL: one n8n version per test file.
		project('queue', {
			testEnvironment: '<rootDir>/test/environment.ts',
			globalSetup: '<rootDir>/test/queue/globalSetup.ts',
		}),
		// Drives the editor of a real n8n in headless Chromium, and takes the pictures in `docs/images`.
		project('ui', {
			testEnvironment: '<rootDir>/test/environment.ts',
			globalSetup: '<rootDir>/test/ui/globalSetup.ts',
			globalTeardown: '<rootDir>/test/e2e/globalTeardown.ts',
		}),
	],
};
