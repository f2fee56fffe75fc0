import { execFileSync } from 'node:child_process';
import manifest from '../../package.json';

interface Packed {
	files: Array<{ path: string }>;
	size: number;
}

/** What `npm publish` would send, from the `dist/` that was built before the tests. */
function packed(): Packed {
	const json = execFileSync('npm', ['pack', '--dry-run', '--json'], { encoding: 'utf8' });
	return (JSON.parse(json) as Packed[])[0];
}

describe('the package', () => {
	const { files, size } = packed();
	const paths = files.map(({ path }) => path);

	it('holds what n8n needs and nothing else', () => {
		const expected = [
			/^package\.json$/,
			/^README\.md$/,
			/^LICENSE\.md$/,
			/^dist\/index\.js$/,
			/^dist\/credentials\/SendGridSegmentsApi\.credentials\.js$/,
			/^dist\/icons\/segments(\.dark)?\.svg$/,
			/^dist\/nodes\/SendGridSegments\/SendGridSegments(Trigger)?\.node\.(js|json)$/,
			/^dist\/nodes\/SendGridSegments\/__schema__\/v1\.0\.0(\/segment\/[a-zA-Z]+)?\.json$/,
		];
		expect(paths.filter((path) => !expected.some((pattern) => pattern.test(path)))).toEqual([]);
	});

	it('has every file that it names', () => {
		const named = [...manifest.n8n.nodes, ...manifest.n8n.credentials];
		expect(paths).toEqual(expect.arrayContaining(named));
		const operations = ['create', 'delete', 'get', 'getAll', 'refresh', 'update', 'upsert'];
		// Where n8n looks for the output of an operation that has a resource.
		const schemas = 'dist/nodes/SendGridSegments/__schema__/v1.0.0/segment';
		expect(paths.filter((path) => path.startsWith(schemas)).sort()).toEqual(
			operations.map((operation) => `${schemas}/${operation}.json`),
		);
	});

	it('stays under 60 kB', () => {
		expect(size).toBeLessThan(60_000);
	});

	it('brings no other packages', () => {
		expect(manifest).not.toHaveProperty('dependencies');
		expect(manifest).not.toHaveProperty('optionalDependencies');
		expect(manifest).not.toHaveProperty('scripts.postinstall');
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
	});
});
