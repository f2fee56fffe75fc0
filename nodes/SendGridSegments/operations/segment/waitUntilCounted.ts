import type { INodeProperties } from 'n8n-workflow';
import { ItemError } from '../../errors';
import type { AccountContext, OperationHint } from '../../operation';
import { queryField } from '../../parameters/definition';
import type { ParameterReader } from '../../parameters/ParameterReader';
import { pollUntil } from '../../transport/apiRequest';
import { quoteSendGrid } from '../../transport/responseErrors';
import {
	isCounted,
	segmentValidation,
	tryGetSegment,
	type Segment,
} from '../../transport/segments';
import { joinSentences } from '../../utils';

const POLL_INTERVAL_MS = 2_000;

const waitField: INodeProperties = {
	displayName: 'Wait Until Counted',
	name: 'waitUntilCounted',
	type: 'boolean',
	default: false,
	description:
		'Whether to wait until SendGrid has counted the contacts, which usually takes a few seconds. If the query turns out to be invalid, the item fails.',
};

const timeoutField: INodeProperties = {
	displayName: 'Timeout (Seconds)',
	name: 'timeoutSeconds',
	type: 'number',
	default: 60,
	typeOptions: { minValue: 1 },
	displayOptions: { show: { waitUntilCounted: [true] } },
	description:
		'Maximum time to wait. After that, the output has "counted": false and the workflow continues.',
};

export const waitUntilCountedOptions = [timeoutField, waitField];

export const notCountedHint: OperationHint = {
	message: `"contacts_count" is null until SendGrid has counted the contacts. To wait for it, add '${waitField.displayName}'.`,
	type: 'info',
	whenToDisplay: 'afterExecution',
	condition: '!$parameter["options"]["waitUntilCounted"]',
};

/** Ms to wait until a segment is counted; `undefined` if the item does not wait. */
export function parseWaitUntilCounted(options: ParameterReader): number | undefined {
	const timeoutMs = 1000 * options.number(timeoutField);
	return options.boolean(waitField) ? timeoutMs : undefined;
}

/**
 * @throws ItemError with SendGrid's message if the segment's query is invalid; it contains the
 * segment's ID, since the segment exists
 */
export function throwIfInvalid(segment: Segment): void {
	const { query_validation, error_message } = segmentValidation(segment);
	if (query_validation !== 'INVALID') return;
	throw new ItemError(
		`SendGrid rejected the query in '${queryField.displayName}' as invalid`,
		joinSentences(
			quoteSendGrid(error_message),
			`The segment ${segment.id} was saved anyway. Fix its query with Update.`,
		),
		{ segment_id: segment.id },
	);
}

/**
 * Reads a segment until SendGrid has counted its contacts, for up to `timeoutMs`.
 *
 * @returns the segment as last read, and whether it is counted
 * @throws ItemError if its query turns out to be invalid, or it does not exist anymore
 */
export async function waitUntilCounted(
	context: AccountContext,
	segment: Segment,
	timeoutMs: number,
): Promise<{ segment: Segment; counted: boolean }> {
	const deadline = performance.now() + timeoutMs;
	throwIfInvalid(segment);
	if (isCounted(segment)) return { segment, counted: true };
	let last = segment;
	for await (const limits of pollUntil(context, deadline, POLL_INTERVAL_MS, POLL_INTERVAL_MS)) {
		const read = await context.limit.run(
			async () => await tryGetSegment(context, segment.id, limits),
		);
		if (read.notFound) throw read.notFound;
		last = read.segment ?? last;
		throwIfInvalid(last);
		if (isCounted(last)) break;
	}
	return { segment: last, counted: isCounted(last) };
}
