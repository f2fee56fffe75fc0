import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { INodeParameterResourceLocator } from 'n8n-workflow';
import type { SavedCredential, WorkflowFile } from './n8n/client';

/** The example workflows, by their names in `examples/`. */
export const EXAMPLES = [
	'webhook-refresh-respond',
	'crm-sync-refresh',
	'crm-sync-upsert-refresh-and-wait-slack',
	'nightly-refresh-ten-segments',
	'clean-up-empty-segments',
] as const;

export type ExampleName = (typeof EXAMPLES)[number];

export async function readExample(name: ExampleName): Promise<WorkflowFile> {
	return JSON.parse(await readFile(join(__dirname, `../examples/${name}.json`), 'utf8'));
}

/** What a person would choose in an example after importing it. */
export interface Choices {
	credential: SavedCredential;
	/** For every segment that the example leaves open. */
	segment?: { id: string; name: string };
}

/** An example with a person's choices made in its SendGrid nodes. */
export function choose(workflow: WorkflowFile, { credential, segment }: Choices): WorkflowFile {
	const nodes = workflow.nodes.map((node) => {
		if (node.type !== 'n8n-nodes-sendgrid-segments.sendGridSegments') return node;
		const locator = node.parameters.segmentId as INodeParameterResourceLocator | undefined;
		const segmentId =
			segment && locator?.value === ''
				? { ...locator, value: segment.id, cachedResultName: segment.name }
				: locator;
		return {
			...node,
			parameters: { ...node.parameters, segmentId },
			credentials: { sendGridSegmentsApi: credential },
		};
	});
	return { ...workflow, nodes };
}
