import { randomUUID } from 'node:crypto';
import type { SavedCredential } from '../demo/n8n/client';
import type { InstalledN8n } from '../demo/n8n/install';
import { startInstance, type Instance } from '../demo/n8n/instance';
import { callWebhook } from '../test/e2e/runs';
import { benchWorkflow, type Contestant, type Operation } from './contestants';
import type { Server } from './startServer';

/** A running n8n with the credential that both contestants use, and the server they call. */
export interface Stage {
	n8n: Instance;
	credential: SavedCredential;
	server: Server;
}

/** @param userFolder a new folder for all that this n8n keeps */
export async function setStage(
	installed: InstalledN8n,
	tarball: string,
	userFolder: string,
	server: Server,
): Promise<Stage> {
	const n8n = await startInstance(installed, {
		tarball,
		userFolder,
		// n8n's engine prepares all items without a pause, and takes a database that it could not ask
		// meanwhile for a broken one.
		env: { DB_PING_INTERVAL_SECONDS: '86400' },
	});
	const credential = await n8n.client.createCredential('SendGrid', 'sendGridSegmentsApi', {
		apiKey: 'SG.bench',
		baseUrl: server.url,
	});
	return { n8n, credential, server };
}

/** What a contestant has to do. */
export interface Task {
	operation: Operation;
	items: number;
	/** How long the server takes to answer. */
	latencyMs?: number;
	/** Whether all items name one segment, instead of each its own. */
	sameSegment?: boolean;
}

export interface Measured {
	/** n8n's own measure of how long the node took. */
	milliseconds: number;
	/** How many requests arrived at the server. */
	requests: number;
}

/** Lets a contestant do its task once. Rejects if not every item came through. */
export async function perform(
	{ n8n, credential, server }: Stage,
	contestant: Contestant,
	{ operation, items, latencyMs = 0, sameSegment }: Task,
): Promise<Measured> {
	const one = randomUUID();
	const body = {
		items: Array.from({ length: items }, () => ({ id: sameSegment ? one : randomUUID() })),
	};
	const workflow = benchWorkflow(contestant, operation, server.url, credential);
	await server.setLatency(latencyMs);
	const { data, error, output } = await callWebhook(n8n.client, workflow, body);
	const requests = await server.setLatency(0);
	const outputs = output('Contestant').length;
	if (error || outputs !== items) {
		throw new Error(`${outputs} of ${items} items came through. ${error?.message ?? ''}`);
	}
	const [{ executionTime }] = data.resultData.runData.Contestant;
	return { milliseconds: executionTime, requests };
}
