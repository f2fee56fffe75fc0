import { SendGridApiError, type ErrorDetails } from '../../errors';
import type { WaitContext } from '../../execution/executeItem';
import { readLimits } from '../../transport/apiRequest';
import {
	getContactImportEndpoint,
	tryGetContactImport,
	type ContactImport,
} from '../../transport/contactImports';
import { toApiError } from '../../transport/responseErrors';
import { isObject, sleepUnlessAborted } from '../../utils';
import type { WaitOptions } from './waitForRefresh';

const NOTHING_SPENT = 'No refresh was used.';

/** Recorded: SendGrid calls a job pending for a while after all of its contacts are in. */
function isFinished({ status, results }: ContactImport): boolean {
	if (status === 'completed' || status === 'errored') return true;
	if (!isObject(results) || typeof results.requested_count !== 'number') return false;
	const done = ['created_count', 'updated_count', 'deleted_count', 'errored_count']
		.map((key) => results[key])
		.filter((count) => typeof count === 'number')
		.reduce((sum, count) => sum + count, 0);
	return results.requested_count > 0 && done >= results.requested_count;
}

function importError(message: string, description: string, status: string): SendGridApiError {
	const details: ErrorDetails = { import_status: status };
	return new SendGridApiError(message, `${description} ${NOTHING_SPENT}`, details, false);
}

/**
 * Waits until a contact import or upsert has finished, with some contacts failed or not, so that a
 * refresh finds its contacts.
 *
 * @throws SendGridApiError with `import_status` where it failed, is unknown or does not end in time
 */
export async function waitForImport(
	context: WaitContext,
	jobId: string,
	{ timeoutMs, pollMs }: WaitOptions,
): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	let lastStatus = 'unknown';
	for (;;) {
		const { response, contactImport } = await context.waitingReads.run(
			async () => await tryGetContactImport(context, jobId, readLimits(context, deadline)),
		);
		if (contactImport) {
			lastStatus = contactImport.status;
			if (lastStatus === 'failed') {
				throw importError(
					`The contact import ${jobId} failed`,
					'SendGrid imported none of its contacts. Check the import in SendGrid, under Marketing > Contacts.',
					lastStatus,
				);
			}
			if (isFinished(contactImport)) return;
		} else if (response.status !== undefined && [400, 401, 403, 404].includes(response.status)) {
			const { message, description, details } = toApiError(getContactImportEndpoint, response, {
				id: jobId,
			});
			throw new SendGridApiError(
				message,
				`${description} ${NOTHING_SPENT}`,
				{ ...details, import_status: 'unknown' },
				false,
			);
		}
		const pause = Math.min(pollMs, deadline - Date.now());
		if (pause <= 0) break;
		await sleepUnlessAborted(pause, context.signal);
	}
	throw importError(
		`The contact import ${jobId} did not finish in time`,
		`After ${timeoutMs / 1000} seconds its status was "${lastStatus}". Increase 'Timeout (Seconds)', or run again later.`,
		lastStatus,
	);
}
