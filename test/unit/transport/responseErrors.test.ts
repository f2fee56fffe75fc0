import type { Reply } from '../../nodes/SendGridSegments/exchange';
import {
	type Asked,
	failureOf,
	SegmentFailure,
	shortened,
} from '../../nodes/SendGridSegments/failures';

const ID = '1588e03b-50aa-454a-97d1-e1530345a5ec';

const asked: Record<string, Asked> = {
	read: { method: 'GET', segmentId: ID },
	list: { method: 'GET' },
	create: { method: 'POST' },
	deletion: { method: 'DELETE', segmentId: ID },
	refresh: { method: 'POST', segmentId: ID, timeZone: 'UTC' },
};

const reply = (partial: Partial<Reply>): Reply => ({
	headers: {},
	mayHaveArrived: false,
	now: 0,
	tries: 1,
	...partial,
});

const refused = (partial: Partial<Reply>, of: Asked = asked.read) => failureOf(reply(partial), of);

it('names what was asked, and nothing that was not', () => {
	expect(refused({ status: 401 }, asked.refresh).details).toEqual({
		http_status: 401,
		segment_id: ID,
		user_time_zone: 'UTC',
	});
	expect(refused({ status: 401 }, asked.list).details).toEqual({ http_status: 401 });
	expect(refused({ lost: 'No answer' }, asked.deletion).details).toEqual({ segment_id: ID });
});

it.each([
	['deletion', true, 'uncertain', 'It may have taken effect all the same'],
	['refresh', true, 'uncertain', 'It may have taken effect all the same'],
	['create', true, 'uncertain', 'It may have taken effect all the same'],
	['deletion', false, 'refused', 'Nothing was changed, so it is safe to try again.'],
	['read', true, 'refused', 'SendGrid has trouble on its side. Its state is shown'],
] as const)('%s that may have arrived (%s) is %s', (of, mayHaveArrived, outcome, words) => {
	const failure = refused({ status: 503, mayHaveArrived }, asked[of]);
	expect(failure).toBeInstanceOf(SegmentFailure);
	expect(failure.outcome).toBe(outcome);
	expect(failure.message).toBe('SendGrid answered 503');
	expect(failure.description).toContain(words);
});

it.each([302, 400, 401, 403, 404, 408, 409, 429])(
	'%d for a deletion that may have arrived says so',
	(status) => {
		const failure = refused({ status, mayHaveArrived: true }, asked.deletion);
		expect(failure.outcome).toBe('uncertain');
		expect(failure.description).toContain('It may have taken effect all the same');
	},
);

it('says how often a request was sent', () => {
	expect(refused({ status: 500, tries: 3 }).description).toContain('It was sent 3 times.');
	expect(refused({ status: 500, tries: 1 }).description).not.toContain('It was sent');
	expect(refused({ lost: 'Gone', tries: 2 }).description).toMatch(/^Gone\. It was sent 2 times\./);
});

it('says when a rate limit resets', () => {
	const resetAt = Date.parse('2025-06-10T12:00:00Z');
	expect(refused({ status: 429, resetAt })).toMatchObject({
		message: "SendGrid's rate limit is reached",
		description: expect.stringContaining('It resets at 2025-06-10T12:00:00.000Z.'),
	});
	expect(refused({ status: 429 }).description).toContain('does not say when');
});

it.each([200, 202, 204])('%d with the wrong body is no success', (status) => {
	const failure = refused({ status, mayHaveArrived: true, lost: 'aborted' }, asked.create);
	expect(failure.message).toBe("SendGrid's answer could not be read");
	expect(failure.description).toContain(
		`It answered ${status}, but not with what its reference describes (aborted).`,
	);
	expect(failure.outcome).toBe('uncertain');
});

it.each<[unknown, string]>([
	[{ errors: [{ field: 'name', message: 'in use' }] }, 'Name: in use'],
	[{ errors: [{ field: 'id', message: 'bad' }] }, 'Segment: bad'],
	[{ errors: [{ field: 'ids', message: 'bad' }] }, 'Segment IDs: bad'],
	[{ errors: [{ field: 'constructor', message: 'bad' }] }, 'constructor: bad'],
	[{ errors: [{ field: '__proto__', message: 'bad' }] }, '__proto__: bad'],
	[{ errors: [{ field: null, message: 'a' }, { message: 'b' }, { field: 'c' }] }, 'a; b'],
	[{ error: 'Segment does not exist.' }, 'Segment does not exist.'],
	[{ errors: [{ field: 42, message: 'a' }] }, 'a'],
])("gives SendGrid's words for 400: %j", (body, message) => {
	expect(refused({ status: 400, body }).message).toBe(message);
});

it.each<unknown>([undefined, null, 'text', 42, [], {}, { errors: {} }, { errors: [1, null, {}] }])(
	'says the status where 400 has no words: %j',
	(body) => {
		expect(refused({ status: 400, body }).message).toBe('SendGrid refused the request (400)');
	},
);

it('shortens what is long', () => {
	expect(shortened('abc')).toBe('abc');
	expect(shortened('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
	expect(shortened('abc', 2)).toBe('ab…');
	expect(refused({ status: 400, body: { error: 'x'.repeat(9999) } }).message).toHaveLength(501);
});

it('never uses a word to avoid', () => {
	const statuses = [undefined, 200, 301, 400, 401, 403, 404, 408, 418, 429, 500, 503];
	for (const status of statuses) {
		for (const of of Object.values(asked)) {
			for (const mayHaveArrived of [true, false]) {
				const { message, description } = refused({ status, mayHaveArrived, lost: 'Gone' }, of);
				expect(`${message} ${description}`).not.toMatch(/\b(error|problem|failure|mistake)s?\b/i);
				expect(description).toMatch(/\.$/);
			}
		}
	}
});
