import type { IBinaryData, INodeProperties } from 'n8n-workflow';
import { MAX_EXPORT_FILE_MB } from '../../limits';
import type { Operation, OperationContext, OutputItem } from '../../operation';
import { segmentField } from '../../parameters/segment';
import type { ExportFormat } from '../../transport/contactExports';
import type { BinaryStream } from '../../transport/download';
import { storeFiles, type StoredFile } from '../../transport/exportFiles';
import type { Segment } from '../../transport/segments';
import {
	exportContacts,
	exportJobOptions,
	exportKey,
	MAX_CONCURRENT_EXPORTS,
	parseExportInput,
	type ExportInput,
} from './exportJob';
import { followsImport } from '../waitForImport';

const FORMATS = ['csv', 'json'] as const satisfies ExportFormat[];

const MIME_TYPES: Record<ExportFormat, string> = { csv: 'text/csv', json: 'application/json' };

interface Input extends ExportInput {
	format: ExportFormat;
	maxFileSizeMb: number;
	binaryPropertyName: string;
}

interface Result {
	segment: Segment;
	files: Array<StoredFile<IBinaryData>>;
}

const formatField: INodeProperties = {
	displayName: 'Format',
	name: 'format',
	type: 'options',
	default: 'csv',
	description: 'The format of the file',
	options: [
		{ name: 'CSV', value: 'csv', description: 'One line per contact, with a header line' },
		{
			name: 'JSON',
			value: 'json',
			description: 'One JSON object per contact, each on its own line',
		},
	],
};

const binaryPropertyField: INodeProperties = {
	displayName: 'Put Output File in Field',
	name: 'binaryPropertyName',
	type: 'string',
	required: true,
	default: 'data',
	placeholder: 'e.g. data',
	hint: 'The name of the output binary field to put the file in',
	description: 'Name of the field of the output item that holds the file',
};

const maxFileSizeField: INodeProperties = {
	displayName: 'Max File Size (MB)',
	name: 'maxFileSize',
	type: 'number',
	default: 50,
	typeOptions: { minValue: 1, maxValue: MAX_EXPORT_FILE_MB },
	description: 'SendGrid splits a larger export into several files; each becomes an item',
};

/** The segment's name as a file name, without what file systems and headers do not accept. */
function fileNameOf(name: unknown, format: ExportFormat, index: number): string {
	const text = String(name ?? '').slice(0, 100);
	const safe = text.replace(/[\p{C}\\/:*?"<>|]/gu, '-').trim() || 'contacts';
	return `${safe}${index > 0 ? ` ${index + 1}` : ''}.${format}`;
}

async function exportFiles(context: OperationContext, [input]: Input[]): Promise<Result> {
	const { format, maxFileSizeMb } = input;
	const { segment, contactExport } = await exportContacts(context, input, format, maxFileSizeMb);
	const { helpers } = context.functions;
	const store = async (content: BinaryStream | Buffer, index: number) =>
		await helpers.prepareBinaryData(
			content,
			fileNameOf(segment.name, format, index),
			MIME_TYPES[format],
		);
	const files: Result['files'] = [];
	for await (const file of storeFiles(context, contactExport, format, store)) files.push(file);
	// For an empty segment, SendGrid sometimes returns no file.
	if (files.length === 0) {
		files.push({ stored: await store(Buffer.alloc(0), 0), contactsCount: 0, fileSize: 0 });
	}
	return { segment, files };
}

/**
 * The contacts of a segment as files, by an export, which is near-real-time and uses up no refresh.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/contacts/export-contacts
 */
export const exportContactsOperation: Operation<Input, Result> = {
	name: 'Export to File',
	value: 'export',
	action: 'Export contacts of a segment to a file',
	description: 'Get the contacts of a segment as a file. Does not use up a refresh.',
	fields: [segmentField, formatField, binaryPropertyField],
	options: [...exportJobOptions, maxFileSizeField],
	concurrency: MAX_CONCURRENT_EXPORTS,
	parse: async (context) => ({
		format: context.parameters.choice(formatField, FORMATS),
		binaryPropertyName:
			context.parameters.text(binaryPropertyField) ?? String(binaryPropertyField.default),
		maxFileSizeMb: context.options.number(maxFileSizeField),
		...(await parseExportInput(context)),
	}),
	requestKey: (input) => `${exportKey(input)} ${input.format} ${input.maxFileSizeMb}`,
	...followsImport,
	execute: exportFiles,
	toOutput: ({ segment, files }, { segmentId, format, binaryPropertyName }) =>
		files.map(({ stored, contactsCount, fileSize }, index) => ({
			json: {
				segment_id: segmentId,
				segment_name: segment.name ?? null,
				contacts_count: contactsCount,
				file_name: fileNameOf(segment.name, format, index),
				file_size: fileSize,
			} as OutputItem['json'],
			binary: { [binaryPropertyName]: stored },
		})),
};
