import { get } from 'node:http';
import { gunzipSync } from 'node:zlib';

import { startSimulator } from '../../simulator';
import { send, sim, useSimulator } from './client';
import { download, exportLinks, readExport, startExport } from './exportClient';
import { until } from '../clock';

useSimulator();

/** The only link to the export of a segment of so many contacts. */
async function linkTo(contacts_count = 3, file_type = 'json'): Promise<string> {
	const { id } = sim.addSegment({ contacts_count });
	const [link] = await exportLinks({ segment_ids: [id], file_type });
	return link;
}

const code = (xml: string) => /<Code>(\w+)<\/Code>/.exec(xml)?.[1];

test('files are on another origin, packed, with a content type that says nothing', async () => {
	const link = await linkTo();
	expect(new URL(link).origin).toBe(sim.fileHostUrl);
	expect(sim.fileHostUrl).not.toBe(sim.url);
	const { status, headers, bytes } = await download(link);
	expect([status, headers.get('content-type')]).toEqual([200, 'binary/octet-stream']);
	expect(headers.get('content-length')).toBe(String(bytes.length));
	expect(headers.has('content-encoding')).toBe(false);
	expect(gunzipSync(bytes).toString().split('\n')).toHaveLength(4);
});

test('they may be plain, of another content type, and under the address of the API', async () => {
	sim.exportSettings = { gzip: false, contentType: 'text/html', linkOrigin: 'api' };
	const link = await linkTo();
	expect(new URL(link).origin).toBe(sim.url);
	const { headers, text } = await download(link);
	expect(headers.get('content-type')).toBe('text/html');
	expect(text.split('\n')).toHaveLength(4);
	expect(sim.downloads).toHaveLength(1);
	expect(sim.requests('GET', '/exports/').map(({ pathname }) => pathname)).toEqual([
		expect.stringContaining('/v3/marketing/contacts/exports/'),
	]);
});

test('downloads are logged with the headers that arrived, apart from requests to the API', async () => {
	const link = await linkTo();
	const before = sim.log.length;
	const { bytes } = await download(link, { headers: { 'x-test': 'yes' } });
	await until('the end of the download', () => sim.downloads[0].outcome !== 'sending');
	expect(sim.log).toHaveLength(before);
	expect(sim.downloads).toEqual([
		{
			method: 'GET',
			path: link.slice(sim.fileHostUrl.length),
			headers: expect.objectContaining({ 'x-test': 'yes' }),
			at: expect.any(Number),
			status: 200,
			bytesSent: bytes.length,
			outcome: 'complete',
		},
	]);
	sim.resetLog();
	expect(sim.downloads).toEqual([]);
});

describe('403 with XML', () => {
	test.each([
		['an added query parameter', '&page_size=1', {}, 'SignatureDoesNotMatch'],
		['another signature', '0', {}, 'SignatureDoesNotMatch'],
		['an Authorization header', '', { headers: { authorization: 'Bearer x' } }, 'AccessDenied'],
		['another method', '', { method: 'POST' }, 'AccessDenied'],
	])('for %s', async (_what, suffix, init, expected) => {
		const link = await linkTo();
		const { status, headers, text } = await download(link + suffix, init);
		expect([status, headers.get('content-type')]).toEqual([403, 'application/xml']);
		expect(code(text)).toBe(expected);
		expect((await download(link)).status).toBe(200);
	});

	test('for a link after its time, and the job has new ones', async () => {
		sim.exportSettings = { linkSeconds: 60 };
		const id = await startExport({ segment_ids: [sim.addSegment().id] });
		sim.completeExports();
		const first = await readExport(id);
		const left = Date.parse(first.expires_at) - sim.clock.now().getTime();
		expect(left).toBeGreaterThan(50_000);
		sim.clock.advance(60_000);
		const { status, text } = await download(first.urls![0]);
		expect([status, code(text)]).toEqual([403, 'AccessDenied']);
		const second = await readExport(id);
		expect(second.urls).not.toEqual(first.urls);
		expect((await download(second.urls![0])).status).toBe(200);
	});

	test('for a link that was used as often as it may be', async () => {
		sim.exportSettings = { linkDownloads: 2 };
		const link = await linkTo();
		const statuses = [];
		for (let i = 0; i < 3; i++) statuses.push((await download(link)).status);
		expect(statuses).toEqual([200, 200, 403]);
	});
});

test('a file is sent no faster than it is read, and one that is not read to its end is logged as such', async () => {
	sim.exportSettings = { gzip: false };
	const link = await linkTo(1_000_000);
	const response = await new Promise<import('node:http').IncomingMessage>((resolve) =>
		get(link, resolve),
	);
	response.pause();
	let sent = 0;
	let looksWithoutMore = 0;
	await until('a download that pauses', () => {
		const { bytesSent } = sim.downloads[0];
		looksWithoutMore = bytesSent > 0 && bytesSent === sent ? looksWithoutMore + 1 : 0;
		sent = bytesSent;
		return looksWithoutMore === 20;
	});
	expect(sim.downloads[0].outcome).toBe('sending');
	expect(sent).toBeLessThan(50_000_000);
	response.destroy();
	await until('the end of the connection', () => sim.downloads[0].outcome === 'aborted');
});

test('the storage host may speak https', async () => {
	const { generate } = await import('selfsigned');
	const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
	const other = await startSimulator({ fileHostTls: { cert, key } });
	try {
		const { text } = await send(other, 'POST', '/v3/marketing/contacts/exports');
		other.completeExports();
		const path = `/v3/marketing/contacts/exports/${JSON.parse(text).id}`;
		const [url] = JSON.parse((await send(other, 'GET', path)).text).urls;
		expect(url).toMatch(/^https:\/\/127\.0\.0\.1:/);
		await expect(fetch(url)).rejects.toMatchObject({
			cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
		});
	} finally {
		await other.stop();
	}
});
