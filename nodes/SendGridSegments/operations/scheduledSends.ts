import type { IDataObject } from 'n8n-workflow';
import type { OperationContext } from '../execution/executeItem';
import { getSingleSend, searchScheduledSingleSends } from '../transport/singleSends';
import { isObject } from '../utils';

/** By segment ID: the scheduled Single Sends that send to it, `{ id, name, send_at }`. */
export type ScheduledSends = Map<string, IDataObject[]>;

/**
 * Which segments the scheduled Single Sends of the account send to: one search, and one read each,
 * since the search does not give the recipients. Automations, and segments that a Single Send
 * excludes, cannot be looked up in SendGrid's API.
 *
 * @throws SendGridApiError if one of them cannot be read
 */
export async function findScheduledSends(context: OperationContext): Promise<ScheduledSends> {
	const ids: string[] = [];
	for await (const page of searchScheduledSingleSends(context)) {
		for (const { id } of page) ids.push(id);
	}
	const sends = await Promise.all(
		ids.map(
			async (id) => await context.semaphore.run(async () => await getSingleSend(context, id)),
		),
	);
	const bySegment: ScheduledSends = new Map();
	for (const { id, name, send_at = null, send_to: recipients } of sends) {
		const segmentIds = isObject(recipients) ? [recipients.segment_ids ?? []].flat() : [];
		for (const segmentId of segmentIds) {
			const key = String(segmentId).toLowerCase();
			const known = bySegment.get(key) ?? [];
			bySegment.set(key, [...known, { id, name, send_at }]);
		}
	}
	return bySegment;
}
