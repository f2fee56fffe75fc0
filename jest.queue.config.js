const e2e = require('./jest.e2e.config');

/** Drives real n8n servers in queue mode, with Redis and PostgreSQL: one n8n version per test file. */
/** @type {import('jest').Config} */
module.exports = {
	...e2e,
	testEnvironment: '<rootDir>/test/queue/environment.ts',
	testMatch: ['<rootDir>/test/queue/**/*.test.ts'],
	globalSetup: '<rootDir>/test/queue/globalSetup.ts',
	globalTeardown: undefined,
	// Most of the time is spent waiting for n8n to notice that a worker is gone.
	maxWorkers: 2,
	testTimeout: 120_000,
};
