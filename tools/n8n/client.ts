import { setTimeout as sleep } from 'node:timers/promises';
import type {
	ICredentialDataDecryptedObject,
	INodeTypeDescription,
	IWorkflowBase,
} from 'n8n-workflow';

/** The owner of an n8n instance. The password needs 8 characters, a digit and a capital letter. */
export interface Owner {
	email: string;
	firstName: string;
	lastName: string;
	password: string;
}

/** A workflow as the editor exports it. */
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

export interface DataTableColumn {
	name: string;
	type: 'string' | 'number' | 'boolean' | 'date';
}

/** n8n's API rejected a request. */
export class N8nApiError extends Error {
	readonly name = 'N8nApiError';

	constructor(
		readonly status: number,
		message: string,
	) {
		super(message);
	}
}

/** Uses n8n as its owner, through the API of its editor. */
export class N8nClient {
	/**
	 * @param url address of n8n's editor, without a trailing slash
	 * @param session cookie of the signed-in owner
	 */
	constructor(
		readonly url: string,
		readonly session: string,
	) {}

	/** Creates the owner of a new n8n instance, and signs in as this user. */
	static async setUpOwner(url: string, owner: Owner): Promise<N8nClient> {
		const response = await send(`${url}/rest/owner/setup`, 'POST', owner);
		const [session] = response.headers.getSetCookie()[0].split(';');
		return new N8nClient(url, session);
	}

	/** Sends a request to n8n's API and returns the `data` of the response. Rejects with `N8nApiError`. */
	async request<T>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await send(`${this.url}/rest${path}`, method, body, this.session);
		const { data } = (await response.json()) as { data: T };
		return data;
	}

	/** All node types that n8n has loaded, including the tool versions of nodes. */
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

	/** Runs the credential test. The editor shows its result after saving. */
	async testCredential(
		saved: SavedCredential,
		type: string,
		data: ICredentialDataDecryptedObject,
	): Promise<{ status: 'OK' | 'Error'; message: string }> {
		const credentials = { ...saved, type, data };
		return await this.request('POST', '/credentials/test', { credentials });
	}

	async createWorkflow(workflow: WorkflowFile): Promise<SavedWorkflow> {
		const defaults = { active: false, settings: { executionOrder: 'v1' }, pinData: {} };
		return await this.request('POST', '/workflows', { ...defaults, ...workflow });
	}

	/** Creates a data table of the owner. Returns its path in n8n's API and its ID. */
	async createDataTable(
		name: string,
		columns: DataTableColumn[],
	): Promise<{ id: string; path: string }> {
		const project = await this.request<{ id: string }>('GET', '/projects/personal');
		const tables = `/projects/${project.id}/data-tables`;
		const { id } = await this.request<{ id: string }>('POST', tables, { name, columns });
		return { id, path: `${tables}/${id}` };
	}

	/** Activates the workflow's triggers. n8n 2 calls this publishing. */
	async activate({ id, versionId }: SavedWorkflow): Promise<void> {
		await this.request('POST', `/workflows/${id}/activate`, { versionId });
		// n8n 2.41 registers them after it has responded.
		while ((await this.publicationStatus(id)) === 'in_progress') await sleep(50);
	}

	private async publicationStatus(workflowId: string): Promise<string> {
		try {
			const path = `/workflows/${workflowId}/publication-status`;
			const { status } = await this.request<{ status: string }>('GET', path);
			return status;
		} catch (reason) {
			// Versions without this endpoint register them before they respond.
			if (reason instanceof N8nApiError && reason.status === 404) return 'published';
			throw reason;
		}
	}
}

/**
 * For requests to n8n. n8n closes a connection that is idle for 5 seconds, which a busy process notices
 * only after it has sent its next request there.
 */
export const JSON_HEADERS = { 'content-type': 'application/json', connection: 'close' };

/**
 * Sends a request to n8n. If a check of its database takes more than five seconds, as on a busy machine,
 * n8n 1 refuses all requests before it looks at them, until the next check.
 */
export async function fetchFromN8n(url: string, init: RequestInit): Promise<Response> {
	for (;;) {
		const response = await fetch(url, init);
		if (response.status !== 503) return response;
		if (!(await response.clone().text()).includes('Database is not ready!')) return response;
		await sleep(500);
	}
}

async function send(
	url: string,
	method: string,
	body?: unknown,
	session?: string,
): Promise<Response> {
	const response = await fetchFromN8n(url, {
		method,
		headers: { ...JSON_HEADERS, ...(session && { cookie: session }) },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	if (response.ok) return response;
	throw new N8nApiError(
		response.status,
		`n8n responded ${response.status} to ${method} ${url}: ${await response.text()}`,
	);
}
