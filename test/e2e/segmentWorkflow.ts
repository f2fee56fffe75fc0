import { randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import type { SavedCredential, WorkflowFile } from '../../demo/n8n/client';
import { nodes, wires, type NodeSketch } from './runs';

export const SEGMENTS_NODE = 'n8n-nodes-sendgrid-segments.sendGridSegments';

/** A SendGrid node called "Segments" that takes its segment's ID from the item's field `id`. */
export function segmentsNode(
	operation: string,
	credential: SavedCredential,
	{ parameters, ...settings }: Partial<INode> = {},
): NodeSketch {
	return {
		name: 'Segments',
		type: SEGMENTS_NODE,
		parameters: {
			operation,
			segmentId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
			options: {},
			...parameters,
		},
		credentials: { sendGridSegmentsApi: credential },
		...settings,
	};
}

/** A node that looks back, by item pairing, at the item that its own item comes from. */
const lookBack = (name: string): NodeSketch => ({
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

/**
 * Webhook → Items → Segments → Succeeded, and Failed behind its error output. Called with
 * `{ items: [{ id }] }`, it runs the SendGrid node on these items; "Succeeded" and "Failed" add the
 * `id` and number `n` of the item that each of theirs comes from.
 */
export function itemsWorkflow(segments: NodeSketch): WorkflowFile {
	return {
		name: 'Items',
		nodes: nodes(
			{
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				webhookId: randomUUID(),
				parameters: { httpMethod: 'POST', path: randomUUID(), responseMode: 'lastNode' },
			},
			{
				name: 'Items',
				type: 'n8n-nodes-base.splitOut',
				parameters: { fieldToSplitOut: 'body.items' },
			},
			segments,
			lookBack('Succeeded'),
			lookBack('Failed'),
		),
		connections: wires({
			Webhook: ['Items'],
			Items: ['Segments'],
			Segments: ['Succeeded', 'Failed'],
		}),
	};
}

/** Items to call it with. */
export function itemsOf(ids: unknown[]): { items: Array<{ id: unknown; n: number }> } {
	return { items: ids.map((id, n) => ({ id, n })) };
}
