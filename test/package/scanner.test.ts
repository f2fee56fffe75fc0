import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

interface Verdict {
	passed: boolean;
	message?: string;
	details?: string;
}

const root = path.resolve(__dirname, '../..');
let folder: string;

beforeAll(() => {
	folder = mkdtempSync(path.join(tmpdir(), 'scanner-test-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Unpacks what `npm publish` would send, from the `dist/` that was built before the tests. */
function unpack(): string {
	const json = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
		cwd: root,
		encoding: 'utf8',
	});
	const [{ filename }] = JSON.parse(json) as Array<{ filename: string }>;
	execFileSync('tar', ['-xzf', filename], { cwd: folder });
	return path.join(folder, 'package');
}

/** In a process of its own: where NODE_ENV is "test", as it is here, the rules take every file for a node. */
function scan(unpacked: string): { source: Verdict; packed: Verdict } {
	const json = execFileSync(process.execPath, [path.join(__dirname, 'scan.mjs'), root, unpacked], {
		encoding: 'utf8',
		env: { ...process.env, NODE_ENV: 'production', FORCE_COLOR: '0' },
	});
	return JSON.parse(json) as { source: Verdict; packed: Verdict };
}

it("passes n8n's scanner for verified community nodes, as source and as published", () => {
	const { source, packed } = scan(unpack());
	// Without message: a scan that finds no files passes, too, but has one.
	expect({ source, packed }).toEqual({ source: { passed: true }, packed: { passed: true } });
});
