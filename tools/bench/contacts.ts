import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { IBinaryData, INodeParameters } from 'n8n-workflow';
import type { SavedCredential } from '../n8n/client';
import { callWebhook, type Execution } from '../n8n/executions';
import type { Instance } from '../n8n/instance';
import { longestWait, startProbe, type Wait } from '../n8n/startProbe';
import {
	connect,
	createNodes,
	SEGMENTS_CREDENTIAL,
	segmentsNode,
	webhookNode,
	type NodeInput,
} from '../n8n/workflows';
import { printProgress } from '../progress';
import { compare, summaryOf } from './comparison';
import type { Context, Group } from './context';
import { canMeasureMemory, memoryDuring } from './memory';
import { startSimulatorProcess, type SimulatorProcess } from './startSimulatorProcess';
import { httpRequestNode, postJson } from './subjects';
import { addedMemoryRow, millisecondsRow, number, secondsRow } from './table';

/** Nodes that run one after the other, for a segment. */
type Chain = (credential: SavedCredential, segmentId: string, baseUrl: string) => NodeInput[];

const contactNode =
	(operation: string, parameters: INodeParameters): Chain =>
	(credential, segmentId) => [
		segmentsNode(operation, credential, {
			parameters: {
				resource: 'contact',
				segmentId: { __rl: true, mode: 'id', value: segmentId },
				...parameters,
			},
		}),
	];

const getMany = contactNode('getAll', { returnAll: true });
const exportToFile = contactNode('export', { options: { maxFileSize: 5000 } });

/** What people build without this package. The export is ready at once, so one read stands for the loop. */
const downloadAndDecompress: Chain = (credential, segmentId, baseUrl) => {
	const exportsUrl = `${baseUrl}/v3/marketing/contacts/exports`;
	return [
		httpRequestNode(
			'Export',
			credential,
			postJson(exportsUrl, JSON.stringify({ segment_ids: [segmentId] })),
		),
		httpRequestNode('Poll', credential, { url: `=${exportsUrl}/{{ $json.id }}` }),
		{
			name: 'Download',
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.5,
			parameters: {
				url: '={{ $json.urls[0] }}',
				options: { response: { response: { responseFormat: 'file' } } },
			},
		},
		{
			name: 'Decompress',
			type: 'n8n-nodes-base.compression',
			typeVersion: 1.1,
			parameters: { operation: 'decompress', binaryPropertyName: 'data', outputPrefix: 'file_' },
		},
	];
};

const downloadAndExtract: Chain = (...args) => [
	...downloadAndDecompress(...args),
	{
		name: 'Extract',
		type: 'n8n-nodes-base.extractFromFile',
		typeVersion: 1.1,
		parameters: { operation: 'csv', binaryPropertyName: 'file_0', options: {} },
	},
];

interface Run {
	/** Execution time of the nodes as n8n reports it. */
	milliseconds: number;
	/** The longest time in ms without a response of n8n: until the execution has finished, and until its nodes have. */
	freezeMs: number;
	nodesFreezeMs: number;
	/** What the last node output. */
	output: ReturnType<Execution['output']>;
}

async function runChain(
	{ client, url }: Instance,
	simulator: SimulatorProcess,
	segmentId: string,
	chain: Chain,
): Promise<Run> {
	const credential = await client.createCredential('SendGrid', SEGMENTS_CREDENTIAL, {
		apiKey: simulator.apiKey,
		baseUrl: simulator.url,
	});
	const nodes = chain(credential, segmentId, simulator.url);
	const names = nodes.map(({ name }) => name);
	const workflow = {
		name: 'Contacts',
		nodes: createNodes(webhookNode(), ...nodes),
		connections: connect(
			Object.fromEntries(['Webhook', ...names.slice(0, -1)].map((from, n) => [from, [names[n]]])),
		),
	};
	const probe = startProbe(url);
	await probe.waits();
	let waits: Wait[] = [];
	const { data, error, output } = await callWebhook(
		client,
		workflow,
		{},
		async () => (waits = await probe.waits()),
	);
	probe.stop();
	if (error) throw new Error(`The workflow failed: ${error.message}`);
	const runs = names.map((name) => data.resultData.runData[name][0]);
	const last = runs.at(-1)!;
	const nodesTime = { from: runs[0].startTime, to: last.startTime + last.executionTime };
	return {
		milliseconds: runs.reduce((sum, { executionTime }) => sum + executionTime, 0),
		freezeMs: longestWait(waits),
		nodesFreezeMs: longestWait(waits, nodesTime),
		output: output(names.at(-1)!),
	};
}

/** Rejects unless the output is the segment's contacts, each once. */
function assertContacts({ output }: Run, count: number): void {
	const emails = new Set(output.map(({ json }) => json.email ?? json.EMAIL));
	const isComplete = Array.from({ length: count }, (_, n) => `contact-${n + 1}@example.com`).every(
		(email) => emails.has(email),
	);
	if (!isComplete || output.length !== count) {
		throw new Error(`${output.length} items with ${emails.size} of ${count} contacts were output.`);
	}
}

async function itemRows({ runs, scaled, startN8n }: Context, simulator: SimulatorProcess) {
	const count = scaled(100_000);
	const title = `${number(count)} contacts as items`;
	const segmentId = await simulator.addSegment(count);
	const n8n = await startN8n('contacts');
	const measure = async (chain: Chain) => {
		const run = await runChain(n8n, simulator, segmentId, chain);
		assertContacts(run, count);
		return { ...run, output: [] };
	};
	const pairs = await printProgress(title, async () =>
		compare(runs, {
			ours: async () => measure(getMany),
			theirs: async () => measure(downloadAndExtract),
		}),
	);
	await n8n.stop();
	return [
		secondsRow(
			title,
			summaryOf(pairs, ({ milliseconds }) => milliseconds),
		),
		millisecondsRow(
			`${title}: longest time without a response of n8n`,
			summaryOf(pairs, ({ freezeMs }) => freezeMs),
		),
		millisecondsRow(
			`${title}: same, while the nodes run`,
			summaryOf(pairs, ({ nodesFreezeMs }) => nodesFreezeMs),
		),
	];
}

async function sha256(body: AsyncIterable<Uint8Array>): Promise<string> {
	const hash = createHash('sha256');
	await pipeline(body, hash);
	return hash.digest('hex');
}

const streamOf = ({ body }: Response): Readable => Readable.fromWeb(body!);

async function sha256OfOutput({ client }: Instance, { id }: IBinaryData): Promise<string> {
	const query = new URLSearchParams({ id: id!, action: 'download' });
	const response = await fetch(`${client.url}/rest/binary-data?${query}`, {
		headers: { cookie: client.session },
	});
	if (!response.ok) throw new Error(`n8n responded ${response.status} to the request for the file`);
	return await sha256(streamOf(response));
}

/** SHA-256 of the export of a segment as SendGrid has it. */
async function sha256OfSource(simulator: SimulatorProcess, segmentId: string): Promise<string> {
	const { url, apiKey } = simulator;
	const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
	const exportsUrl = `${url}/v3/marketing/contacts/exports`;
	const body = JSON.stringify({ segment_ids: [segmentId] });
	const started = await fetch(exportsUrl, { method: 'POST', headers, body });
	const { id } = (await started.json()) as { id: string };
	const job = await fetch(`${exportsUrl}/${id}`, { headers });
	const { urls } = (await job.json()) as { urls: string[] };
	return await sha256(streamOf(await fetch(urls[0])).pipe(createGunzip()));
}

async function fileRows({ scaled, startN8n }: Context, simulator: SimulatorProcess) {
	const count = scaled(1_000_000);
	const title = `${number(count)} contacts as a file`;
	const segmentId = await simulator.addSegment(count);
	const source = await sha256OfSource(simulator, segmentId);
	// A new n8n for each, because n8n does not return the memory of an earlier run.
	const measure = async (name: string, chain: Chain, field: string) => {
		const n8n = await startN8n(name);
		return await printProgress(title, async () => {
			let run: Run | undefined;
			const work = async () => (run = await runChain(n8n, simulator, segmentId, chain));
			const memory = canMeasureMemory ? await memoryDuring(n8n.pid, work) : void (await work());
			const [{ binary }] = run!.output;
			if ((await sha256OfOutput(n8n, binary![field])) !== source) {
				throw new Error('The file differs from the source.');
			}
			await n8n.stop();
			return { ...run!, memory };
		});
	};
	const ours = await measure('file-ours', exportToFile, 'data');
	const theirs = await measure('file-theirs', downloadAndDecompress, 'file_0');
	const pairs = [{ ours, theirs }];
	return [
		secondsRow(
			`${title}, equal to the source`,
			summaryOf(pairs, ({ milliseconds }) => milliseconds),
		),
		millisecondsRow(
			`${title}: longest time without a response of n8n`,
			summaryOf(pairs, ({ freezeMs }) => freezeMs),
		),
		...(ours.memory && theirs.memory ? [addedMemoryRow(title, ours.memory, theirs.memory)] : []),
	];
}

/** All contacts of a segment, compared with the nodes that people use for it. */
export const measureContacts: Group = async (context) => {
	const simulator = await startSimulatorProcess();
	const rows = [...(await itemRows(context, simulator)), ...(await fileRows(context, simulator))];
	simulator.stop();
	return rows;
};
