import { join, resolve } from 'node:path';
import { npm } from '../n8n/npm';
import { runCommand } from '../runCommand';

export const root = resolve(__dirname, '../..');

/** What `npm publish` would send, from the `dist/` that was built last. */
export interface Packed {
	/** Path of the tarball. */
	tarball: string;
	/** Paths of the files in it. */
	paths: string[];
	/** Bytes of the tarball. */
	size: number;
}

/** Packs this package into the folder. */
export async function pack(folder: string): Promise<Packed> {
	const output = await npm(['pack', '--json', '--pack-destination', folder], { cwd: root });
	const [{ filename, files, size }] = JSON.parse(output) as [
		{ filename: string; files: Array<{ path: string }>; size: number },
	];
	return { tarball: join(folder, filename), paths: files.map(({ path }) => path), size };
}

/** Every file of the package matches one of these. */
const EXPECTED = [
	/^(package\.json|README\.md|LICENSE\.md|THIRD_PARTY_NOTICES\.md)$/,
	/^dist\/index\.js$/,
	/^dist\/credentials\/SendGridSegmentsApi\.credentials\.js$/,
	/^dist\/icons\/segments(\.dark)?\.svg$/,
	/^dist\/nodes\/SendGridSegments\/SendGridSegments(Trigger)?\.node\.(js|json)$/,
	/^dist\/nodes\/SendGridSegments\/__schema__\/v1\.0\.0(\/[a-z]+\/[a-zA-Z]+)?\.json$/,
];

export const unexpectedFiles = (paths: string[]): string[] =>
	paths.filter((path) => !EXPECTED.some((pattern) => pattern.test(path)));

/** What n8n's scanner for verified community nodes says. `passed` without a message means passed. */
export interface Verdict {
	passed: boolean;
	message?: string;
	details?: string;
}

/** Runs n8n's scanner on the source and on the tarball, which is unpacked into the folder. */
export async function scan(
	tarball: string,
	folder: string,
): Promise<{ source: Verdict; packed: Verdict }> {
	await runCommand('tar', ['-xzf', tarball, '-C', folder]);
	const script = join(root, 'tools/release/scan.mjs');
	const output = await runCommand(process.execPath, [script, root, join(folder, 'package')], {
		// Where NODE_ENV is "test", as in jest, the rules treat every file as a node.
		env: { ...process.env, NODE_ENV: 'production', FORCE_COLOR: '0' },
	});
	return JSON.parse(output) as { source: Verdict; packed: Verdict };
}
