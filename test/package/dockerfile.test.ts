import { readFileSync } from 'node:fs';
import path from 'node:path';
import { validate } from 'dockerfile-utils';
import manifest from '../../package.json';
import { ALL_VERSIONS } from '../../tools/n8n/versions';

const read = (name: string) => readFileSync(path.join(__dirname, '../../docs', name), 'utf8');

const dockerfile = read('docker/Dockerfile');

it('has a Dockerfile that the linter has no complaint about', () => {
	expect(validate(dockerfile)).toEqual([]);
});

it('has an image of the newest n8n that is tested, with this version of the package', () => {
	expect(dockerfile).toContain(`ARG N8N_VERSION=${ALL_VERSIONS[0]}\n`);
	expect(dockerfile).toContain(`ARG PACKAGE_VERSION=${manifest.version}\n`);
});

it('explains the Dockerfile that there is', () => {
	const [, explained] = /```dockerfile\n([^`]*)```/.exec(read('docker.md')) ?? [];
	expect(explained).toBe(dockerfile.slice(dockerfile.indexOf('\n') + 1));
});
