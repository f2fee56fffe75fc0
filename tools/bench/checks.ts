import type { SavedCredential } from '../n8n/client';
import { callWebhook } from '../n8n/executions';
import type { Instance } from '../n8n/instance';
import { startProbe } from '../n8n/startProbe';
import { itemsWorkflow, SEGMENTS_CREDENTIAL, segmentsNode, type NodeInput } from '../n8n/workflows';
import { printProgress } from '../progress';
import { compare, summaryOf } from './comparison';
import type { Group } from './context';
import { startSimulatorProcess } from './startSimulatorProcess';
import { httpRequestNode, postJson } from './subjects';
import { millisecondsRow, number, requestsRow, timeRow } from './table';

const checkNode = (credential: SavedCredential, segmentId: string): NodeInput =>
	segmentsNode('check', credential, {
		parameters: {
			resource: 'contact',
			segmentId: { __rl: true, mode: 'id', value: segmentId },
			email: '={{ $json.email }}',
		},
	});

const searchNode = (credential: SavedCredential, baseUrl: string): NodeInput =>
	httpRequestNode(
		'HTTP Request',
		credential,
		postJson(
			`${baseUrl}/v3/marketing/contacts/search/emails`,
			'={{ JSON.stringify({ emails: [$json.email] }) }}',
		),
	);

/** Whether contacts are in a segment, compared with one search per address. */
export const measureChecks: Group = async ({ runs, scaled, startN8n }) => {
	const count = scaled(5000);
	const simulator = await startSimulatorProcess();
	const n8n: Instance = await startN8n('checks');
	const probe = startProbe(n8n.url);
	const credential = await n8n.client.createCredential('SendGrid', SEGMENTS_CREDENTIAL, {
		apiKey: simulator.apiKey,
		baseUrl: simulator.url,
	});
	const segmentId = await simulator.addSegment(count);
	const items = Array.from({ length: count }, (_, n) => ({
		email: `contact-${n + 1}@example.com`,
	}));

	const check = async (node: NodeInput) => {
		await probe.longestFreeze();
		await simulator.takeRequests();
		let freezeMs = 0;
		const { data, error, output } = await callWebhook(
			n8n.client,
			itemsWorkflow(node),
			{ items },
			async () => (freezeMs = await probe.longestFreeze()),
		);
		const { length } = output(node.name);
		if (error || length !== count) {
			throw new Error(`${length} of ${count} addresses were checked. ${error?.message ?? ''}`);
		}
		const [{ executionTime }] = data.resultData.runData[node.name];
		return { milliseconds: executionTime, freezeMs, requests: await simulator.takeRequests() };
	};
	const title = `${number(count)} addresses checked in one segment`;
	const pairs = await printProgress(title, async () =>
		compare(runs, {
			ours: async () => check(checkNode(credential, segmentId)),
			theirs: async () => check(searchNode(credential, simulator.url)),
		}),
	);
	probe.stop();
	await n8n.stop();
	simulator.stop();
	const [{ ours, theirs }] = pairs;
	return [
		timeRow(
			title,
			count,
			summaryOf(pairs, ({ milliseconds }) => milliseconds),
		),
		millisecondsRow(
			`${title}: longest time without a response of n8n`,
			summaryOf(pairs, ({ freezeMs }) => freezeMs),
		),
		requestsRow(title, ours.requests, theirs.requests),
	];
};
