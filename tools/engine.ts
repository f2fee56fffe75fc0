import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Container } from '@n8n/di';
import {
	ExecutionLifecycleHooks,
	InstanceSettings,
	PackageDirectoryLoader,
	RoutingNode,
	WorkflowExecute,
	type ExecuteContext,
} from 'n8n-core';
import { SSHClientsManager } from 'n8n-core/dist/execution-engine/ssh-clients-manager';
import {
	ICredentialsHelper,
	NodeConnectionTypes,
	Workflow,
	type ICredentialDataDecryptedObject,
	type ICredentialType,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type INode,
	type INodeParameters,
	type INodeType,
	type IWorkflowBase,
	type IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import {
	connect,
	createNodes,
	SEGMENTS_CREDENTIAL,
	SEGMENTS_NODE,
	startNode,
} from './n8n/workflows';

export interface EngineCredential {
	apiKey: string;
	baseUrl: string;
}

const NODE = 'SendGrid Segments';

/** Stands in for n8n's manual trigger. Its output is pinned, so it never runs. */
const manualTrigger: INodeType = {
	description: {
		displayName: 'Manual Trigger',
		name: startNode.type,
		group: ['trigger'],
		version: 1,
		description: '',
		defaults: {},
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
	},
};

/** The package as n8n loads it, from its build in `dist/`. */
async function loadPackage(): Promise<{ node: INodeType; credential: ICredentialType }> {
	const loader = new PackageDirectoryLoader(join(__dirname, '..'));
	await loader.loadAll();
	const node = loader.getNode('sendGridSegments').type as INodeType;
	// n8n adds this to nodes that consist of a description.
	node.execute = async function (this: IExecuteFunctions) {
		return (await new RoutingNode(this as ExecuteContext, node).runNode()) ?? [];
	};
	return { node, credential: loader.getCredential(SEGMENTS_CREDENTIAL).type };
}

/** n8n's own helper reads credentials from its database. */
class CredentialsHelper extends ICredentialsHelper {
	constructor(
		private readonly type: ICredentialType,
		private readonly credential: EngineCredential,
	) {
		super();
	}

	getParentTypes = () => [];

	getCredentialsProperties = () => this.type.properties;

	getDecrypted = async () => ({ ...this.credential, isSameForAllItems: true });

	authenticate = async (
		credentials: ICredentialDataDecryptedObject,
		_type: string,
		options: IHttpRequestOptions,
	) => {
		if (typeof this.type.authenticate !== 'function') throw new Error('authenticate is missing');
		return await this.type.authenticate(credentials, options);
	};

	preAuthentication = async () => undefined;

	getCredentials = async () => {
		throw new Error('There are no stored credentials');
	};

	updateCredentials = async () => {};

	updateCredentialsOauthTokenData = async () => {};
}

/**
 * Runs the workflow Start → SendGrid Segments once on n8n's engine (the package n8n-core), in this
 * process: without n8n's server, editor and database. The package must have been built.
 *
 * @param parameters of the SendGrid Segments node
 * @returns the JSON of the node's output items
 * @throws whatever stopped the workflow, for example the node's NodeApiError
 */
export async function runOnEngine(
	parameters: INodeParameters,
	credential: EngineCredential,
): Promise<IDataObject[]> {
	// n8n's own settings would be read from the user's n8n folder, or written into it.
	Container.set(InstanceSettings, {
		n8nFolder: join(tmpdir(), 'n8n-engine'),
		encryptionKey: 'engine',
		instanceId: 'engine',
		hmacSignatureSecret: 'engine',
	} as InstanceSettings);
	// The real one has a timer that keeps this process running.
	Container.set(SSHClientsManager, {} as SSHClientsManager);
	const { node, credential: credentialType } = await loadPackage();
	const types: Record<string, INodeType> = {
		[startNode.type]: manualTrigger,
		[SEGMENTS_NODE]: node,
	};
	const nodes = createNodes(startNode, {
		name: NODE,
		type: SEGMENTS_NODE,
		parameters,
		credentials: { [SEGMENTS_CREDENTIAL]: { id: '1', name: 'SendGrid Segments' } },
	});
	const connections = connect({ [startNode.name]: [NODE] });
	const settings = { executionOrder: 'v1' as const };
	const workflow = new Workflow({
		id: '1',
		name: 'Engine',
		nodes,
		connections,
		active: false,
		nodeTypes: {
			getByName: (name) => types[name],
			getByNameAndVersion: (name) => types[name],
			getKnownTypes: () => ({}),
		},
		settings,
	});
	const additionalData = {
		credentialsHelper: new CredentialsHelper(credentialType, credential),
		currentNodeExecutionIndex: 0,
		executionId: '1',
		hooks: new ExecutionLifecycleHooks('manual', '1', {
			nodes,
			connections,
			settings,
		} as unknown as IWorkflowBase),
		variables: {},
	} as unknown as IWorkflowExecuteAdditionalData;
	const { data } = await new WorkflowExecute(additionalData, 'manual').run({
		workflow,
		startNode: workflow.getNode(startNode.name) as INode,
		pinData: { [startNode.name]: [{ json: {} }] },
	});
	const { error, runData } = data.resultData;
	if (error) throw error;
	return (runData[NODE]?.[0].data?.main[0] ?? []).map(({ json }) => json);
}
