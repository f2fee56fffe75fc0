import type { INodeProperties } from 'n8n-workflow';
import { SendGridApiError, type ErrorDetails } from '../errors';
import { oncePerAccount, type AccountContext, type ParseContext } from '../operation';
import { emptyValue, isNothing, parseId } from '../parameters/values';
import { isFinalRefusal, isSuccess, pollUntil, requestWithRetries } from '../transport/apiRequest';
import { getContactImportEndpoint, type ContactImport } from '../transport/contactImports';
import { toApiError } from '../transport/responseErrors';
import { getOrAdd, isObject, Semaphore } from '../utils';

const MAX_CONCURRENT_READS = 5;

/** How long, and how often, to check whether a job has finished; both in ms. */
export interface WaitOptions {
	timeoutMs: number;
	pollMs: number;
}

/** @param purpose what happens once the import has finished */
export function importJobField(purpose: string): INodeProperties {
	return {
		displayName: 'Import Job ID',
		name: 'importJobId',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.job_id }}',
		description: `Job ID of a contact import or upsert. ${purpose}.`,
	};
}

/**
 * The job ID of the import to wait for; `undefined` if the option was not added.
 *
 * n8n's SendGrid node returns the job ID of an upsert next to the item's JSON, so `$json.job_id` is
 * empty after it.
 *
 * @throws InvalidParameterError if the option is there without an ID, since the import would not be waited for
 */
export function parseImportJobId(
	{ options, context }: ParseContext,
	field: INodeProperties,
): string | undefined {
	const value = options.peek(field);
	if (value === undefined) return undefined;
	const item: { json?: unknown; job_id?: unknown } = context.functions.getInputData();
	const jobId = isNothing(value.value) && item.json === undefined ? item.job_id : value.value;
	if (isNothing(jobId)) throw emptyValue(field.displayName);
	return parseId(jobId, field.displayName);
}

/** In recorded responses, a job stays pending for a while after all of its contacts have been imported. */
function isFinished({ status, results }: ContactImport): boolean {
	if (status === 'completed' || status === 'errored') return true;
	if (!isObject(results) || typeof results.requested_count !== 'number') return false;
	const done = ['created_count', 'updated_count', 'deleted_count', 'errored_count']
		.map((key) => results[key])
		.filter((count) => typeof count === 'number')
		.reduce((sum, count) => sum + count, 0);
	return results.requested_count > 0 && done >= results.requested_count;
}

const importError = (message: string, description: string, details: ErrorDetails) =>
	new SendGridApiError(
		message,
		`${description} No refresh or export was started for this item.`,
		details,
	);

const waits = oncePerAccount(() => new Map<string, Promise<void>>());

/** Separate from the operation's own limit, whose places an export keeps until it ends. */
const limitOf = oncePerAccount(() => new Semaphore(MAX_CONCURRENT_READS));

/**
 * Waits until a contact import or upsert has finished, even if some of its contacts could not be
 * imported. Items with the same import and the same wait settings share one wait.
 *
 * @throws SendGridApiError with `import_status` if it failed, is unknown or does not finish in time
 */
export async function waitForImport(
	context: AccountContext,
	jobId: string,
	options: WaitOptions,
): Promise<void> {
	const key = JSON.stringify([jobId, options]);
	await getOrAdd(waits(context), key, async () => await pollImport(context, jobId, options));
}

/** For an operation with this option: its request follows the import. */
export const followsImport = {
	prepare: (
		context: AccountContext,
		{ importJobId, wait }: { importJobId?: string; wait: WaitOptions },
	) => (importJobId === undefined ? undefined : waitForImport(context, importJobId, wait)),
	/** What was sent before an import ended may not include its contacts. */
	mayJoinSent: ({ importJobId }: { importJobId?: string }) => importJobId === undefined,
};

async function pollImport(
	context: AccountContext,
	jobId: string,
	{ timeoutMs, pollMs }: WaitOptions,
): Promise<void> {
	let lastStatus = 'unknown';
	for await (const limits of pollUntil(context, performance.now() + timeoutMs, pollMs)) {
		const response = await limitOf(context).run(
			async () =>
				await requestWithRetries(context, getContactImportEndpoint, { id: jobId, ...limits }),
		);
		if (isSuccess(getContactImportEndpoint, response)) {
			const contactImport = response.body as ContactImport;
			lastStatus = contactImport.status;
			if (lastStatus === 'failed') {
				throw importError(
					`The contact import ${jobId} failed`,
					'SendGrid imported none of its contacts. Check the import in SendGrid, under Marketing > Contacts.',
					{ import_status: lastStatus },
				);
			}
			if (isFinished(contactImport)) return;
		} else if (isFinalRefusal(response)) {
			const parameters = { id: jobId, details: { import_status: 'unknown' } };
			const error = toApiError(getContactImportEndpoint, response, parameters);
			throw importError(error.message, error.description, error.details);
		}
	}
	throw importError(
		`The contact import ${jobId} did not finish in time`,
		`After ${timeoutMs / 1000} seconds, its status was "${lastStatus}". Increase 'Timeout (Seconds)', or run the node again later.`,
		{ import_status: lastStatus },
	);
}
