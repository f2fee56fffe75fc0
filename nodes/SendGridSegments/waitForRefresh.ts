import type { IDataObject } from 'n8n-workflow';
import { glanceAtSegment, type Segment } from './segments';
import type { Sender } from './send';

/** Time that a read is given even where the wait is over sooner, in ms. */
const SHORTEST_READ_MS = 5_000;

export interface Wait {
	timeoutMs: number;
	pollMs: number;
}

export interface Accepted {
	/** The segment before the refresh, where it could be read. */
	before?: Segment;
	/** When SendGrid accepted the refresh, in ms by its clock. */
	acceptedAt: number;
}

/** What was last known of a segment whose refresh was waited for. */
export interface Waited extends IDataObject {
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
 * failed read is followed by the next, and a wait that is out of time, stopped or cancelled is
 * `pending`.
 */
export async function waitForRefresh(
	sender: Sender,
	segmentId: string,
	{ before, acceptedAt }: Accepted,
	{ timeoutMs, pollMs }: Wait,
): Promise<Waited> {
	const { attempt } = sender;
	const deadline = Date.now() + timeoutMs;
	const known = sampleTime(before);
	const baseline = Number.isNaN(known) ? acceptedAt : known;
	let last = before;
	const waited = (status: Waited['status']): Waited => ({
		status,
		contacts_count: last?.contacts_count ?? null,
		sample_updated_at: last?.sample_updated_at ?? null,
	});
	try {
		while (Date.now() < deadline) {
			await attempt.waitUntil(Math.min(Date.now() + pollMs, deadline));
			const readMs = Math.max(deadline - Date.now(), SHORTEST_READ_MS);
			const timeLeft = Math.min(readMs, sender.timeoutMs);
			last = (await glanceAtSegment(sender, segmentId, timeLeft)) ?? last;
			if (sampleTime(last) > baseline) return waited('completed');
		}
	} catch {
		// The run was stopped or cancelled.
	}
	return waited('pending');
}
