import {
	findDefects,
	findPlaceholders,
	PERSONAL_STEPS,
	report,
	type Manifest,
	type Release,
} from '../../tools/release/findings';

const manifest: Manifest = {
	version: '1.2.3',
	license: 'MIT',
	author: { email: 'maintainer@segments.dev' },
	homepage: 'https://github.com/some-owner/n8n-nodes-sendgrid-segments#readme',
	repository: { url: 'git+https://github.com/some-owner/n8n-nodes-sendgrid-segments.git' },
	peerDependencies: { 'n8n-workflow': '*' },
	peerDependenciesMeta: { 'n8n-workflow': { optional: true } },
	n8n: {
		nodes: ['dist/nodes/SendGridSegments/SendGridSegments.node.js'],
		credentials: ['dist/credentials/SendGridSegmentsApi.credentials.js'],
	},
};

const release: Release = {
	manifest,
	lockedVersion: '1.2.3',
	changelog: '# Changelog\n\n## 1.2.3 (2026-12-01)\n\n- Something.\n\n## 1.2.2 (2026-11-01)\n',
	texts: { 'SECURITY.md': 'https://github.com/some-owner/n8n-nodes-sendgrid-segments/security' },
	packedPaths: [
		'package.json',
		'README.md',
		'LICENSE.md',
		'THIRD_PARTY_NOTICES.md',
		...manifest.n8n.nodes,
		...manifest.n8n.credentials,
	],
	scanner: { source: { passed: true }, packed: { passed: true } },
	tag: 'v1.2.3',
};

describe('a release that nothing is missing in', () => {
	it('may be published, and the report lists what only a person can do and nothing else', () => {
		const { ready, text } = report(release);
		expect(ready).toBe(true);
		expect(text.split('\n').filter((line) => line.startsWith('- '))).toEqual(
			PERSONAL_STEPS.map(({ missing }) => `- ${missing}.`),
		);
		expect(text).not.toContain('must not be published');
	});

	it('may have an undated changelog entry until there is a tag', () => {
		const changelog = release.changelog.replace('2026-12-01', 'unreleased');
		expect(findDefects({ ...release, changelog, tag: undefined })).toEqual([]);
		expect(findDefects({ ...release, changelog })).toEqual([
			{
				missing: 'The date of 1.2.3 (now "unreleased")',
				where: 'CHANGELOG.md → "## 1.2.3 (YYYY-MM-DD)"',
			},
		]);
	});
});

it.each([
	'',
	'not an address',
	'package@users.noreply.github.com',
	'no-reply@segments.dev',
	'owner@example.com',
])('does not accept "%s" as an address that gets mail', (email) => {
	const placeholders = findPlaceholders({ ...manifest, author: { email } });
	expect(placeholders.map(({ where }) => where)).toEqual([
		expect.stringContaining('package.json → author.email'),
	]);
	expect(report({ ...release, manifest: { ...manifest, author: { email } } }).ready).toBe(false);
});

it.each([
	undefined,
	'https://gitlab.com/some-owner/n8n-nodes-sendgrid-segments.git',
	'git+https://github.com/n8n-nodes-sendgrid-segments/n8n-nodes-sendgrid-segments.git',
])('does not accept %s as the repository', (url) => {
	const placeholders = findPlaceholders({ ...manifest, repository: { url } });
	expect(placeholders.map(({ where }) => where)).toEqual([
		expect.stringContaining('package.json → repository.url'),
	]);
	expect(report({ ...release, manifest: { ...manifest, repository: { url } } }).ready).toBe(false);
});

const withManifest = (changes: Partial<Manifest>): Partial<Release> => ({
	manifest: { ...manifest, ...changes },
});

it.each<[string, Partial<Release>, string]>([
	['another tag', { tag: 'v1.2.4' }, 'The tag is v1.2.4, but package.json says 1.2.3'],
	['a lockfile of another version', { lockedVersion: '1.2.2' }, 'package-lock.json says 1.2.2'],
	['no changelog entry', { changelog: '## 1.2.2 (2026-11-01)' }, 'An entry for 1.2.3'],
	['a dependency', withManifest({ dependencies: { axios: '1' } }), 'there are dependencies'],
	[
		'an optional dependency',
		withManifest({ optionalDependencies: { axios: '1' } }),
		'there are optionalDependencies',
	],
	[
		'another peer dependency',
		withManifest({ peerDependencies: { 'n8n-workflow': '>=1' } }),
		'The peer dependencies must be exactly',
	],
	['a required peer', withManifest({ peerDependenciesMeta: {} }), 'must be optional'],
	[
		'an install script',
		withManifest({ scripts: { postinstall: 'node setup.js' } }),
		'scripts that run when they are installed',
	],
	['another license', withManifest({ license: 'ISC' }), 'The license must be MIT'],
	['a homepage elsewhere', withManifest({ homepage: 'https://n8n.io' }), 'The homepage is not on'],
	[
		'a text with another repository',
		{
			texts: {
				'README.md':
					'https://img.shields.io/github/actions/workflow/status/old-owner/n8n-nodes-sendgrid-segments/ci.yml',
			},
		},
		'README.md names the repository of old-owner, package.json that of some-owner',
	],
	[
		'a package without its notices',
		{
			packedPaths: release.packedPaths.filter((path) => path !== 'THIRD_PARTY_NOTICES.md'),
		},
		'THIRD_PARTY_NOTICES.md is not in the package',
	],
	[
		'a package without its node',
		{
			packedPaths: release.packedPaths.filter((path) => !path.endsWith('.node.js')),
		},
		'SendGridSegments.node.js is not in the package',
	],
	[
		'a file that does not belong in it',
		{ packedPaths: [...release.packedPaths, 'dist/nodes/SendGridSegments/secret.env'] },
		'secret.env is in the package and should not be',
	],
	[
		'a scan that does not pass',
		{ scanner: { ...release.scanner, packed: { passed: false, message: 'ESLint violations' } } },
		"n8n's scanner does not pass on the packed package: ESLint violations",
	],
	[
		'a scan that found no files',
		{ scanner: { ...release.scanner, source: { passed: true, message: 'No files' } } },
		"n8n's scanner does not pass on the source: No files",
	],
])('finds %s, and only that', (_title, changes, missing) => {
	const changed = { ...release, ...changes };
	expect(findDefects(changed).map((finding) => finding.missing)).toEqual([
		expect.stringContaining(missing),
	]);
	expect(report(changed).ready).toBe(false);
});
