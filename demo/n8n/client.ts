import { setTimeout as sleep } from 'node:timers/promises';
import type {
	ICredentialDataDecryptedObject,
	INodeTypeDescription,
	IWorkflowBase,
} from 'n8n-workflow';

/** The person who may sign in to the editor. The password needs 8 characters, a digit and a capital. */
export interface Owner {
	email: string;
	firstName: string;
	lastName: string;
	password: string;
}

/** A workflow as an export of the editor holds it. */
export type WorkflowFile = Pick<IWorkflowBase, 'name' | 'nodes' | 'connections'> &
	Partial<Pick<IWorkflowBase, 'settings' | 'pinData'>>;

export interface SavedWorkflow {
	id: string;
	name: string;
	versionId: string;
}

/** How a node refers to a credential. */
export interface SavedCredential {
	id: string;
	name: string;
}

/** n8n said no to a request. */
export class Refused extends Error {
	constructor(
		readonly status: number,
		message: string,
	) {
		super(message);
	}
}

/** Works in n8n as its owner, through the API that its editor uses. */
export class N8nClient {
	/**
	 * @param url address of n8n's editor, without a slash at its end
	 * @param session cookie that its owner got at sign-in
	 */
	constructor(
		readonly url: string,
		readonly session: string,
	) {}

	/** Makes the owner of an n8n that has none yet, and signs in as that person. */
	static async setUpOwner(url: string, owner: Owner): Promise<N8nClient> {
		const response = await send(`${url}/rest/owner/setup`, 'POST', owner);
		const [session] = response.headers.getSetCookie()[0].split(';');
		return new N8nClient(url, session);
	}

	/** Sends a request to n8n's API and gives the `data` of its answer. Rejects with `Refused`. */
	async request<T>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await send(`${this.url}/rest${path}`, method, body, this.session);
		const { data } = (await response.json()) as { data: T };
		return data;
	}

	/** All node types that n8n has loaded, tool forms included. */
	async nodeTypes(): Promise<INodeTypeDescription[]> {
		const response = await send(`${this.url}/types/nodes.json`, 'GET', undefined, this.session);
		return (await response.json()) as INodeTypeDescription[];
	}

	async createCredential(
		name: string,
		type: string,
		data: ICredentialDataDecryptedObject,
	): Promise<SavedCredential> {
		const { id } = await this.request<SavedCredential>('POST', '/credentials', {
			name,
			type,
			data,
		});
		return { id, name };
	}

	/** What the credential's own test says, as the editor shows it after saving. */
	async testCredential(
		saved: SavedCredential,
		type: string,
		data: ICredentialDataDecryptedObject,
	): Promise<{ status: 'OK' | 'Error'; message: string }> {
		const credentials = { ...saved, type, data };
		return await this.request('POST', '/credentials/test', { credentials });
	}

	async createWorkflow(workflow: WorkflowFile): Promise<SavedWorkflow> {
		const blank = { active: false, settings: { executionOrder: 'v1' }, pinData: {} };
		return await this.request('POST', '/workflows', { ...blank, ...workflow });
	}

	/** Makes the workflow's webhooks and schedules live, which n8n 2 calls publishing. */
	async activate({ id, versionId }: SavedWorkflow): Promise<void> {
		await this.request('POST', `/workflows/${id}/activate`, { versionId });
		// n8n 2.41 registers them after it has answered.
		while ((await this.publicationStatus(id)) === 'in_progress') await sleep(50);
	}

	private async publicationStatus(workflowId: string): Promise<string> {
		try {
			const path = `/workflows/${workflowId}/publication-status`;
			const { status } = await this.request<{ status: string }>('GET', path);
			return status;
		} catch (reason) {
			// Where n8n has no such status, it had registered them before it answered.
			if (reason instanceof Refused && reason.status === 404) return 'published';
			throw reason;
		}
	}
}

async function send(
	url: string,
	method: string,
	body?: unknown,
	session?: string,
): Promise<Response> {
	const response = await fetch(url, {
		method,
		headers: { 'content-type': 'application/json', ...(session && { cookie: session }) },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	if (response.ok) return response;
	const words = await response.text();
	throw new Refused(
		response.status,
		`n8n answered ${response.status} to ${method} ${url}: ${words}`,
	);
}
