import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { INodeParameterResourceLocator } from 'n8n-workflow';
import type { SavedCredential, WorkflowFile } from './n8n/client';
import { SEGMENTS_CREDENTIAL, SEGMENTS_NODE, SEGMENTS_TOOL, TRIGGER_NODE } from './n8n/workflows';

/** The example workflows, by file name in `examples/`. */
export const EXAMPLES = [
	'webhook-refresh-respond',
	'crm-sync-refresh',
	'crm-sync-upsert-refresh-and-wait-slack',
	'nightly-refresh-ten-segments',
	'clean-up-empty-segments',
	'broken-query-slack',
	'nightly-refresh-count-to-sheet',
	'segments-over-mcp',
	'agent-delete-with-approval',
] as const;

export type ExampleName = (typeof EXAMPLES)[number];

/** The oldest n8n that has all nodes of an example, where that is not any that this package runs on. */
const OLDEST_N8N: Partial<Record<ExampleName, string>> = { 'agent-delete-with-approval': '2.6.0' };

/** Whether this version of n8n has all nodes of the example. */
export const runsOn = (name: ExampleName, n8nVersion: string): boolean =>
	n8nVersion.localeCompare(OLDEST_N8N[name] ?? '', 'en', { numeric: true }) >= 0;

export async function readExample(name: ExampleName): Promise<WorkflowFile> {
	return JSON.parse(await readFile(join(__dirname, `../examples/${name}.json`), 'utf8'));
}

/** What a user selects in an example after importing it. */
export interface ExampleSelection {
	credential: SavedCredential;
	/** Selected wherever the example has no segment yet. */
	segment?: { id: string; name: string };
}

/** An example with the user's selection made in its SendGrid Segments nodes. */
export function configureExample(
	workflow: WorkflowFile,
	{ credential, segment }: ExampleSelection,
): WorkflowFile {
	const nodes = workflow.nodes.map((node) => {
		const credentials = { [SEGMENTS_CREDENTIAL]: credential };
		if (node.type === TRIGGER_NODE) return { ...node, credentials };
		if (![SEGMENTS_NODE, SEGMENTS_TOOL].includes(node.type)) return node;
		const locator = node.parameters.segmentId as INodeParameterResourceLocator | undefined;
		const segmentId =
			segment && locator?.value === ''
				? { ...locator, value: segment.id, cachedResultName: segment.name }
				: locator;
		return {
			...node,
			parameters: { ...node.parameters, segmentId },
			credentials,
		};
	});
	return { ...workflow, nodes };
}
