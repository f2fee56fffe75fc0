import type { INodeParameters } from 'n8n-workflow';
import type { SavedCredential } from '../n8n/client';
import { SEGMENTS_CREDENTIAL, segmentsNode, type NodeInput } from '../n8n/workflows';

export type Operation = 'delete' | 'refresh';

const TIME_ZONE = 'America/Chicago';

/** A node to measure: this package's node, or n8n's HTTP Request node. */
export type Subject = (
	operation: Operation,
	serverUrl: string,
	credential: SavedCredential,
) => NodeInput;

export const thisNode: Subject = (operation, _serverUrl, credential) =>
	segmentsNode(operation, credential, {
		parameters: operation === 'refresh' ? { timeZone: TIME_ZONE } : {},
		onError: 'continueRegularOutput',
	});

/** n8n's HTTP Request node, configured from SendGrid's API reference. */
const httpRequestWith =
	(options: INodeParameters): Subject =>
	(operation, serverUrl, credential) => {
		const segments = `${serverUrl}/v3/marketing/segments/2.0`;
		return {
			name: 'HTTP Request',
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.5,
			onError: 'continueRegularOutput',
			parameters: {
				authentication: 'predefinedCredentialType',
				nodeCredentialType: SEGMENTS_CREDENTIAL,
				options,
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
			credentials: { [SEGMENTS_CREDENTIAL]: credential },
		};
	};

/** With n8n's defaults. */
export const httpRequest = httpRequestWith({});

/** With as many requests per second as SendGrid's rate limit allows: 600 a minute. */
export const httpRequestInBatches = httpRequestWith({
	batching: { batch: { batchSize: 10, batchInterval: 1000 } },
});
