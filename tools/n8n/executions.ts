import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'flatted';
import type { ExecutionError, INodeExecutionData, IRunExecutionData } from 'n8n-workflow';
import {
	fetchFromN8n,
	JSON_HEADERS,
	type N8nClient,
	type SavedWorkflow,
	type WorkflowFile,
} from './client';

/** A finished execution of a workflow. */
export interface Execution {
	status: string;
	/** Items at an output of a node, of its last run; empty if the node did not run. */
	output: (node: string, index?: number) => INodeExecutionData[];
	/** The error that stopped the workflow. */
	error?: ExecutionError;
	data: IRunExecutionData;
	/** Everything that n8n stores about the execution. */
	text: string;
}

interface StoredExecution {
	status: string;
	data: string;
}

/** The statuses of executions that are still to finish. */
const UNFINISHED = ['new', 'running', 'waiting', 'unknown'];

/** Waits until the execution has finished. */
export async function waitForExecution(n8n: N8nClient, id: string): Promise<Execution> {
	for (;;) {
		const { status, data: text } = await n8n.request<StoredExecution>('GET', `/executions/${id}`);
		const data = parse(text) as IRunExecutionData | undefined;
		// n8n stores the status first and the data a moment later.
		if (data?.resultData && !UNFINISHED.includes(status)) return toExecution(status, data, text);
		await sleep(50);
	}
}

function toExecution(status: string, data: IRunExecutionData, text: string): Execution {
	const { runData, error } = data.resultData;
	return {
		status,
		output: (node, index = 0) => runData[node]?.at(-1)?.data?.main[index] ?? [],
		error,
		data,
		text,
	};
}

/** The response of a webhook, and the execution that it started. */
export interface WebhookExecution extends Execution {
	response: { status: number; body: unknown };
}

/**
 * Saves and activates a workflow, calls its webhook once, and waits until the execution has finished.
 *
 * @param onFinished called before the items are read, which keeps n8n busy if there are many
 */
export async function callWebhook(
	n8n: N8nClient,
	workflow: WorkflowFile,
	body: unknown,
	onFinished?: () => Promise<unknown>,
): Promise<WebhookExecution> {
	const saved = await n8n.createWorkflow(workflow);
	await n8n.activate(saved);
	const response = await postToWebhook(n8n, workflow, body);
	const [{ id }] = await finishedSummaries(n8n, saved);
	await onFinished?.();
	// Two workflows cannot listen on the same path.
	await n8n.request('POST', `/workflows/${saved.id}/deactivate`, {});
	return { ...(await waitForExecution(n8n, id)), response };
}

/** Calls the webhook of an active workflow. */
export async function postToWebhook(
	{ url }: Pick<N8nClient, 'url'>,
	workflow: WorkflowFile,
	body: unknown,
): Promise<WebhookExecution['response']> {
	const webhook = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.webhook');
	const response = await fetchFromN8n(`${url}/webhook/${String(webhook?.parameters.path)}`, {
		method: 'POST',
		headers: JSON_HEADERS,
		body: JSON.stringify(body),
	});
	return { status: response.status, body: await response.json() };
}

interface ExecutionSummary {
	id: string;
	status: string;
}

/** The executions of a workflow without their items, newest first, at most 100. */
async function listExecutions(
	n8n: N8nClient,
	{ id: workflowId }: Pick<SavedWorkflow, 'id'>,
): Promise<ExecutionSummary[]> {
	const filter = encodeURIComponent(JSON.stringify({ workflowId }));
	const { results } = await n8n.request<{ results: ExecutionSummary[] }>(
		'GET',
		`/executions?limit=100&filter=${filter}`,
	);
	return results;
}

/** IDs of the executions of a workflow, newest first, at most 100. */
export async function executionIds(
	n8n: N8nClient,
	workflow: Pick<SavedWorkflow, 'id'>,
): Promise<string[]> {
	return (await listExecutions(n8n, workflow)).map(({ id }) => id);
}

/** All executions of a workflow, newest first, when at least one has started and all have finished. */
export async function finishedExecutions(
	n8n: N8nClient,
	workflow: SavedWorkflow,
): Promise<Execution[]> {
	const executions = await finishedSummaries(n8n, workflow);
	return await Promise.all(executions.map(async ({ id }) => waitForExecution(n8n, id)));
}

async function finishedSummaries(
	n8n: N8nClient,
	workflow: SavedWorkflow,
): Promise<ExecutionSummary[]> {
	for (;;) {
		const executions = await listExecutions(n8n, workflow);
		const isFinished = ({ status }: ExecutionSummary) => !UNFINISHED.includes(status);
		if (executions.length > 0 && executions.every(isFinished)) return executions;
		await sleep(500);
	}
}

interface ManualRunOptions {
	/** Trigger node of "Execute workflow". */
	trigger?: string;
	/** Node of "Execute step". */
	step?: string;
	/** An earlier execution that contains the output of the nodes before the step. */
	earlier?: Execution;
}

/** Saves a workflow and runs it as the editor does, with its pinned data. */
export async function runManually(
	n8n: N8nClient,
	workflow: WorkflowFile,
	options: ManualRunOptions,
): Promise<Execution> {
	return await runSaved(n8n, await n8n.createWorkflow(workflow), options);
}

/** Runs a saved workflow as the editor does, with its pinned data. */
export async function runSaved(
	n8n: N8nClient,
	saved: SavedWorkflow,
	{ trigger, step, earlier }: ManualRunOptions,
): Promise<Execution> {
	const { executionId } = await n8n.request<{ executionId: string }>(
		'POST',
		`/workflows/${saved.id}/run`,
		{
			// n8n 1 runs the workflow in the request, n8n 2 the saved one.
			workflowData: saved,
			...(trigger && { triggerToStartFrom: { name: trigger } }),
			...(step && { destinationNode: { nodeName: step, mode: 'inclusive' } }),
			...(earlier && { runData: earlier.data.resultData.runData, dirtyNodeNames: [] }),
		},
	);
	return await waitForExecution(n8n, executionId);
}
