import type * as Core from 'n8n-core';
import type {
	ExecutionError,
	IConnections,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeListSearchResult,
	INodeParameters,
	INodePropertyOptions,
	IRun,
	IRunData,
	IWorkflowExecuteAdditionalData,
	IWorkflowSettings,
	NodeConnectionType,
} from 'n8n-workflow';
import { untilDone } from '../clock';
import { type CredentialValues, credentialsHelper } from './credentials';
import type { ToolCall } from './helper-nodes';
import {
	credentialName,
	type LoadedPackage,
	loadPackage,
	logged,
	nodeTypeName,
	toolTypeName,
	triggerTypeName,
} from './load-package';
import { core, isEngine2, n8n } from './n8n';

export { type CredentialValues, loadPackage, logged };

const mode = 'trigger';
/** The node under test goes by this name in the workflows that are run here. */
export const NODE = 'SendGrid Segments';
const SOURCE = 'Source';
const AFTER_SUCCESS = 'After Success';
const AFTER_FAILURE = 'After Failure';

function additionalData(loaded: LoadedPackage, credentials?: CredentialValues) {
	return {
		credentialsHelper: credentialsHelper(loaded.credential, credentials ?? {}),
		currentNodeExecutionIndex: 0,
		executionId: '1',
		restApiUrl: '',
		instanceBaseUrl: '',
		formWaitingBaseUrl: '',
		webhookBaseUrl: '',
		webhookWaitingBaseUrl: '',
		webhookTestBaseUrl: '',
		variables: {},
	} as unknown as IWorkflowExecuteAdditionalData;
}

function node(name: string, type: string, settings: Partial<INode> = {}): INode {
	return { id: name, name, type, typeVersion: 1, position: [0, 0], parameters: {}, ...settings };
}

const withCredentials = (credentials?: CredentialValues): Partial<INode> =>
	credentials ? { credentials: { [credentialName]: { id: '1', name: 'SendGrid' } } } : {};

const to = (name: string, type: NodeConnectionType = 'main') => [{ node: name, type, index: 0 }];

type WorkflowStart = {
	nodes: INode[];
	connections: IConnections;
	items: INodeExecutionData[];
	settings?: IWorkflowSettings;
	credentials?: CredentialValues;
};

/** Starts a workflow whose node "Source" outputs the given items. */
async function startWorkflow(start: WorkflowStart) {
	const loaded = await loadPackage();
	// Cloned into the engine's realm, and so that the engine cannot write into the test's objects.
	const { nodes, connections, items, settings } = structuredClone({
		nodes: [node(SOURCE, 'source'), ...start.nodes],
		connections: start.connections,
		items: start.items,
		settings: { executionOrder: 'v1' as const, ...start.settings },
	});
	const workflow = new n8n.Workflow({
		id: '1',
		name: 'Engine test',
		nodes,
		connections,
		active: false,
		nodeTypes: loaded.nodeTypes,
		settings,
	});
	const data = additionalData(loaded, start.credentials);
	data.hooks = new core.ExecutionLifecycleHooks(mode, '1', {
		...workflow,
		nodes,
		connections,
	} as unknown as ConstructorParameters<typeof Core.ExecutionLifecycleHooks>[2]);
	const execution = new core.WorkflowExecute(data, mode);
	const pinned = { [SOURCE]: items };
	const startNode = workflow.getNode(SOURCE)!;
	// The engine of n8n 1 takes them one by one.
	const run = execution.run as unknown as (...args: unknown[]) => ReturnType<typeof execution.run>;
	const running = isEngine2
		? execution.run({ workflow, startNode, pinData: pinned })
		: run.call(execution, workflow, startNode, undefined, pinned);
	return { running, cancel: () => running.cancel() };
}

export type NodeRun = {
	parameters: INodeParameters;
	/** Either plain JSON or whole items. Default: one empty item. */
	items?: IDataObject[];
	/** Left out, the node has no credential at all. */
	credentials?: CredentialValues;
	onError?: INode['onError'];
	retryOnFail?: boolean;
	maxTries?: number;
	/** Milliseconds; 0 means 1000, as the engine has it. Default: 1. */
	waitBetweenTries?: number;
	executeOnce?: boolean;
	/** An expression that a node behind each output evaluates for each item it receives. */
	evaluate?: string;
	timezone?: string;
	/** The engine's own request options: batching, proxy, timeout, allowUnauthorizedCerts. Default: the node's. */
	requestOptions?: IDataObject;
};

export type NodeRunResult = {
	status: IRun['status'];
	/** The first output: under `continueRegularOutput` it holds the failed items as well. */
	success: INodeExecutionData[];
	/** The error output. */
	failures: INodeExecutionData[];
	/** What the `evaluate` expression came to for the items of each output. */
	evaluated: { success: unknown[]; failures: unknown[] };
	/** What stopped the workflow, if anything did. */
	error?: ExecutionError;
	runData: IRunData;
	/** Of the whole workflow on the test's clock, its waits between tries included. */
	durationMs: number;
	/** All that n8n would store of this execution. */
	readonly fullRunJson: string;
};

const output = (runData: IRunData, name: string, index: number) =>
	runData[name]?.at(-1)?.data?.main?.[index] ?? [];

const evaluatedBy = (runData: IRunData, name: string) =>
	output(runData, name, 0).map(({ json }) => json.value);

function nodeRunResult({ status, data }: IRun, durationMs: number): NodeRunResult {
	const { runData, error } = data.resultData;
	return {
		status,
		success: output(runData, NODE, 0),
		failures: output(runData, NODE, 1),
		evaluated: {
			success: evaluatedBy(runData, AFTER_SUCCESS),
			failures: evaluatedBy(runData, AFTER_FAILURE),
		},
		error,
		runData,
		durationMs,
		get fullRunJson() {
			return n8n.jsonStringify(data, { replaceCircularRefs: true });
		},
	};
}

/**
 * Starts Source → SendGrid Segments in n8n's engine.
 *
 * @returns a handle: `finished` resolves, also when the node fails, and `cancel` does what
 * stopping the execution in the editor does. With `useClock`, `untilDone(finished)` lets the time
 * pass that it takes.
 */
export async function startNode({
	parameters,
	items = [{}],
	credentials,
	evaluate,
	timezone,
	requestOptions,
	waitBetweenTries = 1,
	...settings
}: NodeRun): Promise<{ finished: Promise<NodeRunResult>; cancel(): void }> {
	const started = Date.now();
	const nodes = [
		node(NODE, nodeTypeName, {
			...settings,
			...withCredentials(credentials),
			waitBetweenTries,
			parameters: { ...parameters, ...(requestOptions && { requestOptions }) } as INodeParameters,
		}),
	];
	const connections: IConnections = { [SOURCE]: { main: [to(NODE)] } };
	if (evaluate) {
		for (const name of [AFTER_SUCCESS, AFTER_FAILURE]) {
			nodes.push(node(name, 'evaluate', { parameters: { expression: evaluate } }));
		}
		connections[NODE] = { main: [to(AFTER_SUCCESS), to(AFTER_FAILURE)] };
	}
	const { running, cancel } = await startWorkflow({
		nodes,
		connections,
		items: items.map((item) => ('json' in item ? (item as never) : { json: item })),
		credentials,
		settings: timezone === undefined ? {} : { timezone },
	});
	const finished = running.then((run) => nodeRunResult(run, Date.now() - started));
	return { finished, cancel };
}

/** Runs Source → SendGrid Segments in n8n's engine to its end. */
export async function runNode(options: NodeRun): Promise<NodeRunResult> {
	const { finished } = await startNode(options);
	return await untilDone(finished);
}

export type ToolTurn = {
	/** By node name; `$fromAI(…)` in the parameters makes the tool's arguments. */
	tools: Record<string, INodeParameters>;
	calls: ToolCall[];
	/** How the agent gets its tools run: see the helper node. */
	style: 'call' | 'request';
	credentials?: CredentialValues;
	settings?: Partial<INode>;
};

/**
 * Has a stand-in for an AI agent make all `calls` in one turn, on tool forms of the node.
 *
 * @returns for each call, in order, the tool's output items or its failure's message.
 */
export async function callTools({
	tools,
	calls,
	style,
	credentials,
	settings,
}: ToolTurn): Promise<Array<{ response?: unknown; error?: string }>> {
	const connections: IConnections = { [SOURCE]: { main: [to('Agent')] } };
	const nodes = [
		node('Agent', 'agent', { parameters: { calls: JSON.stringify(calls), style } }),
		...Object.entries(tools).map(([name, parameters]) =>
			node(name, toolTypeName, { ...settings, ...withCredentials(credentials), parameters }),
		),
	];
	for (const name of Object.keys(tools)) {
		connections[name] = { ai_tool: [to('Agent', 'ai_tool')] };
	}
	const { running } = await startWorkflow({
		nodes,
		connections,
		items: [{ json: {} }],
		credentials,
	});
	const { error, runData } = (await untilDone(running)).data.resultData;
	if (error) throw error;
	return output(runData, 'Agent', 0).map(({ json }) => json);
}

/** One activation of a workflow "Trigger" in an n8n, which keeps its static data as n8n does. */
export interface Activation {
	/** Polls as the schedule does. Rejects where the poll fails. */
	poll(): Promise<IDataObject[]>;
	/** The static data as n8n would save it now. */
	readonly staticData: string;
}

export type TriggerNode = { parameters: INodeParameters; name?: string; id?: string };

export type ActivationOptions = {
	credentials?: CredentialValues;
	activationMode?: 'activate' | 'init' | 'update';
	manual?: boolean;
	/** As it was saved by an earlier activation. */
	staticData?: string;
};

/** Makes SendGrid Segments Triggers of one workflow ready to be polled. */
export async function activateTriggers(
	triggers: TriggerNode[],
	{
		credentials,
		activationMode = 'activate',
		manual = false,
		staticData = '{}',
	}: ActivationOptions = {},
): Promise<Activation[]> {
	const loaded = await loadPackage();
	const workflow = new n8n.Workflow({
		id: '1',
		nodes: structuredClone(
			triggers.map(({ name = 'Trigger', ...settings }) =>
				node(name, triggerTypeName, { ...withCredentials(credentials), ...settings }),
			),
		),
		connections: {},
		active: true,
		nodeTypes: loaded.nodeTypes,
		staticData: JSON.parse(staticData) as IDataObject,
	});
	return triggers.map(({ name = 'Trigger' }) => {
		const context = new core.PollContext(
			workflow,
			workflow.getNode(name)!,
			additionalData(loaded, credentials),
			manual ? 'manual' : 'trigger',
			manual ? 'manual' : activationMode,
		);
		return {
			poll: async () => {
				const output = await untilDone(loaded.trigger.poll!.call(context), 'the end of the poll');
				return output?.[0].map(({ json }) => json) ?? [];
			},
			get staticData() {
				return JSON.stringify(workflow.staticData);
			},
		};
	});
}

/** Makes the SendGrid Segments Trigger ready to be polled. */
export async function activateTrigger({
	parameters,
	...options
}: ActivationOptions & { parameters: INodeParameters }): Promise<Activation> {
	const [activation] = await activateTriggers([{ parameters }], options);
	return activation;
}

/** What a field of the node, or of the trigger, is given when the editor asks for its entries. */
function fieldContext(loaded: LoadedPackage, type: string, credentials?: CredentialValues) {
	const asking = node(NODE, type, withCredentials(credentials));
	const workflow = new n8n.Workflow({
		nodes: [asking],
		connections: {},
		active: false,
		nodeTypes: loaded.nodeTypes,
	});
	const data = additionalData(loaded, credentials);
	data.currentNodeParameters = {};
	return new core.LoadOptionsContext(workflow, asking, data, '');
}

/** Asks one of the node's pickers for its entries, as the editor does. */
export async function searchList(
	method: string,
	{ filter, credentials }: { filter?: string; credentials: CredentialValues },
): Promise<INodeListSearchResult> {
	const loaded = await loadPackage();
	const search = loaded.node.methods!.listSearch![method];
	return await untilDone(search.call(fieldContext(loaded, nodeTypeName, credentials), filter));
}

/** Asks for the options of one of the drop-downs of the node or the trigger, as the editor does. */
export async function loadOptions(
	method: string,
	credentials?: CredentialValues,
	type = nodeTypeName,
): Promise<INodePropertyOptions[]> {
	const loaded = await loadPackage();
	const { methods } = loaded.nodeTypes.getByNameAndVersion(type);
	const context = fieldContext(loaded, type, credentials);
	return await untilDone(methods!.loadOptions![method].call(context));
}
