import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SendGridSegments } from '../../nodes/SendGridSegments/SendGridSegments.node';
import segmentsCodex from '../../nodes/SendGridSegments/SendGridSegments.node.json';
import { SendGridSegmentsTrigger } from '../../nodes/SendGridSegments/SendGridSegmentsTrigger.node';
import triggerCodex from '../../nodes/SendGridSegments/SendGridSegmentsTrigger.node.json';
import manifest from '../../package.json';
import lock from '../../package-lock.json';

const root = path.resolve(__dirname, '../..');

/** n8n shows this version in Settings → Community nodes. */
describe('the version of the package', () => {
	it('is the newest of the changelog', () => {
		const changelog = readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8');
		expect(/^## (\S+)/m.exec(changelog)?.[1]).toBe(manifest.version);
	});

	it('is that of the lockfile', () => {
		expect([lock.version, lock.packages[''].version]).toEqual([manifest.version, manifest.version]);
	});

	it('is the one that a bug report gives as an example', () => {
		const form = readFileSync(path.join(root, '.github/ISSUE_TEMPLATE/bug.yml'), 'utf8');
		expect(form).toContain(`placeholder: ${manifest.version}\n`);
	});
});

/** n8n shows this version at the end of a node's settings, and saves it with the workflow. */
describe.each([
	['SendGrid Segments', new SendGridSegments(), segmentsCodex],
	['SendGrid Segments Trigger', new SendGridSegmentsTrigger(), triggerCodex],
])('the versions of %s', (_name, { description }, codex) => {
	const versions = [description.version].flat();

	it('begin with 1, and new nodes get the newest', () => {
		expect(versions[0]).toBe(1);
		expect(description.defaultVersion ?? versions.at(-1)).toBe(Math.max(...versions));
	});

	it('have the codex file of their major version', () => {
		expect(codex.nodeVersion).toBe(`${Math.trunc(Math.max(...versions))}.0`);
	});
});

it('has output schemas for versions of its nodes and no others', () => {
	const versions = [new SendGridSegments(), new SendGridSegmentsTrigger()].flatMap(
		({ description }) => description.version,
	);
	const folders = readdirSync(path.join(root, 'nodes/SendGridSegments/__schema__'), {
		withFileTypes: true,
	}).filter((entry) => entry.isDirectory());
	// n8n looks for the folder "v1.1.0" for the node version 1.1.
	const expected = [...new Set(versions)].map((version) =>
		Number.isInteger(version) ? `v${version}.0.0` : `v${version}.0`,
	);
	expect(folders.map(({ name }) => name).sort()).toEqual(expected.sort());
});
