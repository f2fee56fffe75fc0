import type { IDataObject, IHttpRequestMethods } from 'n8n-workflow';
import type { LimitReason } from './refreshLimits';
import type { Reply } from './exchange';

/** What a failure's JSON carries beside its words; see "What a failure says" in the README. */
export interface FailureDetails {
	http_status?: number;
	segment_id?: string;
	user_time_zone?: string;
	reason?: LimitReason;
	next_refresh_at?: string | null;
	job_id?: string | null;
}

/**
 * `refused`: SendGrid said no, or the request surely never arrived, so nothing has changed.
 * `uncertain`: the request may have taken effect.
 */
export type FailureOutcome = 'refused' | 'uncertain';

/** The reason why an item has no output, in words for the person who reads it. */
export class SegmentFailure extends Error {
	constructor(
		message: string,
		readonly description: string,
		readonly details: FailureDetails = {},
		readonly outcome: FailureOutcome = 'refused',
	) {
		super(message);
	}
}

/** What was asked of SendGrid, as far as a failure has to name it. */
export interface Asked {
	method: IHttpRequestMethods;
	segmentId?: string;
	timeZone?: string;
}

/** How the fields of SendGrid's API are labelled in the node. */
const PARAMETER_LABELS: Record<string, string> = {
	id: 'Segment',
	ids: 'Segment IDs',
	name: 'Name',
	parent_list_ids: 'Parent List',
	query_dsl: 'Query DSL',
	segment_id: 'Segment',
	user_time_zone: 'Time Zone',
};

const MAX_QUOTED_CHARACTERS = 500;

/** Text of unknown origin, short enough to be read. */
export function shortened(text: string, maxCharacters = MAX_QUOTED_CHARACTERS): string {
	return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
}

/**
 * SendGrid's own words about a refused request, each led by the parameter it belongs to.
 * The API has two forms: `{ errors: [{ field, message }] }` and `{ error: string }`.
 */
function wordsOf(body: unknown): string {
	if (typeof body !== 'object' || body === null) return '';
	const { errors, error } = body as IDataObject;
	if (typeof error === 'string') return shortened(error);
	if (!Array.isArray(errors)) return '';
	const words = (errors as unknown[]).flatMap((entry) => {
		const { field, message } = (entry ?? {}) as IDataObject;
		if (typeof message !== 'string' || message === '') return [];
		if (typeof field !== 'string' || field === '') return [message];
		const label = Object.hasOwn(PARAMETER_LABELS, field) ? PARAMETER_LABELS[field] : field;
		return [`${label}: ${message}`];
	});
	return shortened(words.join('; '));
}

function sentence(...parts: Array<string | false | undefined>): string {
	return parts.filter(Boolean).join(' ');
}

/** Whether the request was repeated, and whether it may have taken effect. */
function fateOf(reply: Reply, asked: Asked, outcome: FailureOutcome): string {
	return sentence(
		reply.tries > 1 && `It was sent ${reply.tries} times.`,
		asked.method !== 'GET' &&
			(outcome === 'uncertain'
				? 'It may have taken effect all the same: look in SendGrid before you send it again.'
				: 'Nothing was changed, so it is safe to try again.'),
	);
}

/**
 * The failure that an answer of SendGrid, or the lack of one, means.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses
 */
export function failureOf(reply: Reply, asked: Asked): SegmentFailure {
	const { status } = reply;
	const { segmentId } = asked;
	const isRefresh = asked.timeZone !== undefined;
	const outcome: FailureOutcome =
		asked.method !== 'GET' && reply.mayHaveArrived ? 'uncertain' : 'refused';
	const details: FailureDetails = {
		...(status !== undefined && { http_status: status }),
		...(segmentId !== undefined && { segment_id: segmentId }),
		...(asked.timeZone !== undefined && { user_time_zone: asked.timeZone }),
	};
	const words = wordsOf(reply.body);
	const quoted = words && `SendGrid said: "${words}".`;
	const failure = (message: string, ...description: Array<string | false | undefined>) =>
		new SegmentFailure(
			message,
			sentence(...description, outcome === 'uncertain' && fateOf(reply, asked, outcome)),
			details,
			outcome,
		);

	if (status === undefined) {
		return new SegmentFailure(
			'SendGrid could not be reached',
			sentence(
				`${reply.lost}.`,
				fateOf(reply, asked, outcome),
				'Check the connection, and the Base URL of the credential.',
			),
			details,
			outcome,
		);
	}
	if (status === 400 && words) {
		return failure(words, 'SendGrid refused the request. Correct the value and run again.');
	}
	if (status === 401) {
		return failure(
			'SendGrid rejected the API key',
			'Check the API key in the credential, or replace it with a new one from SendGrid.',
		);
	}
	if (status === 403 && isRefresh) {
		return failure(
			'Manual refresh is not available to this API key or plan',
			'It needs Marketing Campaigns Basic or Advanced, and an API key with access to Marketing.',
			quoted,
		);
	}
	if (status === 403) {
		return failure(
			'The API key has no access to Marketing segments',
			'In SendGrid, under Settings > API Keys, add the scope "Marketing" to the key.',
			quoted,
		);
	}
	if (status === 404 && segmentId !== undefined) {
		return failure(
			`Segment ${segmentId} does not exist`,
			'It may have been deleted. Pick the segment from the list.',
		);
	}
	if (status === 429) {
		return failure(
			"SendGrid's rate limit is reached",
			reply.resetAt === undefined
				? 'SendGrid does not say when it resets. Run again later.'
				: `It resets at ${new Date(reply.resetAt).toISOString()}. Run again after that.`,
			fateOf(reply, asked, outcome),
		);
	}
	if (status >= 500) {
		return new SegmentFailure(
			`SendGrid answered ${status}`,
			sentence(
				'SendGrid has trouble on its side.',
				fateOf(reply, asked, outcome),
				quoted,
				'Its state is shown at https://status.sendgrid.com.',
			),
			details,
			outcome,
		);
	}
	if (status >= 300 && status < 400) {
		return failure(
			`SendGrid answered with a redirect (${status})`,
			'It was not followed. Check the Base URL of the credential.',
		);
	}
	if (status >= 400) {
		return failure(
			`SendGrid refused the request (${status})`,
			quoted,
			status === 404 && asked.method === 'POST' && 'The parent list may not exist.',
			'Check the Base URL of the credential.',
		);
	}
	return new SegmentFailure(
		"SendGrid's answer could not be read",
		sentence(
			`It answered ${status}, but not with what its reference describes${reply.lost ? ` (${reply.lost})` : ''}.`,
			fateOf(reply, asked, outcome),
			'Check the Base URL of the credential.',
		),
		details,
		outcome,
	);
}
