import { randomUUID } from 'node:crypto';
import type { INodeParameters } from 'n8n-workflow';
import type { SavedCredential, WorkflowFile } from '../demo/n8n/client';
import { nodes, wires, type NodeSketch } from '../test/e2e/runs';

export type Operation = 'delete' | 'refresh';

const TIME_ZONE = 'America/Chicago';

const CREDENTIAL_TYPE = 'sendGridSegmentsApi';

/** What does the work: this package's node, or n8n's own for any HTTP request. */
export type Contestant = (
	operation: Operation,
	serverUrl: string,
) => Pick<NodeSketch, 'type' | 'typeVersion'> & { parameters: INodeParameters };

export const thisNode: Contestant = (operation) => ({
	type: 'n8n-nodes-sendgrid-segments.sendGridSegments',
	typeVersion: 1,
	parameters: {
		operation,
		segmentId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
		...(operation === 'refresh' && { timeZone: { __rl: true, mode: 'id', value: TIME_ZONE } }),
		options: {},
	},
});

/** Set up as a person would who has the API's reference at hand; everything else as n8n has it. */
export const httpRequest: Contestant = (operation, serverUrl) => {
	const segments = `${serverUrl}/v3/marketing/segments/2.0`;
	return {
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.5,
		parameters: {
			authentication: 'predefinedCredentialType',
			nodeCredentialType: CREDENTIAL_TYPE,
			options: {},
			...(operation === 'delete'
				? { method: 'DELETE', url: `=${segments}/{{ $json.id }}` }
				: {
						method: 'POST',
						url: `=${segments}/refresh/{{ $json.id }}`,
						sendBody: true,
						specifyBody: 'json',
						jsonBody: JSON.stringify({ user_time_zone: TIME_ZONE }),
					}),
		},
	};
};

/** Webhook → Items → Contestant. Called with `{ items: [{ id }] }`. */
export function benchWorkflow(
	contestant: Contestant,
	operation: Operation,
	serverUrl: string,
	credential: SavedCredential,
): WorkflowFile {
	return {
		name: `${operation}`,
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
			{
				name: 'Contestant',
				credentials: { [CREDENTIAL_TYPE]: credential },
				...contestant(operation, serverUrl),
			},
		),
		connections: wires({ Webhook: ['Items'], Items: ['Contestant'] }),
	};
}
