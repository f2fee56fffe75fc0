import type { INodeProperties } from 'n8n-workflow';
import type { OperationContext, ParseContext } from '../../operation';
import {
	waitForExport,
	startExport,
	type ContactExport,
	type ExportFormat,
} from '../../transport/contactExports';
import { getSegment, type Segment } from '../../transport/segments';
import { parseSegmentId } from '../segmentId';
import { importJobField, parseImportJobId, type WaitOptions } from '../waitForImport';

/** Concurrent exports per account. */
export const MAX_CONCURRENT_EXPORTS = 2;

const importField = importJobField(
	'The contacts are exported once the import has finished, so they include the new ones',
);

const pollField: INodeProperties = {
	displayName: 'Poll Interval (Seconds)',
	name: 'pollSeconds',
	type: 'number',
	default: 5,
	typeOptions: { minValue: 2 },
	description: 'How often to check whether the import or the export has finished. Minimum 2.',
};

const timeoutField: INodeProperties = {
	displayName: 'Timeout (Seconds)',
	name: 'timeoutSeconds',
	type: 'number',
	default: 900,
	typeOptions: { minValue: 1 },
	description: 'Maximum time to wait for the import, and again for the export',
};

export const exportJobOptions = [importField, pollField, timeoutField];

/** What an item that needs an export waits for. */
export interface ExportInput {
	segmentId: string;
	importJobId?: string;
	wait: WaitOptions;
}

export async function parseExportInput(context: ParseContext): Promise<ExportInput> {
	const { options } = context;
	return {
		importJobId: parseImportJobId(context, importField),
		wait: {
			timeoutMs: 1000 * options.number(timeoutField),
			pollMs: 1000 * options.number(pollField),
		},
		segmentId: await parseSegmentId(context),
	};
}

/** Items that wait as long for the same segment share an export. */
export const exportKey = ({ segmentId, wait }: ExportInput) =>
	[segmentId, wait.timeoutMs, wait.pollMs].join(' ');

/**
 * Has SendGrid export the contacts of a segment, and waits for it. The segment is read first:
 * contacts keep the IDs of deleted segments.
 */
export async function exportContacts(
	context: OperationContext,
	{ segmentId, wait }: ExportInput,
	format: ExportFormat,
	maxFileSizeMb?: number,
): Promise<{ segment: Segment; contactExport: ContactExport }> {
	const segment = await getSegment(context, segmentId);
	const jobId = await startExport(context, segmentId, format, maxFileSizeMb);
	return { segment, contactExport: await waitForExport(context, segmentId, jobId, wait) };
}
