import type { INodeProperties } from 'n8n-workflow';
import { ItemError, type ErrorDetails } from '../errors';
import type { WaitContext } from '../execution/executeItem';
import { parseOptions } from '../parameters/options';
import { parseBoolean, parseNumber } from '../parameters/values';
import { readLimits } from '../transport/apiRequest';
import { isCounted, segmentValidation, tryGetSegment, type Segment } from '../transport/segments';
import { joinSentences, sleepUnlessAborted, truncate, type GetParameter } from '../utils';

const POLL_INTERVAL_MS = 2_000;

/** Ms to wait until a segment is counted; `undefined` where the item does not wait. */
export function parseWaitUntilCounted(getParameter: GetParameter): number | undefined {
	const { waitUntilCounted, timeoutSeconds = 60 } = parseOptions(getParameter);
	return parseBoolean(waitUntilCounted, 'Wait Until Counted')
		? 1000 * parseNumber(timeoutSeconds, 'Timeout (Seconds)', { min: 1 })
		: undefined;
}

/**
 * @throws ItemError with SendGrid's words where it calls the segment's query invalid; the error has
 * the segment's ID, since the segment exists
 */
export function throwIfInvalid(segment: Segment): void {
	const { query_validation, error_message } = segmentValidation(segment);
	if (query_validation !== 'INVALID') return;
	const details: ErrorDetails = { segment_id: segment.id };
	throw new ItemError(
		"SendGrid says that the query in 'SQL Query' is not valid",
		joinSentences(
			typeof error_message === 'string' &&
				error_message !== '' &&
				`SendGrid said: "${truncate(error_message)}".`,
			`The segment ${segment.id} exists. Correct its query with Update.`,
		),
		details,
	);
}

/**
 * Reads a segment until SendGrid has counted its contacts, for up to `timeoutMs`.
 *
 * @returns the segment as last read, and whether it is counted
 * @throws ItemError where its query turns out to be invalid
 */
export async function waitUntilCounted(
	context: WaitContext,
	segment: Segment,
	timeoutMs: number,
): Promise<{ segment: Segment; counted: boolean }> {
	const deadline = Date.now() + timeoutMs;
	let last = segment;
	throwIfInvalid(last);
	while (!isCounted(last) && Date.now() < deadline) {
		await sleepUnlessAborted(Math.min(POLL_INTERVAL_MS, deadline - Date.now()), context.signal);
		const read = await context.waitingReads.run(
			async () => await tryGetSegment(context, segment.id, readLimits(context, deadline)),
		);
		last = read.segment ?? last;
		throwIfInvalid(last);
	}
	return { segment: last, counted: isCounted(last) };
}

export function waitUntilCountedOptions(operations: string[]): INodeProperties[] {
	const show = { '/operation': operations };
	return [
		{
			displayName: 'Timeout (Seconds)',
			name: 'timeoutSeconds',
			type: 'number',
			default: 60,
			typeOptions: { minValue: 1 },
			displayOptions: { show: { ...show, waitUntilCounted: [true] } },
			description:
				'Maximum time to wait. After that the output says "counted": false and the workflow continues.',
		},
		{
			displayName: 'Wait Until Counted',
			name: 'waitUntilCounted',
			type: 'boolean',
			default: true,
			displayOptions: { show },
			description:
				'Whether to wait until SendGrid has counted the contacts, which takes some seconds. A query that is not valid makes the item fail.',
		},
	];
}
