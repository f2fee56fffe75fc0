import { randomUUID } from 'node:crypto';
import type { SavedCredential } from '../n8n/client';
import { callWebhook } from '../n8n/executions';
import type { InstalledN8n } from '../n8n/install';
import { startInstance, type Instance } from '../n8n/instance';
import { itemsWorkflow, SEGMENTS_CREDENTIAL } from '../n8n/workflows';
import { startProbe, type Probe } from '../n8n/startProbe';
import type { Server } from './startServer';
import type { Operation, Subject } from './subjects';

/** A running n8n with the credential that both subjects use, and the server that they call. */
export interface Setup {
	n8n: Instance;
	credential: SavedCredential;
	server: Server;
	probe: Probe;
}

/** @param userFolder a new folder for everything that this n8n stores */
export async function setUp(
	installed: InstalledN8n,
	tarball: string,
	userFolder: string,
	server: Server,
): Promise<Setup> {
	const n8n = await startInstance(installed, {
		tarball,
		userFolder,
		// With HTTP Request and many items, n8n cannot ping its database in time, and would consider
		// the connection lost.
		env: { DB_PING_INTERVAL_SECONDS: '86400' },
	});
	const credential = await n8n.client.createCredential('SendGrid', SEGMENTS_CREDENTIAL, {
		apiKey: 'SG.bench',
		baseUrl: server.url,
	});
	return { n8n, credential, server, probe: startProbe(n8n.url) };
}

/** What a subject has to do. */
export interface Task {
	operation: Operation;
	items: number;
	/** How long the server waits before it responds. */
	latencyMs?: number;
	/** Whether all items name the same segment. */
	sameSegment?: boolean;
}

export interface Measurement {
	/** Execution time of the node as n8n reports it. */
	milliseconds: number;
	/** Number of requests that arrived at the server. */
	requests: number;
	/** Ms from the call of the webhook to the first of them. */
	firstRequestMs: number;
	/** The longest time in ms in which n8n responded to nobody. */
	freezeMs: number;
}

/** Runs the task once. Rejects if the node did not output every item. */
export async function runTask(
	{ n8n, credential, server, probe }: Setup,
	subject: Subject,
	{ operation, items, latencyMs = 0, sameSegment }: Task,
): Promise<Measurement> {
	const sharedId = randomUUID();
	const body = {
		items: Array.from({ length: items }, () => ({ id: sameSegment ? sharedId : randomUUID() })),
	};
	const node = subject(operation, server.url, credential);
	await server.setLatency(latencyMs);
	await probe.longestFreeze();
	const { data, error, output } = await callWebhook(n8n.client, itemsWorkflow(node), body);
	const freezeMs = await probe.longestFreeze();
	const { received, firstAfterMs } = await server.setLatency(0);
	const outputs = output(node.name).length;
	if (error || outputs !== items) {
		throw new Error(`${outputs} of ${items} items were output. ${error?.message ?? ''}`);
	}
	const [{ executionTime }] = data.resultData.runData[node.name];
	return {
		milliseconds: executionTime,
		requests: received,
		firstRequestMs: firstAfterMs,
		freezeMs,
	};
}
