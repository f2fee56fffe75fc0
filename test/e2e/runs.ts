import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'flatted';
import type {
	ExecutionError,
	IConnections,
	INode,
	INodeExecutionData,
	IRunExecutionData,
	NodeConnectionType,
} from 'n8n-workflow';
import type { N8nClient, WorkflowFile } from '../../demo/n8n/client';

/** A node as a test writes it. */
export type NodeSketch = Pick<INode, 'name' | 'type'> & Partial<INode>;

/** Nodes in the form that n8n takes. */
export function nodes(...sketches: NodeSketch[]): INode[] {
	return sketches.map((sketch, index) => ({
		id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
		typeVersion: 1,
		position: [index * 220, 0],
		parameters: {},
		...sketch,
	}));
}

/**
 * Wires outputs to nodes: `{ Webhook: ['Items'], Refresh: ['Succeeded', 'Failed'] }` leads each
 * output of a node to one node, in their order.
 */
export function wires(
	targets: Record<string, string[]>,
	type: NodeConnectionType = 'main',
): IConnections {
	return Object.fromEntries(
		Object.entries(targets).map(([from, to]) => [
			from,
			{ [type]: to.map((node) => [{ node, type, index: 0 }]) },
		]),
	);
}

/** What one execution came to. */
export interface Run {
	status: string;
	/** The items on an output of a node, of its last run there; empty if it did not run. */
	output: (node: string, index?: number) => INodeExecutionData[];
	/** What stopped the workflow, or a node of it. */
	error?: ExecutionError;
	data: IRunExecutionData;
	/** All that n8n keeps about the execution. */
	text: string;
}

interface StoredExecution {
	status: string;
	data: string;
}

const UNDER_WAY = ['new', 'running', 'waiting', 'unknown'];

/** The execution, once it has ended. */
export async function finishedRun(n8n: N8nClient, id: string): Promise<Run> {
	for (;;) {
		const { status, data: text } = await n8n.request<StoredExecution>('GET', `/executions/${id}`);
		const data = parse(text) as IRunExecutionData | undefined;
		// n8n stores the status first and the data a moment later.
		if (data?.resultData && !UNDER_WAY.includes(status)) return runOf(status, data, text);
		await sleep(50);
	}
}

function runOf(status: string, data: IRunExecutionData, text: string): Run {
	const { runData, error } = data.resultData;
	return {
		status,
		output: (node, index = 0) => runData[node]?.at(-1)?.data?.main[index] ?? [],
		error,
		data,
		text,
	};
}

/** An answer of a webhook, and the execution that gave it. */
export interface WebhookRun extends Run {
	answer: { status: number; body: unknown };
}

/** Saves and activates a workflow, calls its webhook with the body once, and waits for its end. */
export async function callWebhook(
	n8n: N8nClient,
	workflow: WorkflowFile,
	body: unknown,
): Promise<WebhookRun> {
	const webhook = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.webhook');
	const saved = await n8n.createWorkflow(workflow);
	await n8n.activate(saved);
	const response = await fetch(`${n8n.url}/webhook/${String(webhook?.parameters.path)}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	const answer = { status: response.status, body: await response.json() };
	const filter = encodeURIComponent(JSON.stringify({ workflowId: saved.id }));
	const { results } = await n8n.request<{ results: Array<{ id: string }> }>(
		'GET',
		`/executions?filter=${filter}`,
	);
	// Two workflows cannot listen at the same address.
	await n8n.request('POST', `/workflows/${saved.id}/deactivate`, {});
	return { ...(await finishedRun(n8n, results[0].id)), answer };
}

interface ManualRun {
	/** The node whose "Execute workflow" is pressed. */
	trigger?: string;
	/** The node whose "Execute step" is pressed. */
	step?: string;
	/** What the nodes before the step gave in an earlier run. */
	earlier?: Run;
}

/** Saves a workflow and runs it as the editor does, with its pinned data. */
export async function runManually(
	n8n: N8nClient,
	workflow: WorkflowFile,
	{ trigger, step, earlier }: ManualRun,
): Promise<Run> {
	const saved = await n8n.createWorkflow(workflow);
	const { executionId } = await n8n.request<{ executionId: string }>(
		'POST',
		`/workflows/${saved.id}/run`,
		{
			// n8n 1 runs what it is sent, n8n 2 what it has saved.
			workflowData: saved,
			...(trigger && { triggerToStartFrom: { name: trigger } }),
			...(step && { destinationNode: { nodeName: step, mode: 'inclusive' } }),
			...(earlier && { runData: earlier.data.resultData.runData, dirtyNodeNames: [] }),
		},
	);
	return await finishedRun(n8n, executionId);
}
