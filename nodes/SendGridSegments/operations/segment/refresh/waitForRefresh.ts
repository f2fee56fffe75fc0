import type { IDataObject } from 'n8n-workflow';
import { RunStoppedError } from '../../../errors';
import type { AccountContext } from '../../../operation';
import { pollUntil } from '../../../transport/apiRequest';
import { tryGetSegment, type Segment } from '../../../transport/segments';
import type { WaitOptions } from '../../waitForImport';

export interface AcceptedRefresh {
	/** The segment before the refresh, if it could be read. */
	before?: Segment;
	/** When SendGrid accepted the refresh, in ms of its clock. */
	acceptedAt: number;
	/** The same instant on this machine's monotonic clock. */
	acceptedAtLocally: number;
}

/** What was last known of a segment whose refresh was waited for. */
export interface WaitResult extends IDataObject {
	status: 'completed' | 'pending';
	contacts_count: IDataObject[string];
	sample_updated_at: IDataObject[string];
}

function sampleTime(segment?: Segment): number {
	return Date.parse(String(segment?.sample_updated_at));
}

/**
 * Reads the segment until its sample is newer than before the refresh: SendGrid has no other sign
 * that a refresh is done. Never fails, since the job was accepted and its ID must not be lost: a
 * failed read is followed by the next, and a wait that is out of time or canceled, or whose segment
 * was deleted, is `pending`.
 *
 * @throws RunStoppedError if another item ended the run, so that a later try can continue the wait
 */
export async function waitForRefresh(
	context: AccountContext,
	segmentId: string,
	{ before, acceptedAt, acceptedAtLocally }: AcceptedRefresh,
	{ timeoutMs, pollMs }: WaitOptions,
): Promise<WaitResult> {
	const deadline = acceptedAtLocally + timeoutMs;
	const known = sampleTime(before);
	const baseline = Number.isNaN(known) ? acceptedAt : known;
	let last = before;
	const poll = async (): Promise<WaitResult['status']> => {
		for await (const limits of pollUntil(context, deadline, pollMs, pollMs)) {
			const { segment, notFound } = await context.limit.run(
				async () => await tryGetSegment(context, segmentId, limits),
			);
			if (notFound) break;
			last = segment ?? last;
			if (sampleTime(last) > baseline) return 'completed';
		}
		return 'pending';
	};
	const status = await poll().catch((thrown: unknown) => {
		if (thrown instanceof RunStoppedError) throw thrown;
		return 'pending' as const;
	});
	const sampledAt = last?.sample_updated_at ?? null;
	// Without a sample, SendGrid has not counted yet, and gives 0.
	const count = sampledAt ? (last?.contacts_count ?? null) : null;
	return { status, contacts_count: count, sample_updated_at: sampledAt };
}
