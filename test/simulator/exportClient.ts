import { gunzipSync } from 'node:zlib';

import { untilDone } from '../clock';
import { send, sim } from './client';

const EXPORTS = '/v3/marketing/contacts/exports';

export interface ExportBody {
	id: string;
	status: string;
	message?: string;
	urls?: string[];
	contact_count?: number;
	created_at: string;
	expires_at: string;
	completed_at?: string;
}

export async function startExport(body?: unknown): Promise<string> {
	const { status, text } = await send(sim, 'POST', EXPORTS, body);
	expect(status).toBe(202);
	return JSON.parse(text).id;
}

export async function readExport(id: string): Promise<ExportBody> {
	return JSON.parse((await send(sim, 'GET', `${EXPORTS}/${id}`)).text);
}

/** Starts an export that ends at once, and returns its links. */
export async function exportLinks(body: unknown): Promise<string[]> {
	const id = await startExport(body);
	sim.completeExports();
	return (await readExport(id)).urls ?? [];
}

export async function download(url: string, init: RequestInit = {}) {
	const response = await untilDone(fetch(url, { redirect: 'manual', ...init }), 'the download');
	const bytes = Buffer.from(await untilDone(response.arrayBuffer(), 'the rest of the download'));
	return { status: response.status, headers: response.headers, bytes, text: bytes.toString() };
}

/** The text of the only file of an export, unpacked. */
export async function exportedText(body: unknown): Promise<string> {
	const links = await exportLinks(body);
	expect(links).toHaveLength(1);
	const { bytes } = await download(links[0]);
	return (sim.exportSettings.gzip ? gunzipSync(bytes) : bytes).toString();
}
