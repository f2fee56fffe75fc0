import type {
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodeType,
	NodeConnectionType,
} from 'n8n-workflow';
import { n8n } from './n8n';

export type ToolCall = { tool: string; args: IDataObject };

type Helper = {
	inputs: NodeConnectionType[];
	properties?: INodeProperties[];
	execute?: INodeType['execute'];
};

function helperNode(name: string, { inputs, properties = [], execute }: Helper): INodeType {
	return {
		description: {
			displayName: name,
			name,
			group: ['transform'],
			version: 1,
			description: '',
			defaults: { name },
			inputs,
			outputs: ['main'],
			properties,
		},
		...(execute && { execute }),
	};
}

export const textProperty = (name: string, value = ''): INodeProperties => ({
	displayName: name,
	name,
	type: 'string',
	default: value,
});

/** Starts the workflow. Its output is pinned data, so it is never executed. */
export const source = helperNode('source', { inputs: [] });

/** Evaluates an expression for each item, the way n8n's Edit Fields node does. */
export const evaluate = helperNode('evaluate', {
	inputs: ['main'],
	properties: [textProperty('expression')],
	async execute(this: IExecuteFunctions) {
		return [
			this.getInputData().map((_, item) => ({
				json: { value: this.getNodeParameter('expression', item) } as IDataObject,
				pairedItem: { item },
			})),
		];
	},
});

/**
 * Stands for an AI agent whose model asks for several tool calls in one turn, and outputs one item
 * `{ response }` or `{ error }` per call. With `style` "call" it calls the tools itself, all at
 * once, as AI Agent 2.2 does; with "request" it has the engine run them, as AI Agent 3 does.
 */
export const agent = helperNode('agent', {
	inputs: ['main', 'ai_tool'],
	properties: [textProperty('calls'), textProperty('style')],
	async execute(this: IExecuteFunctions, engine?: EngineResponse) {
		const calls: ToolCall[] = JSON.parse(this.getNodeParameter('calls', 0) as string);
		if (this.getNodeParameter('style', 0) === 'call') {
			type Tool = { name: string; invoke(args: IDataObject): Promise<string> };
			const tools = (await this.getInputConnectionData('ai_tool', 0)) as Tool[];
			const answers = calls.map(async ({ tool, args }) => {
				const called = tools.find(({ name }) => name === n8n.nodeNameToToolName(tool));
				if (!called) throw new Error(`No tool ${tool}`);
				try {
					return { json: { response: JSON.parse(await called.invoke(args)) } };
				} catch (error) {
					return { json: { error: (error as Error).message } };
				}
			});
			return [await Promise.all(answers)];
		}
		if (!engine?.actionResponses.length) {
			const actions = calls.map(({ tool, args }, index) => ({
				actionType: 'ExecutionNodeAction' as const,
				nodeName: tool,
				input: args,
				type: 'ai_tool' as const,
				id: `call-${index}`,
				metadata: {},
			}));
			return { actions, metadata: {} };
		}
		return [
			engine.actionResponses.map(({ data }) => ({
				json: data.error
					? { error: data.error.message }
					: { response: data.data?.ai_tool?.[0]?.map(({ json }) => json) },
			})),
		];
	},
});
