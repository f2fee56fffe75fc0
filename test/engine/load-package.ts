import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import type * as BackendCommon from '@n8n/backend-common';
import type * as Core from 'n8n-core';
import type { SSHClientsManager as SshClientsManager } from 'n8n-core/dist/execution-engine/ssh-clients-manager';
import type { ICredentialType, IExecuteFunctions, INodeType, INodeTypes } from 'n8n-workflow';
import { agent, evaluate, source, textProperty } from './helper-nodes';
import { Container, core, Logger, n8n, nodeRequire, SSHClientsManager } from './n8n';

const packageRoot = path.resolve(__dirname, '../..');

export const nodeTypeName = 'n8n-nodes-sendgrid-segments.sendGridSegments';
export const triggerTypeName = `${nodeTypeName}Trigger`;
export const toolTypeName = `${nodeTypeName}Tool`;
export const credentialName = 'sendGridSegmentsApi';

/** What n8n would have written to its log, one entry each, debug level included. */
export const logged: string[] = [];

export type LoadedPackage = {
	node: INodeType;
	trigger: INodeType;
	credential: ICredentialType;
	nodeTypes: INodeTypes;
};

/** n8n adds this method to declarative nodes when it hands them to the engine. */
function addExecute(nodeType: INodeType) {
	nodeType.execute = async function (this: IExecuteFunctions) {
		return (await new core.RoutingNode(this as Core.ExecuteContext, nodeType).runNode()) ?? [];
	};
}

/** The tool form of a node, made from `usableAsTool` as n8n makes it. */
function asTool(nodeType: INodeType): INodeType {
	const { usableAsTool, ...description } = nodeType.description;
	if (!usableAsTool) throw new Error(`${description.name} is not usable as a tool`);
	return {
		...nodeType,
		description: {
			...description,
			name: `${description.name}Tool`,
			displayName: `${description.displayName} Tool`,
			inputs: [],
			outputs: ['ai_tool'],
			properties: [
				textProperty('descriptionType', 'auto'),
				textProperty('toolDescription', description.description),
				...description.properties,
			],
		},
	};
}

function setUpContainer() {
	const log = (message: string, meta?: object) =>
		void logged.push(meta ? `${message} ${inspect(meta, { depth: 10 })}` : message);
	const logger = { error: log, warn: log, info: log, debug: log, scoped: () => logger };
	n8n.LoggerProxy.init(logger);
	Container.reset();
	Container.set(Logger, logger as unknown as BackendCommon.Logger);
	// The real one writes a settings file into the user's n8n folder.
	Container.set(core.InstanceSettings, {
		n8nFolder: path.join(tmpdir(), 'n8n-engine-tests'),
		encryptionKey: 'engine tests',
		instanceId: 'engine-tests',
		hmacSignatureSecret: 'engine tests',
	} as Core.InstanceSettings);
	// The real one keeps a timer going, and with it the process.
	Container.set(SSHClientsManager, {} as SshClientsManager);
}

async function load(): Promise<LoadedPackage> {
	setUpContainer();
	// The loader writes into the descriptions, so each test file starts from fresh ones.
	const dist = path.join(packageRoot, 'dist') + path.sep;
	for (const file of Object.keys(nodeRequire.cache)) {
		if (file.startsWith(dist)) delete nodeRequire.cache[file];
	}
	const loader = new core.PackageDirectoryLoader(packageRoot);
	await loader.loadAll();
	const node = loader.getNode('sendGridSegments').type as INodeType;
	addExecute(node);
	const trigger = loader.getNode('sendGridSegmentsTrigger').type as INodeType;
	const types: Record<string, INodeType> = {
		source,
		evaluate,
		agent,
		[nodeTypeName]: node,
		[triggerTypeName]: trigger,
		[toolTypeName]: asTool(node),
	};
	return {
		node,
		trigger,
		credential: loader.getCredential(credentialName).type,
		nodeTypes: {
			getByName: (name) => types[name],
			getByNameAndVersion: (name) => types[name],
			getKnownTypes: () => ({}),
		},
	};
}

let loaded: Promise<LoadedPackage> | undefined;

/** This package, built into dist/, as n8n has it once it has loaded it. */
export async function loadPackage(): Promise<LoadedPackage> {
	return await (loaded ??= load());
}
