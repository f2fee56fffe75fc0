import { unexpectedFiles, type Verdict } from './packed';

/** What is missing, and where to enter it. */
export interface Finding {
	missing: string;
	where: string;
}

/** The parts of package.json that a publication depends on. */
export interface Manifest {
	version: string;
	license?: string;
	author?: { email?: string };
	homepage?: string;
	repository?: { url?: string };
	dependencies?: Record<string, string>;
	optionalDependencies?: Record<string, string>;
	bundledDependencies?: string[];
	peerDependencies?: Record<string, string>;
	peerDependenciesMeta?: Record<string, { optional?: boolean }>;
	scripts?: Record<string, string>;
	n8n: { nodes: string[]; credentials: string[] };
}

/** Everything that is looked at before a publication. */
export interface Release {
	manifest: Manifest;
	/** Version in package-lock.json. */
	lockedVersion: string;
	changelog: string;
	/** The texts that may name the repository, by their path. */
	texts: Record<string, string>;
	/** Paths in the tarball. */
	packedPaths: string[];
	scanner: { source: Verdict; packed: Verdict };
	/** The tag that is to be published. */
	tag?: string;
}

/** The organization that package.json was written with. It is nobody's until a maintainer claims it. */
const PLACEHOLDER_OWNER = 'n8n-nodes-sendgrid-segments';

const REPOSITORY = /^git\+https:\/\/github\.com\/([\w.-]+)\/([\w.-]+)\.git$/;

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

/** What only a person knows: addresses that package.json has placeholders for. */
export function findPlaceholders({ author, repository }: Manifest): Finding[] {
	const findings: Finding[] = [];
	const email = author?.email ?? '';
	if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) || /no-?reply|@example\./i.test(email)) {
		findings.push({
			missing: `An address that gets mail (now "${email}"): n8n sends the code for the submission there`,
			where: 'package.json → author.email; author.name is the owner of the npm account',
		});
	}
	const [, owner] = REPOSITORY.exec(repository?.url ?? '') ?? [];
	if (owner === undefined || owner === PLACEHOLDER_OWNER) {
		findings.push({
			missing: `The public GitHub repository that the package is published from (now "${repository?.url ?? ''}")`,
			where:
				'package.json → repository.url and homepage, as git+https://github.com/OWNER/NAME.git; the same in README.md, SECURITY.md and .github/ISSUE_TEMPLATE/config.yml',
		});
	}
	return findings;
}

/** What is to be corrected in the repository. */
export function findDefects(release: Release): Finding[] {
	return [
		...findVersionDefects(release),
		...findManifestDefects(release.manifest),
		...findRepositoryDefects(release),
		...findContentDefects(release),
		...findScannerDefects(release.scanner),
	];
}

function findVersionDefects({ manifest, lockedVersion, changelog, tag }: Release): Finding[] {
	const { version } = manifest;
	const findings: Finding[] = [];
	if (lockedVersion !== version) {
		findings.push({
			missing: `package-lock.json says ${lockedVersion}, package.json ${version}`,
			where: 'run "npm install --package-lock-only"',
		});
	}
	const [, newest, date] = /^## (\S+)(?: \(([^)\n]*)\))?$/m.exec(changelog) ?? [];
	if (newest !== version) {
		findings.push({
			missing: `An entry for ${version} at the top of the changelog (now ${newest ?? 'none'})`,
			where: 'CHANGELOG.md',
		});
	}
	if (tag === undefined) return findings;
	if (tag !== `v${version}`) {
		findings.push({
			missing: `The tag is ${tag}, but package.json says ${version}`,
			where: `package.json → version, or the tag v${version}`,
		});
	}
	if (newest === version && !/^\d{4}-\d{2}-\d{2}$/.test(date ?? '')) {
		findings.push({
			missing: `The date of ${version} (now "${date ?? ''}")`,
			where: `CHANGELOG.md → "## ${version} (YYYY-MM-DD)"`,
		});
	}
	return findings;
}

function findManifestDefects(manifest: Manifest): Finding[] {
	const findings: Finding[] = [];
	for (const kind of ['dependencies', 'optionalDependencies', 'bundledDependencies'] as const) {
		const names = Object.keys(manifest[kind] ?? {});
		if (names.length > 0) {
			findings.push({
				missing: `n8n verifies only packages without dependencies, and there are ${kind}`,
				where: `package.json → ${kind}`,
			});
		}
	}
	if (JSON.stringify(manifest.peerDependencies) !== '{"n8n-workflow":"*"}') {
		findings.push({
			missing: 'The peer dependencies must be exactly { "n8n-workflow": "*" }',
			where: 'package.json → peerDependencies',
		});
	}
	if (manifest.peerDependenciesMeta?.['n8n-workflow']?.optional !== true) {
		findings.push({
			missing: 'n8n-workflow must be optional: npm would install a second one next to that of n8n',
			where: 'package.json → peerDependenciesMeta',
		});
	}
	for (const script of INSTALL_SCRIPTS.filter((name) => manifest.scripts?.[name])) {
		findings.push({
			missing: `n8n verifies only packages without scripts that run when they are installed`,
			where: `package.json → scripts.${script}`,
		});
	}
	if (manifest.license !== 'MIT') {
		findings.push({ missing: 'The license must be MIT', where: 'package.json → license' });
	}
	return findings;
}

/** Once a maintainer has entered the repository in package.json, every other text must name it, too. */
function findRepositoryDefects({ manifest, texts }: Release): Finding[] {
	const [, owner, name] = REPOSITORY.exec(manifest.repository?.url ?? '') ?? [];
	if (owner === undefined) return [];
	const findings: Finding[] = [];
	if (manifest.homepage?.startsWith(`https://github.com/${owner}/${name}`) !== true) {
		findings.push({
			missing: `The homepage is not on github.com/${owner}/${name}`,
			where: 'package.json → homepage',
		});
	}
	const addresses =
		/(?:github\.com|githubusercontent\.com|workflow\/status)\/([\w.-]+)\/n8n-nodes-sendgrid-segments\b/g;
	for (const [path, text] of Object.entries(texts)) {
		const others = [...text.matchAll(addresses)]
			.map(([, otherOwner]) => otherOwner)
			.filter((otherOwner) => otherOwner !== owner);
		if (others.length > 0) {
			findings.push({
				missing: `${path} names the repository of ${[...new Set(others)].join(', ')}, package.json that of ${owner}`,
				where: path,
			});
		}
	}
	return findings;
}

function findContentDefects({ manifest, packedPaths }: Release): Finding[] {
	const needed = [
		...manifest.n8n.nodes,
		...manifest.n8n.credentials,
		'README.md',
		'LICENSE.md',
		'THIRD_PARTY_NOTICES.md',
	];
	return [
		...needed
			.filter((path) => !packedPaths.includes(path))
			.map((path) => ({
				missing: `${path} is not in the package`,
				where: 'package.json → files; run "npm run build" first',
			})),
		...unexpectedFiles(packedPaths).map((path) => ({
			missing: `${path} is in the package and should not be`,
			where: 'package.json → files, or the list in tools/release/packed.ts',
		})),
	];
}

function findScannerDefects(scanner: Release['scanner']): Finding[] {
	return (['source', 'packed'] as const)
		.filter((kind) => !scanner[kind].passed || scanner[kind].message !== undefined)
		.map((kind) => ({
			missing: `n8n's scanner does not pass on the ${kind === 'source' ? 'source' : 'packed package'}: ${[scanner[kind].message, scanner[kind].details].filter(Boolean).join(' ')}`,
			where: 'the files that it names',
		}));
}

/** What no program can do or see from here. */
export const PERSONAL_STEPS: Finding[] = [
	{
		missing: 'An npm account with two-factor authentication that owns the package',
		where: 'docs/releasing.md, "What a maintainer must own"',
	},
	{
		missing: 'In the GitHub repository: public, private vulnerability reporting on',
		where: 'GitHub → Settings → Advanced Security',
	},
	{
		missing:
			'The right to publish: a token for the first version, a trusted publisher from then on',
		where: 'docs/releasing.md, "The first version"',
	},
	{
		missing: 'The submission to n8n, with the demonstration video, after each publication',
		where: 'docs/verification.md, "For the Creator Portal"',
	},
];

const list = (findings: Finding[]): string =>
	findings.map(({ missing, where }) => `- ${missing}.\n  Where: ${where}`).join('\n');

/** What is missing, in words. `ready` if nothing that a program can see is missing. */
export function report(release: Release): { ready: boolean; text: string } {
	const defects = findDefects(release);
	const placeholders = findPlaceholders(release.manifest);
	const ready = defects.length + placeholders.length === 0;
	const sections = [
		defects.length > 0 && `To correct in the repository:\n${list(defects)}`,
		placeholders.length > 0 && `To enter, by a person who knows it:\n${list(placeholders)}`,
		`What only a person can do (docs/releasing.md says how):\n${list(PERSONAL_STEPS)}`,
		!ready && `Version ${release.manifest.version} must not be published yet.`,
	];
	return { ready, text: sections.filter(Boolean).join('\n\n') };
}
