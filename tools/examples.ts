import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { INodeParameterResourceLocator } from 'n8n-workflow';
import type { DataTableColumn, SavedCredential, WorkflowFile } from './n8n/client';
import { SEGMENTS_CREDENTIAL, SEGMENTS_NODE, SEGMENTS_TOOL, TRIGGER_NODE } from './n8n/workflows';

const DATA_TABLE_NODE = 'n8n-nodes-base.dataTable';

/** The example workflows, by file name in `examples/`. `npm start` opens the first one. */
export const EXAMPLES = [
	'crm-sync-refresh',
	'webhook-refresh-respond',
	'nightly-refresh-ten-segments',
	'clean-up-empty-segments',
	'is-this-customer-a-vip',
	'crm-sync-upsert-refresh-and-wait-slack',
	'who-entered-the-segment-slack',
	'segment-to-sheet',
	'nightly-refresh-count-to-sheet',
	'broken-query-slack',
	'segments-over-mcp',
	'agent-is-vip',
	'agent-delete-with-approval',
] as const;

export type ExampleName = (typeof EXAMPLES)[number];

/** The oldest n8n that has all nodes of an example, where that is not any that this package runs on. */
const OLDEST_N8N: Partial<Record<ExampleName, string>> = { 'agent-delete-with-approval': '2.6.0' };

/** Whether this version of n8n has all nodes of the example. */
export const runsOn = (name: ExampleName, n8nVersion: string): boolean =>
	n8nVersion.localeCompare(OLDEST_N8N[name] ?? '', 'en', { numeric: true }) >= 0;

/** What an example needs besides SendGrid; the others run with a SendGrid credential alone. */
export const OTHER_REQUIREMENTS: Partial<Record<ExampleName, string>> = {
	'crm-sync-upsert-refresh-and-wait-slack': 'a real SendGrid account, Slack',
	'who-entered-the-segment-slack': 'Slack',
	'segment-to-sheet': 'Google Sheets',
	'nightly-refresh-count-to-sheet': 'Google Sheets',
	'broken-query-slack': 'Slack',
	'segments-over-mcp': 'an MCP client',
	'agent-is-vip': 'a language model',
	'agent-delete-with-approval': 'a language model, Slack',
};

/** The columns of the data table that `clean-up-empty-segments` fills, as its note lists them. */
export const DEFINITION_COLUMNS: DataTableColumn[] = [
	...['segment_name', 'segment_id', 'query_dsl', 'parent_list_id', 'note'].map(
		(name): DataTableColumn => ({ name, type: 'string' }),
	),
	{ name: 'deleted', type: 'boolean' },
];

export async function readExample(name: ExampleName): Promise<WorkflowFile> {
	return JSON.parse(await readFile(join(__dirname, `../examples/${name}.json`), 'utf8'));
}

/** What a user selects in an example after importing it. */
export interface ExampleSelection {
	credential: SavedCredential;
	/** Selected wherever the example has no segment yet. */
	segment?: { id: string; name: string };
	/** ID of a data table with the `DEFINITION_COLUMNS`. Nodes without one stay deactivated. */
	dataTableId?: string;
}

/** An example with the user's selection made in its SendGrid Segments and Data Table nodes. */
export function configureExample(
	workflow: WorkflowFile,
	{ credential, segment, dataTableId }: ExampleSelection,
): WorkflowFile {
	const nodes = workflow.nodes.map((node) => {
		const credentials = { [SEGMENTS_CREDENTIAL]: credential };
		if (node.type === TRIGGER_NODE) return { ...node, credentials };
		if (node.type === DATA_TABLE_NODE && dataTableId) {
			const table = { __rl: true, mode: 'id', value: dataTableId };
			return {
				...node,
				disabled: false,
				parameters: { ...node.parameters, dataTableId: table },
			};
		}
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
