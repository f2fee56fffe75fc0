import type { IDataObject, IHttpRequestOptions } from 'n8n-workflow';
import { SendGridApiError } from '../../../nodes/SendGridSegments/errors';
import { searchContactsByEmail } from '../../../nodes/SendGridSegments/transport/contactSearch';
import { FORBIDDEN_WORDS } from '../../forbiddenWords';
import { fakeContext, rawResponse } from '../fakes';

type Reply = (emails: string[]) => ReturnType<typeof rawResponse>;

function searchContext(reply: Reply) {
	const asked: string[][] = [];
	const { context } = fakeContext((options: IHttpRequestOptions) => {
		const { emails } = options.body as { emails: string[] };
		asked.push(emails);
		return reply(emails);
	});
	return { context, asked };
}

const found = (email: string): IDataObject => ({ contact: { id: `id of ${email}` } });

/** Like SendGrid: refuses a request for one address without an @, 404 if it knows none of them. */
const sendGrid: Reply = (emails) => {
	const refused = emails.filter((email) => !email.includes('@'));
	if (refused.length > 0) {
		return rawResponse(400, { errors: [{ field: 'emails', message: 'invalid address' }] });
	}
	const known = emails.filter((email) => email.startsWith('known'));
	if (known.length === 0) return rawResponse(404, { errors: [{ message: 'not found' }] });
	return rawResponse(200, {
		result: Object.fromEntries(
			emails.map((email) => [
				email,
				known.includes(email) ? found(email) : { error: 'contact not found' },
			]),
		),
	});
};

describe('a search of contacts', () => {
	it.each([0, 49, 99])('finds the one of 100 that SendGrid refuses (%d)', async (culprit) => {
		const emails = Array.from({ length: 100 }, (_, i) =>
			i === culprit ? 'refused' : `known${i}@example.com`,
		);
		const { context, asked } = searchContext(sendGrid);
		const results = await searchContactsByEmail(context, emails);
		expect([...results.keys()]).toEqual(emails);
		for (const [email, result] of results) {
			if (email === 'refused') {
				expect(result).toBeInstanceOf(SendGridApiError);
				expect(result).toMatchObject({
					message: expect.stringContaining('invalid address'),
					details: { http_status: 400 },
				});
			} else expect(result).toEqual(found(email).contact);
		}
		expect(asked.length).toBeLessThanOrEqual(15);
	});

	it.each<[string, unknown, object]>([
		['no entry', {}, { message: 'SendGrid returned no result for "a@example.com"' }],
		['an empty entry', { 'a@example.com': {} }, { message: expect.stringContaining('no result') }],
		[
			'other words',
			{ 'a@example.com': { error: 'try again' } },
			{ message: 'try again', description: 'SendGrid returned this for "a@example.com".' },
		],
	])('does not take for "not found" what is not: %s', async (_name, result, expected) => {
		const { context } = searchContext(() => rawResponse(200, { result }));
		const error = (await searchContactsByEmail(context, ['a@example.com'])).get('a@example.com');
		expect(error).toBeInstanceOf(SendGridApiError);
		expect(error).toMatchObject(expected);
		const { message, description } = error as SendGridApiError;
		expect(message + description).not.toMatch(FORBIDDEN_WORDS);
	});

	it.each<[string, ReturnType<Reply>, string]>([
		['a wrong key', rawResponse(401, { errors: [] }), 'SendGrid rejected the API key'],
		[
			"a web server's 404",
			rawResponse(404, '<html>', { 'content-type': 'text/html' }),
			'The response did not come from SendGrid',
		],
		[
			"a proxy's 400",
			rawResponse(400, '<html>', { 'content-type': 'text/html' }),
			'The response did not come from SendGrid',
		],
		['another body', rawResponse(200, {}), "SendGrid's response could not be read"],
	])('fails for all of them: %s', async (_name, response, message) => {
		const { context, asked } = searchContext(() => response);
		const emails = ['a@example.com', 'b@example.com'];
		await expect(searchContactsByEmail(context, emails)).rejects.toMatchObject({ message });
		expect(asked).toHaveLength(1);
	});
});
