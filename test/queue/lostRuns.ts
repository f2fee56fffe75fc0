import type { Simulator } from '../../simulator';
import type { N8nClient } from '../../tools/n8n/client';
import { executionIds } from '../../tools/n8n/executions';
import {
	activateWorkflow,
	startAccount,
	until,
	type NodeSettings,
	type WebhookResponse,
	type WebhookWorkflow,
} from './queueMode';

/** An execution in progress. */
export interface Run extends WebhookWorkflow {
	items: unknown[];
	executionId: string;
	response: Promise<WebhookResponse>;
}

/** Starts an execution with an account of its own, on items that `prepare` returns. */
export async function startRun(
	n8n: N8nClient,
	settings: NodeSettings,
	prepare: (simulator: Simulator) => unknown[],
): Promise<Run> {
	const workflow = await activateWorkflow(n8n, await startAccount(n8n), settings);
	const items = prepare(workflow.simulator);
	const response = workflow.call(items);
	// A test that awaits it does so long after it may have been rejected.
	response.catch(() => undefined);
	await until(async () => (await executionIds(n8n, workflow.saved)).length > 0);
	const [executionId] = await executionIds(n8n, workflow.saved);
	return { ...workflow, items, executionId, response };
}

/** Lets SendGrid act on all requests of a method, but respond only to the first ones. */
function respondOnlyTo(simulator: Simulator, method: string, count: number): void {
	let arrived = 0;
	simulator.fault({
		match: (request) => request.method === method && ++arrived > count,
		times: Infinity,
		apply: 'after',
		hang: true,
	});
}

/** 1,000 deletes of which more than 300 have been sent. */
export async function startDeletes(n8n: N8nClient, options: object): Promise<Run> {
	const run = await startRun(
		n8n,
		{
			operation: 'delete',
			parameters: { options: { ...options } },
			onError: 'continueErrorOutput',
		},
		(simulator) => {
			respondOnlyTo(simulator, 'DELETE', 300);
			return simulator.addSegments(1000).map(({ id }) => id);
		},
	);
	await until(() => run.simulator.requests('DELETE').length > 300);
	return run;
}

/** A refresh that SendGrid has accepted and that is waited for. */
export async function startWait(n8n: N8nClient, options: object): Promise<Run> {
	const run = await startRun(
		n8n,
		{
			operation: 'refresh',
			parameters: { options: { waitForCompletion: true, pollSeconds: 5, ...options } },
		},
		(simulator) => [simulator.addSegment().id],
	);
	// The first read comes before the refresh.
	await until(() => run.simulator.requests('GET').length > 1);
	return run;
}

/** Ten refreshes of which more than three have been sent. */
export async function startRefreshes(n8n: N8nClient, options: object): Promise<Run> {
	const run = await startRun(
		n8n,
		{
			operation: 'refresh',
			parameters: { options: { ...options } },
			onError: 'continueErrorOutput',
		},
		(simulator) => {
			respondOnlyTo(simulator, 'POST', 3);
			return simulator.addSegments(10).map(({ id }) => id);
		},
	);
	await until(() => run.simulator.requests('POST').length > 3);
	return run;
}

/** A hundred new segments of which more than 30, but not all, have been created. */
export async function startCreates(n8n: N8nClient, operation: 'create' | 'upsert'): Promise<Run> {
	const run = await startRun(
		n8n,
		{
			operation,
			parameters: {
				name: '={{ $json.id }}',
				queryDsl: 'SELECT contact_id, updated_at FROM contact_data',
			},
			onError: 'continueErrorOutput',
		},
		(simulator) => {
			respondOnlyTo(simulator, 'POST', 30);
			return Array.from({ length: 100 }, (_, index) => `Segment ${index + 100}`);
		},
	);
	await until(() => run.simulator.requests('POST').length > 30);
	return run;
}
