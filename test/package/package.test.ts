import type { INodePropertyOptions } from 'n8n-workflow';
import { SendGridSegments } from '../../nodes/SendGridSegments/SendGridSegments.node';
import manifest from '../../package.json';
import { pack, unexpectedFiles, type Packed } from '../../tools/release/packed';
import { deleteTemporaryFolders, temporaryFolder } from '../../tools/temporaryFolder';

let packed: Packed;

beforeAll(async () => {
	packed = await pack(temporaryFolder());
});

afterAll(deleteTemporaryFolders);

it('has what n8n needs and nothing else', () => {
	expect(unexpectedFiles(packed.paths)).toEqual([]);
});

it('has every file that it names', () => {
	const named = [...manifest.n8n.nodes, ...manifest.n8n.credentials];
	expect(packed.paths).toEqual(expect.arrayContaining(named));
});

it('has an output schema for every operation and for no other, where n8n looks for it', () => {
	const expected = new SendGridSegments().description.properties
		.filter(({ name }) => name === 'operation')
		.flatMap(({ displayOptions, options }) => {
			const [resource] = displayOptions?.show?.resource ?? [];
			return (options as INodePropertyOptions[]).map(({ value }) => `${resource}/${value}.json`);
		});
	const folder = 'dist/nodes/SendGridSegments/__schema__/v1.0.0/';
	const schemas = packed.paths.filter((path) => path.startsWith(folder));
	expect(schemas.map((path) => path.slice(folder.length)).sort()).toEqual(expected.sort());
});

it('stays under 80 kB', () => {
	expect(packed.size).toBeLessThan(80_000);
});

it('brings no other packages', () => {
	expect(manifest).not.toHaveProperty('dependencies');
	expect(manifest).not.toHaveProperty('optionalDependencies');
	expect(manifest).not.toHaveProperty('scripts.postinstall');
	expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
});
