import type { INode } from 'n8n-workflow';
import { startSimulator, type Simulator } from '../../simulator';
import type { N8nClient, SavedCredential, SavedWorkflow } from '../../tools/n8n/client';
import { postToWebhook, type WebhookExecution } from '../../tools/n8n/executions';
import type { QueueInstance } from '../../tools/n8n/queue';
import {
	itemsBody,
	pairedItemsWorkflow,
	SEGMENTS_CREDENTIAL,
	segmentsNode,
} from '../../tools/n8n/workflows';
import type { RunningProcess } from '../../tools/startProcess';

/** A SendGrid account, and n8n's credential for it. */
export interface Account {
	simulator: Simulator;
	credential: SavedCredential;
}

/** All that a test file has started, the newest last. */
export const accounts: Account[] = [];

/** Starts an account whose refreshes do not complete by themselves, without a rate limit to wait for. */
export async function startAccount(n8n: N8nClient): Promise<Account> {
	const simulator = await startSimulator({
		refreshSeconds: Infinity,
		rateLimit: { limit: 1_000_000 },
	});
	const credential = await n8n.createCredential('SendGrid Segments', SEGMENTS_CREDENTIAL, {
		apiKey: simulator.keys.full,
		baseUrl: simulator.url,
	});
	const account = { simulator, credential };
	accounts.push(account);
	return account;
}

/** Stops the simulators of all accounts. */
export async function stopAccounts(): Promise<void> {
	for (const { simulator } of accounts.splice(0)) await simulator.stop();
}

export type WebhookResponse = WebhookExecution['response'];

/** An active workflow that a webhook starts. */
export interface WebhookWorkflow extends Account {
	saved: SavedWorkflow;
	/** Starts an execution. n8n responds when it has finished, with the items of its last node. */
	call: (items: unknown[]) => Promise<WebhookResponse>;
}

export interface NodeSettings {
	operation: string;
	parameters?: INode['parameters'];
	onError?: INode['onError'];
}

/** Saves and activates a workflow with a SendGrid Segments node. */
export async function activateWorkflow(
	n8n: N8nClient,
	account: Account,
	{ operation, ...settings }: NodeSettings,
): Promise<WebhookWorkflow> {
	const workflow = pairedItemsWorkflow(segmentsNode(operation, account.credential, settings));
	workflow.nodes[0].parameters.responseData = 'allEntries';
	const saved = await n8n.createWorkflow(workflow);
	await n8n.activate(saved);
	const call = async (items: unknown[]) => await postToWebhook(n8n, workflow, itemsBody(items));
	return { ...account, saved, call };
}

/** The workers that have started an execution, in the order of `workers`; again for each further start. */
export function workersOf({ workers }: QueueInstance, executionId: string): RunningProcess[] {
	const line = `Worker started execution ${executionId} (`;
	return workers.flatMap((worker) =>
		worker
			.log()
			.split(line)
			.slice(1)
			.map(() => worker),
	);
}
