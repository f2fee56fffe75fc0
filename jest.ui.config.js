const e2e = require('./jest.e2e.config');

/** Drives the editor of a real n8n in headless Chromium, and takes the pictures in `docs/images`. */
/** @type {import('jest').Config} */
module.exports = {
	...e2e,
	testMatch: ['<rootDir>/test/ui/**/*.test.ts'],
	globalSetup: '<rootDir>/test/ui/globalSetup.ts',
	testTimeout: 120_000,
};
