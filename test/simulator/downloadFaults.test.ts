import { gunzipSync } from 'node:zlib';

import { sim, useSimulator } from './client';
import { download, exportLinks } from './exportClient';
import { until } from '../clock';

useSimulator();

/** The only link to a segment of so many contacts, as JSON. */
async function linkTo(contacts_count = 3, gzip = false): Promise<string> {
	sim.exportSettings = { gzip };
	const { id } = sim.addSegment({ contacts_count });
	return (await exportLinks({ segment_ids: [id], file_type: 'json' }))[0];
}

const outcome = () => sim.downloads.at(-1)?.outcome;

test('instead of the file: a page with 200, once', async () => {
	const link = await linkTo();
	sim.downloadFault({ body: '<html>Sign in</html>', contentType: 'text/html' });
	const { status, headers, text } = await download(link);
	expect([status, headers.get('content-type'), text]).toEqual([
		200,
		'text/html',
		'<html>Sign in</html>',
	]);
	expect((await download(link)).text).toMatch(/^{"contact_id"/);
});

test('what matches is hit as often as is set, and clearFaults() forgets it', async () => {
	const [one, two] = [await linkTo(), await linkTo()];
	const match = ({ path }: { path: string }) => one.endsWith(path);
	sim.downloadFault({ status: 503, match, times: Infinity });
	const statuses = async () => [(await download(one)).status, (await download(two)).status];
	expect(await statuses()).toEqual([503, 200]);
	expect(await statuses()).toEqual([503, 200]);
	sim.clearFaults();
	expect(await statuses()).toEqual([200, 200]);
});

test('packed, it is truncated', async () => {
	const link = await linkTo(3, true);
	sim.downloadFault({ truncateAt: 100 });
	const { bytes, headers } = await download(link);
	expect([bytes.length, headers.get('content-length')]).toEqual([100, '100']);
	expect(() => gunzipSync(bytes)).toThrow('unexpected end of file');
});

test('it is followed by garbage', async () => {
	const link = await linkTo(3, true);
	const { bytes } = await download(link);
	sim.downloadFault({ append: 'garbage' });
	expect((await download(link)).bytes).toEqual(Buffer.concat([bytes, Buffer.from('garbage')]));
});

test('it ends in the middle of its last line', async () => {
	const link = await linkTo(3, true);
	const whole = gunzipSync((await download(link)).bytes).toString();
	sim.downloadFault({ halfLastLine: true });
	const half = gunzipSync((await download(link)).bytes).toString();
	expect(whole.startsWith(half)).toBe(true);
	expect(half.split('\n')).toHaveLength(3);
	expect(half.endsWith('\n')).toBe(false);
});

test('it has a byte that is no UTF-8', async () => {
	const link = await linkTo();
	const whole = (await download(link)).bytes;
	sim.downloadFault({ invalidUtf8: true });
	const { bytes } = await download(link);
	expect(bytes.length).toBe(whole.length);
	expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow();
});

test('it stalls, and the connection stays open until the client closes it', async () => {
	const link = await linkTo();
	sim.downloadFault({ stallAt: 50 });
	const { body } = await fetch(link);
	const reader = body!.getReader();
	expect((await reader.read()).value).toHaveLength(50);
	sim.clock.advance(3_600_000);
	expect(sim.downloads[0]).toMatchObject({ bytesSent: 50, outcome: 'sending' });
	await reader.cancel();
	await until('the end of the connection', () => outcome() === 'aborted');
});

test('there is no response', async () => {
	const link = await linkTo();
	sim.downloadFault({ hang: true });
	const abort = new AbortController();
	const response = fetch(link, { signal: abort.signal });
	await until('the download', () => sim.downloads.length === 1);
	abort.abort();
	await expect(response).rejects.toThrow();
	await until('the end of the connection', () => outcome() === 'aborted');
	expect(sim.downloads[0].status).toBeUndefined();
});

test('it drips as the simulated time passes', async () => {
	const link = await linkTo();
	sim.downloadFault({ dripBytes: 10, dripSeconds: 60 });
	const { body } = await fetch(link);
	const reader = body!.getReader();
	for (const sent of [10, 20, 30]) {
		expect((await reader.read()).value).toHaveLength(10);
		expect(sim.downloads[0].bytesSent).toBe(sent);
		sim.clock.advance(60_000);
	}
	await reader.cancel();
});
