import type { INodeProperties } from 'n8n-workflow';
import { InvalidParameterError, SendGridApiError } from '../../errors';
import { MAX_EMAILS_PER_SEARCH } from '../../limits';
import { oncePerAccount, type Operation } from '../../operation';
import { segmentField } from '../../parameters/segment';
import { emptyValue } from '../../parameters/values';
import { searchContactsByEmail, type SearchResults } from '../../transport/contactSearch';
import { getSegment, type Segment } from '../../transport/segments';
import { describeValue, getOrAdd } from '../../utils';
import { parseSegmentId } from '../segmentId';

/** Email addresses cannot be longer. */
const MAX_EMAIL_CHARACTERS = 320;

/** Refused here, since SendGrid refuses all addresses of a request for one that is none. */
const EMAIL = /^[^\s\p{C}"(),:;<>@[\]\\]+@[^\s\p{C}"(),:;<>@[\]\\]+$/u;

interface Input {
	segmentId: string;
	email: string;
}

interface Result {
	segment: Segment;
	contacts: SearchResults;
}

const emailField: INodeProperties = {
	displayName: 'Email',
	name: 'email',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. name@email.com',
	description: "The contact's email address (case-insensitive)",
};

const keyOf = ({ email }: Input): string => email.toLowerCase();

const segmentReads = oncePerAccount(() => new Map<string, Promise<Segment>>());

function isInSegment(ids: unknown, segmentId: string): boolean {
	const list: unknown = ids ?? [];
	if (Array.isArray(list) && list.every((id) => typeof id === 'string')) {
		return list.some((id: string) => id.toLowerCase() === segmentId);
	}
	throw new SendGridApiError(
		"SendGrid's response could not be read",
		"The contact's segments are missing. Try again later.",
		{ segment_id: segmentId },
	);
}

/**
 * Whether contacts are in a segment.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/contacts/get-contacts-by-emails
 */
export const checkContactOperation: Operation<Input, Result> = {
	name: 'Check',
	value: 'check',
	action: 'Check whether a contact is in a segment',
	description:
		"Check whether a contact is in a segment. Membership follows SendGrid's schedule, up to an hour after a contact changed; Get Many is exact.",
	fields: [segmentField, emailField],
	concurrency: 50,
	parse: async (context) => {
		const email = context.parameters.text(emailField)?.trim();
		if (!email) throw emptyValue(emailField.displayName);
		if (email.length > MAX_EMAIL_CHARACTERS || !EMAIL.test(email)) {
			throw new InvalidParameterError(
				`'${emailField.displayName}' is not an email address`,
				`The value is ${describeValue(email)}. Correct the value or the expression.`,
			);
		}
		return { email, segmentId: await parseSegmentId(context) };
	},
	requestKey: ({ segmentId }) => segmentId,
	batch: { size: MAX_EMAILS_PER_SEARCH, unit: keyOf },
	execute: async (context, inputs) => {
		const { segmentId } = inputs[0];
		// Once per run: contacts keep the IDs of deleted segments, and must not count as members of one.
		const segment = await getOrAdd(segmentReads(context), segmentId, async () =>
			getSegment(context, segmentId),
		);
		return { segment, contacts: await searchContactsByEmail(context, inputs.map(keyOf)) };
	},
	toOutput: ({ segment, contacts }, input) => {
		const { segmentId, email } = input;
		const found = contacts.get(keyOf(input)) ?? null;
		if (found instanceof SendGridApiError) throw found;
		const json = {
			in_segment: found !== null && isInSegment(found.segment_ids, segmentId),
			contact_found: found !== null,
			email,
			contact_id: found?.id ?? null,
			segment_id: segmentId,
			segment_name: segment.name ?? null,
		};
		return [{ json: json as Record<string, string | boolean | null> }];
	},
};
