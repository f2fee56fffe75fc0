import { pack, scan } from '../../tools/release/packed';
import { deleteTemporaryFolders, temporaryFolder } from '../../tools/temporaryFolder';

afterAll(deleteTemporaryFolders);

it("passes n8n's scanner for verified community nodes, as source and as published", async () => {
	const folder = temporaryFolder();
	const { tarball } = await pack(folder);
	const { source, packed } = await scan(tarball, folder);
	// Without message: a scan that finds no files passes, too, but has one.
	expect({ source, packed }).toEqual({ source: { passed: true }, packed: { passed: true } });
});
