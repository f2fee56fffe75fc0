import { ItemError } from '../../errors';
import type { Operation, OutputItem } from '../../operation';
import { limitField, returnAllField } from '../../parameters/shared';
import { segmentField } from '../../parameters/segment';
import { readContacts } from '../../transport/exportFiles';
import {
	exportContacts,
	exportJobOptions,
	exportKey,
	MAX_CONCURRENT_EXPORTS,
	parseExportInput,
	type ExportInput,
} from './exportJob';
import { followsImport } from '../waitForImport';

/** n8n's engine passes on a node's items as arguments of one call, which has room for about 125,000. */
const MAX_CONTACTS = 100_000;

interface Input extends ExportInput {
	/** Infinity for all. */
	limit: number;
}

/**
 * All contacts of a segment, by an export, which is near-real-time and uses up no refresh.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/contacts/export-contacts
 */
export const getManyContactsOperation: Operation<Input, OutputItem[]> = {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many contacts of a segment',
	description: 'Get the contacts of a segment, one item each. Does not use up a refresh.',
	fields: [segmentField, returnAllField, limitField],
	options: exportJobOptions,
	concurrency: MAX_CONCURRENT_EXPORTS,
	parse: async (context) => ({
		limit: context.parameters.boolean(returnAllField)
			? Infinity
			: context.parameters.number(limitField),
		...(await parseExportInput(context)),
	}),
	requestKey: exportKey,
	// Items that name one segment share one export, whatever their limits.
	batch: { size: Infinity, unit: ({ limit }) => String(limit) },
	...followsImport,
	execute: async (context, inputs) => {
		const [input] = inputs;
		const { segmentId } = input;
		const { contactExport } = await exportContacts(context, input, 'json');
		const items: OutputItem[] = [];
		// One more than fits shows that there are more.
		const limit = Math.min(Math.max(...inputs.map((each) => each.limit)), MAX_CONTACTS + 1);
		for await (const batch of readContacts(context, contactExport, limit)) {
			for (const contact of batch) {
				contact.segment_id = segmentId;
				items.push({ json: contact });
			}
		}
		return items;
	},
	toOutput: (items, { limit, segmentId }) => {
		if (items.length <= MAX_CONTACTS || limit <= MAX_CONTACTS) return items.slice(0, limit);
		const max = MAX_CONTACTS.toLocaleString('en-US');
		throw new ItemError(
			`The segment has more than ${max} contacts`,
			`n8n cannot handle more than ${max} items from one item. Use Export to File, or set 'Limit' to at most ${max}.`,
			{ segment_id: segmentId },
		);
	},
};
