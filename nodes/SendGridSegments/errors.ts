import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type INode,
	type JsonObject,
} from 'n8n-workflow';

/** Which of SendGrid's limits on refreshes was reached. */
export const LIMIT_REASONS = [
	'segment_daily',
	'segment_hourly',
	'account_daily',
	'unknown',
] as const;

export type LimitReason = (typeof LIMIT_REASONS)[number];

/** What an item's error contains besides its `message` and `description`. */
export interface ErrorDetails {
	http_status?: number;
	segment_id?: string;
	segment_name?: string | null;
	user_time_zone?: string;
	reason?: LimitReason;
	/** ISO 8601 with offset, or `null` if it is unknown. */
	next_refresh_at?: string | null;
	/** ISO 8601; when the segment can be changed again. */
	next_update_at?: string | null;
	job_id?: string | null;
	/** The last status of a contact import, or `unknown`. */
	import_status?: string;
	/** The last status of a contact export. */
	export_status?: string;
	/** The scheduled Single Sends that use the segment. */
	used_by?: IDataObject[];
}

/** Why an item has no output: `message` says what happened, `description` what to do next. */
export class ItemError extends Error {
	override name = 'ItemError';

	constructor(
		message: string,
		readonly description: string,
		readonly details: ErrorDetails = {},
	) {
		super(message);
	}
}

/** A parameter or the credential has a value that cannot be used. Nothing was changed. */
export class InvalidParameterError extends ItemError {
	override name = 'InvalidParameterError';
}

/** What a response, or the lack of one, means for the item. */
export class SendGridApiError extends ItemError {
	override name = 'SendGridApiError';

	/** Ms until the rate limit that refused the request resets. */
	retryAfterMs?: number;
}

/** SendGrid itself says that the resource does not exist. */
export class NotFoundError extends SendGridApiError {
	override name = 'NotFoundError';
}

/** n8n recognizes a canceled execution by the word "canceled" in the message. */
export const CANCELED_MESSAGE = 'The execution was canceled';

export class ExecutionCanceledError extends ItemError {
	override name = 'ExecutionCanceledError';

	constructor() {
		super(CANCELED_MESSAGE, 'No further requests were sent for this item.');
	}
}

/** The run ended under "Stop Workflow" before this item was sent. Never shown to users. */
export class RunStoppedError extends Error {
	override name = 'RunStoppedError';
}

/** Turns anything that was thrown into an item's error. */
export function toItemError(thrown: unknown): ItemError {
	if (thrown instanceof ItemError) return thrown;
	const { message, description } = (thrown ?? {}) as { message?: string; description?: string };
	return new ItemError(
		message || 'The item could not be processed',
		description || 'Check the parameters of the node for this item.',
	);
}

/** An item's error as n8n throws and shows it: what the user entered, or what SendGrid said. */
export function toNodeError(
	node: INode,
	error: ItemError,
	{ message = error.message, description = error.description } = {},
): NodeApiError | NodeOperationError {
	if (error instanceof InvalidParameterError) {
		return new NodeOperationError(node, message, { description });
	}
	return new NodeApiError(node, { ...error.details } as JsonObject, {
		message,
		description,
		httpCode: error.details.http_status?.toString(),
	});
}
