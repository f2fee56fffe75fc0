import { randomUUID } from 'node:crypto';
import type { SavedCredential } from '../n8n/client';
import { callWebhook } from '../n8n/executions';
import type { Instance } from '../n8n/instance';
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

export async function setUp(n8n: Instance, server: Server): Promise<Setup> {
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
	/** How many segments the items name, in turn. */
	segments: number;
	/** How long the server waits before it responds. */
	latencyMs?: number;
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

/** Runs the task once. Rejects if an item failed, or is missing. */
export async function runTask(
	{ n8n, credential, server, probe }: Setup,
	subject: Subject,
	{ operation, items, segments, latencyMs = 0 }: Task,
): Promise<Measurement> {
	const ids = Array.from({ length: segments }, () => randomUUID());
	const body = { items: Array.from({ length: items }, (_, n) => ({ id: ids[n % segments] })) };
	const node = subject(operation, server.url, credential);
	await server.setLatency(latencyMs);
	await probe.longestFreeze();
	let freezeMs = 0;
	const { data, error, output } = await callWebhook(
		n8n.client,
		itemsWorkflow(node),
		body,
		async () => (freezeMs = await probe.longestFreeze()),
	);
	const { received, firstAfterMs } = await server.setLatency(0);
	const failed = output(node.name).filter(({ json }) => json.error !== undefined);
	const succeeded = output(node.name).length - failed.length;
	if (error || succeeded !== items) {
		const reason = error?.message ?? JSON.stringify(failed[0]?.json);
		throw new Error(`${succeeded} of ${items} items succeeded. ${reason}`);
	}
	const [{ executionTime }] = data.resultData.runData[node.name];
	return {
		milliseconds: executionTime,
		requests: received,
		firstRequestMs: firstAfterMs,
		freezeMs,
	};
}
