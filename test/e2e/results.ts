import { join } from 'node:path';

/** What tests that failed leave behind, by jest project and test file. Ignored by git. */
export const RESULTS = join(__dirname, '../../test-results');
