const { transform, ...shared } = require('./jest.config');

/** Drives real n8n servers, which `globalSetup` starts once for all test files. */
/** @type {import('jest').Config} */
module.exports = {
	testEnvironment: shared.testEnvironment,
	modulePathIgnorePatterns: shared.modulePathIgnorePatterns,
	transform,
	testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
	globalSetup: '<rootDir>/test/e2e/globalSetup.ts',
	globalTeardown: '<rootDir>/test/e2e/globalTeardown.ts',
	maxWorkers: 1,
	testTimeout: 60_000,
};
