import type { IDataObject } from 'n8n-workflow';
import { oncePerAccount, type AccountContext } from '../../operation';
import { readAll } from '../../transport/paginate';
import { getSingleSend, searchScheduledSingleSends } from '../../transport/singleSends';

/** By segment ID: the scheduled Single Sends that send to it, `{ id, name, send_at }`. */
export type ScheduledSends = Map<string, IDataObject[]>;

/**
 * Which segments the account's scheduled Single Sends send to: one search, and one read each, since
 * the search does not return the recipients. Automations, and segments that a Single Send excludes,
 * cannot be looked up in SendGrid's API.
 *
 * @throws SendGridApiError if one of them cannot be read; no more are read then
 */
export const findScheduledSends = oncePerAccount(
	async (context: AccountContext): Promise<ScheduledSends> => {
		const scheduled = await readAll(searchScheduledSingleSends(context));
		// After a first failure, none of the others is read, nor retried.
		const failure = new AbortController();
		const signal = AbortSignal.any([context.signal, failure.signal]);
		const readOne = async (id: string) =>
			await getSingleSend({ ...context, signal }, id).catch((thrown) => {
				failure.abort(thrown);
				throw thrown;
			});
		const sends = await Promise.all(
			scheduled.map(async ({ id }) => await context.limit.run(async () => await readOne(id))),
		);
		const bySegment: ScheduledSends = new Map();
		for (const { id, name, send_at = null, send_to: recipients } of sends) {
			for (const segmentId of ((recipients as IDataObject).segment_ids ?? []) as string[]) {
				const key = segmentId.toLowerCase();
				bySegment.set(key, [...(bySegment.get(key) ?? []), { id, name, send_at }]);
			}
		}
		return bySegment;
	},
);
