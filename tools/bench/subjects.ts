import type { INodeParameters } from 'n8n-workflow';
import type { SavedCredential } from '../n8n/client';
import { SEGMENTS_CREDENTIAL, segmentsNode, type NodeInput } from '../n8n/workflows';

export type Operation = 'delete' | 'get' | 'refresh';

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

/** n8n's HTTP Request node with the credential of this package. */
export const httpRequestNode = (
	name: string,
	credential: SavedCredential,
	parameters: INodeParameters,
): NodeInput => ({
	name,
	type: 'n8n-nodes-base.httpRequest',
	typeVersion: 4.5,
	parameters: {
		authentication: 'predefinedCredentialType',
		nodeCredentialType: SEGMENTS_CREDENTIAL,
		options: {},
		...parameters,
	},
	credentials: { [SEGMENTS_CREDENTIAL]: credential },
});

/** Parameters of the HTTP Request node that send JSON. */
export const postJson = (url: string, jsonBody: string): INodeParameters => ({
	method: 'POST',
	url,
	sendBody: true,
	specifyBody: 'json',
	jsonBody,
});

/** n8n's HTTP Request node, configured from SendGrid's API reference. */
const httpRequestWith =
	(options: INodeParameters): Subject =>
	(operation, serverUrl, credential) => {
		const segments = `${serverUrl}/v3/marketing/segments/2.0`;
		const node = httpRequestNode('HTTP Request', credential, {
			options,
			...(operation === 'refresh'
				? postJson(
						`=${segments}/refresh/{{ $json.id }}`,
						JSON.stringify({ user_time_zone: TIME_ZONE }),
					)
				: {
						method: operation === 'delete' ? 'DELETE' : 'GET',
						url: `=${segments}/{{ $json.id }}`,
					}),
		});
		return { ...node, onError: 'continueRegularOutput' };
	};

/** With n8n's defaults. */
export const httpRequest = httpRequestWith({});

/** With as many requests per second as SendGrid's rate limit allows: 600 a minute. */
export const httpRequestInBatches = httpRequestWith({
	batching: { batch: { batchSize: 10, batchInterval: 1000 } },
});
