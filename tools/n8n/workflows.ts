import { randomUUID } from 'node:crypto';
import type { IConnections, INode, NodeConnectionType } from 'n8n-workflow';
import type { SavedCredential, WorkflowFile } from './client';

export const SEGMENTS_NODE = 'n8n-nodes-sendgrid-segments.sendGridSegments';
export const TRIGGER_NODE = `${SEGMENTS_NODE}Trigger`;
/** What n8n makes of the node for agents and MCP clients. */
export const SEGMENTS_TOOL = `${SEGMENTS_NODE}Tool`;
export const SEGMENTS_CREDENTIAL = 'sendGridSegmentsApi';

/** Poll times of a trigger: n8n polls at most once a minute by one expression, but by any number of them. */
export const EVERY_SECOND = {
	item: Array.from({ length: 60 }, (_, second) => ({
		mode: 'custom',
		cronExpression: `${second} * * * * *`,
	})),
};

/** A node without the properties that `createNodes` fills in. */
export type NodeInput = Pick<INode, 'name' | 'type'> & Partial<INode>;

/** Fills in the properties that n8n requires. */
export function createNodes(...inputs: NodeInput[]): INode[] {
	return inputs.map((input, index) => ({
		id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
		typeVersion: 1,
		position: [index * 220, 0],
		parameters: {},
		...input,
	}));
}

/**
 * Connects each output of a node to one other node: `{ Refresh: ['Succeeded', 'Failed'] }` connects
 * the first output of "Refresh" to "Succeeded" and the second one to "Failed".
 */
export function connect(
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

/** A node "Start" for runs from the editor. */
export const startNode: NodeInput = { name: 'Start', type: 'n8n-nodes-base.manualTrigger' };

/** A node "Webhook" with a random path that responds with the first item of the last node. */
export const webhookNode = (): NodeInput => ({
	name: 'Webhook',
	type: 'n8n-nodes-base.webhook',
	typeVersion: 2,
	webhookId: randomUUID(),
	parameters: { httpMethod: 'POST', path: randomUUID(), responseMode: 'lastNode' },
});

/** A SendGrid Segments node "Segments" that reads the segment ID from the item's field `id`. */
export function segmentsNode(
	operation: string,
	credential: SavedCredential,
	{ parameters, ...settings }: Partial<INode> = {},
): NodeInput {
	return {
		name: 'Segments',
		type: SEGMENTS_NODE,
		parameters: {
			operation,
			segmentId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
			options: {},
			...parameters,
		},
		credentials: { [SEGMENTS_CREDENTIAL]: credential },
		...settings,
	};
}

/** The node as a tool: the caller fills in the segment, and the name of a new one. */
export const segmentsTool = (
	name: string,
	operation: string,
	credential: SavedCredential,
	settings: Partial<INode> = {},
): NodeInput => ({
	...segmentsNode(operation, credential, {
		parameters: {
			segmentId: {
				__rl: true,
				mode: 'id',
				value: "={{ $fromAI('segment_id', 'ID of the segment', 'string') }}",
			},
			...(['create', 'upsert'].includes(operation) && {
				name: "={{ $fromAI('name', 'Name of the segment', 'string') }}",
				queryDsl: 'SELECT 1',
			}),
		},
		...settings,
	}),
	name,
	type: SEGMENTS_TOOL,
});

/** A node that adds `id` and `n` of the item in "Items" that its own item is paired with. */
export const pairedItemNode = (name: string): NodeInput => ({
	name,
	type: 'n8n-nodes-base.set',
	typeVersion: 3.4,
	parameters: {
		includeOtherFields: true,
		assignments: {
			assignments: [
				{ id: randomUUID(), name: 'from', type: 'string', value: "={{ $('Items').item.json.id }}" },
				{ id: randomUUID(), name: 'n', type: 'number', value: "={{ $('Items').item.json.n }}" },
			],
		},
	},
});

/** A node "Extract from File" that reads the binary field `data`. */
export const extractFromFileNode = (operation: 'csv' | 'text'): NodeInput => ({
	name: 'Extract from File',
	type: 'n8n-nodes-base.extractFromFile',
	typeVersion: 1,
	parameters: { operation, options: {} },
});

/**
 * Webhook → Items → node, where "Items" (Split Out) turns the webhook's body
 * `{ items: [{ id }, …] }` into one item each. The outputs of the node lead to the `next` nodes.
 */
export function itemsWorkflow(node: NodeInput, ...next: NodeInput[]): WorkflowFile {
	return {
		name: 'Items',
		nodes: createNodes(
			webhookNode(),
			{
				name: 'Items',
				type: 'n8n-nodes-base.splitOut',
				parameters: { fieldToSplitOut: 'body.items' },
			},
			node,
			...next,
		),
		connections: connect({
			Webhook: ['Items'],
			Items: [node.name],
			[node.name]: next.map(({ name }) => name),
		}),
	};
}

/**
 * Webhook → Items → Segments → Succeeded, and "Failed" at the error output. "Succeeded" and "Failed"
 * show in `from` and `n` which item of the webhook's body each of their items is paired with.
 */
export function pairedItemsWorkflow(segments: NodeInput): WorkflowFile {
	return itemsWorkflow(segments, pairedItemNode('Succeeded'), pairedItemNode('Failed'));
}

/** The webhook body for `itemsWorkflow`: one numbered item per ID. */
export function itemsBody(ids: unknown[]): { items: Array<{ id: unknown; n: number }> } {
	return { items: ids.map((id, n) => ({ id, n })) };
}
