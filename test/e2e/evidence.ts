import { readFile } from 'node:fs/promises';
import type { Simulator } from '../../simulator';

/** By file name, what is written to `test-results` when a test fails. */
export type Evidence = Map<string, () => string | Buffer | Promise<string | Buffer>>;

declare global {
	var evidence: Evidence | undefined;
}

/** Keeps a file of the tests in this `describe` that fail. */
export function keepOnFailure(
	file: string,
	read: () => string | Buffer | Promise<string | Buffer>,
) {
	const evidence = (globalThis.evidence ??= new Map());
	beforeAll(() => {
		evidence.set(file, read);
	});
	afterAll(() => {
		evidence.delete(file);
	});
}

/** Keeps the requests that simulators have received, in order of arrival. */
export function keepRequests(simulators: () => Simulator[]): void {
	keepOnFailure('requests.json', () => {
		const requests = simulators().flatMap(({ url, log }) =>
			log.map(({ method, path, body, status, at }) => ({
				at: new Date(at).toISOString(),
				request: `${method} ${url}${path}`,
				body,
				status,
			})),
		);
		return JSON.stringify(requests, undefined, '\t');
	});
}

/** Keeps n8n's output since it was started. */
export function keepLog(logFile: () => string, name = 'n8n.log'): void {
	keepOnFailure(name, async () => await readFile(logFile()));
}
