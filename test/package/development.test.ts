import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import manifest from '../../package.json';

const root = path.resolve(__dirname, '../..');

it('installs for development without a warning about the version of Node.js or about peers', () => {
	const { status, stderr } = spawnSync('npm', ['ci', '--dry-run', '--offline'], {
		cwd: root,
		encoding: 'utf8',
	});
	expect({ status, warnings: stderr.match(/EBADENGINE|ERESOLVE/g) }).toEqual({
		status: 0,
		warnings: null,
	});
});

it('has the ESLint that the rules of n8n ask for', () => {
	const plugin = JSON.parse(
		readFileSync(
			path.join(root, 'node_modules/@n8n/eslint-plugin-community-nodes/package.json'),
			'utf8',
		),
	) as { peerDependencies: { eslint: string } };
	const installed = execFileSync('npx', ['eslint', '--version'], { cwd: root, encoding: 'utf8' });
	expect(installed.trim()).toBe(`v${manifest.devDependencies.eslint}`);
	expect(manifest.devDependencies.eslint).toBe(plugin.peerDependencies.eslint);
});
