import type { IHttpRequestOptions } from 'n8n-workflow';
import { startSimulator, type Simulator } from '../../../simulator';
import {
	startExport,
	waitForExport,
	type ExportFormat,
} from '../../../nodes/SendGridSegments/transport/contactExports';
import { readContacts, storeFiles } from '../../../nodes/SendGridSegments/transport/exportFiles';
import { fakeContext } from '../../unit/fakes';
import { collect, collectText } from '../../unit/transport/fakeFiles';
import { httpRequest } from './httpRequest';

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<object>('n8n-workflow'),
	sleep: async () => await new Promise((resolve) => setImmediate(resolve)),
}));

let sim: Simulator;

beforeAll(async () => (sim = await startSimulator()));
beforeEach(() => sim.reset());
afterAll(async () => await sim.stop());

async function exportSegment(contacts: number, format: ExportFormat, maxFileSizeMb?: number) {
	const { id } = sim.addSegment({ contacts_count: contacts });
	const { context } = fakeContext(async (options: IHttpRequestOptions) => {
		return await httpRequest({
			...options,
			baseURL: sim.url,
			headers: { ...options.headers, Authorization: `Bearer ${sim.keys.full}` },
		});
	});
	Object.assign(context.functions.helpers, { httpRequest });
	context.options = { url: '' };
	context.credential.baseUrl = sim.url;
	const jobId = await startExport(context, id, format, maxFileSizeMb);
	const limits = { timeoutMs: 60_000, pollMs: 1_000 };
	return { context, contactExport: await waitForExport(context, id, jobId, limits) };
}

async function contactsOf(contacts: number): Promise<string[]> {
	const { context, contactExport } = await exportSegment(contacts, 'json');
	expect(contactExport.contactCount).toBe(contacts);
	return (await collect(readContacts(context, contactExport)))
		.flat()
		.map((contact) => String(contact.email));
}

const emails = (count: number) =>
	Array.from({ length: count }, (_, i) => `contact-${i + 1}@example.com`);

describe("the contacts of a segment, from the simulator's files", () => {
	it.each([
		{},
		{ gzip: false },
		{ files: 3 },
		{ contentType: 'text/html' },
		{ linkOrigin: 'api' as const },
	])('%j', async (settings) => {
		sim.exportSettings = settings;
		expect(await contactsOf(5_000)).toEqual(emails(5_000));
	});

	it.each(['noUrls', 'headerOnly', 'zeroBytes'] as const)('empty: %s', async (empty) => {
		sim.exportSettings = { empty };
		expect(await contactsOf(0)).toEqual([]);
	});

	it('come once each after downloads that broke off, and a link that expired', async () => {
		sim.exportSettings = { files: 2, linkDownloads: 2, gzip: false };
		sim.downloadFault({ cutAt: 50_000 });
		sim.downloadFault({ cutAt: 90_000 });
		expect(await contactsOf(3_000)).toEqual(emails(3_000));
	});

	it('fail where they never end', async () => {
		sim.downloadFault({ endless: true });
		await expect(contactsOf(100)).rejects.toMatchObject({
			message: expect.stringContaining('do not end'),
		});
	});

	it("fail with SendGrid's message", async () => {
		sim.exportSettings = { failure: 'The segment is too large' };
		await expect(contactsOf(1)).rejects.toMatchObject({
			description: expect.stringContaining('The segment is too large'),
			details: { export_status: 'failure' },
		});
	});
});

describe("the files of a segment, from the simulator's host", () => {
	it.each<[ExportFormat, number]>([
		['csv', 4_000],
		['json', 4_000],
		['csv', 0],
	])('%s of %d contacts', async (format, contacts) => {
		sim.exportSettings = { files: contacts > 0 ? 2 : 1 };
		const { context, contactExport } = await exportSegment(contacts, format, 50);
		const files = await collect(
			storeFiles(context, contactExport, format, async (stream) => await collectText(stream)),
		);
		expect(files.reduce((sum, { contactsCount }) => sum + contactsCount, 0)).toBe(contacts);
		for (const { stored, fileSize } of files) expect(Buffer.byteLength(stored)).toBe(fileSize);
	});
});
