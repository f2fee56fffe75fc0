import { NotFoundError } from '../../../nodes/SendGridSegments/errors';
import { getContactImportEndpoint } from '../../../nodes/SendGridSegments/transport/contactImports';
import type { ApiResponse } from '../../../nodes/SendGridSegments/transport/httpRequest';
import {
	extractApiMessages,
	isFromSendGrid,
	toApiError,
} from '../../../nodes/SendGridSegments/transport/responseErrors';
import {
	createSegmentEndpoint,
	deleteSegmentEndpoint,
	getSegmentEndpoint,
	listSegmentsEndpoint,
	refreshSegmentEndpoint,
	updateSegmentEndpoint,
} from '../../../nodes/SendGridSegments/transport/segments';
import { FORBIDDEN_WORDS } from '../../forbiddenWords';

const ID = '1588e03b-50aa-454a-97d1-e1530345a5ec';

const endpoints = {
	get: getSegmentEndpoint,
	list: listSegmentsEndpoint,
	create: createSegmentEndpoint,
	update: updateSegmentEndpoint,
	delete: deleteSegmentEndpoint,
	refresh: refreshSegmentEndpoint,
	import: getContactImportEndpoint,
};

const readOnly = ['get', 'list', 'import'];

const responseOf = (partial: Partial<ApiResponse>): ApiResponse => ({
	headers: {},
	maybeProcessed: false,
	serverTime: 0,
	rateLimit: {},
	attempts: 1,
	...partial,
});

const errorOf = (partial: Partial<ApiResponse>, of: keyof typeof endpoints = 'get') =>
	toApiError(endpoints[of], responseOf(partial), { id: ID, details: { segment_id: ID } });

const says = (message: string) => ({ errors: [{ field: null, message }] });

const SAFE = 'Nothing was changed, so it is safe to try again.';
const UNCERTAIN = 'It may still have taken effect: check in SendGrid before you retry.';

/** What the status and body of a response mean, of whatever was asked. */
it.each<[keyof typeof endpoints, Partial<ApiResponse>, string, string | RegExp]>([
	[
		'get',
		{ status: 401, body: says('authorization required') },
		'SendGrid rejected the API key',
		'Check the API key in the credential, or replace it with a new one from SendGrid.',
	],
	[
		'refresh',
		{ status: 403 },
		'Manual refresh is not available to this API key or plan',
		'Manual refresh requires the Marketing Campaigns Basic or Advanced plan and an API key with access to Marketing.',
	],
	[
		'refresh',
		{ status: 403, body: says('access forbidden') },
		'The API key has no access to Marketing segments',
		'In SendGrid, under Settings > API Keys, add the scope "Marketing" to the key. SendGrid said: "access forbidden".',
	],
	[
		'delete',
		{ status: 403 },
		'The API key has no access to Marketing segments',
		'In SendGrid, under Settings > API Keys, add the scope "Marketing" to the key.',
	],
	[
		'get',
		{ status: 404, body: { error: 'Segment does not exist.' } },
		`Segment ${ID} does not exist`,
		'It may have been deleted. Choose the segment from the list.',
	],
	['import', { status: 404 }, `The contact import ${ID} does not exist`, /^Use the job ID/],
	['create', { status: 404 }, 'SendGrid refused the request (404)', /^The parent list may not/],
	[
		'list',
		{ status: 404 },
		'SendGrid refused the request (404)',
		"Check the credential's Base URL.",
	],
	[
		'create',
		{ status: 400, body: says('query is not valid') },
		'query is not valid',
		'SendGrid rejected the request. Correct the value and try again.',
	],
	[
		'create',
		{ status: 400 },
		'SendGrid refused the request (400)',
		"Check the credential's Base URL.",
	],
	[
		'update',
		{ status: 418, body: says('no coffee') },
		'SendGrid refused the request (418)',
		'SendGrid said: "no coffee". Check the credential\'s Base URL.',
	],
	[
		'delete',
		{ status: 302 },
		'SendGrid answered with a redirect (302)',
		"It was not followed. Check the credential's Base URL.",
	],
	[
		'delete',
		{ status: 429, rateLimit: { resetAt: Date.parse('2026-06-10T12:00:00Z') } },
		"SendGrid's rate limit is reached",
		`It resets at 2026-06-10T12:00:00.000Z. Try again after that. ${SAFE}`,
	],
	[
		'get',
		{ status: 429 },
		"SendGrid's rate limit is reached",
		'SendGrid does not say when it resets. Try again later.',
	],
	[
		'delete',
		{ status: 503, maybeProcessed: true, attempts: 3, body: says('down') },
		'SendGrid answered 503',
		`SendGrid is currently unavailable. SendGrid said: "down". See https://status.sendgrid.com. It was sent 3 times. ${UNCERTAIN}`,
	],
	[
		'get',
		{ status: 500, maybeProcessed: true, body: '<html></html>' },
		'SendGrid answered 500',
		'SendGrid is currently unavailable. See https://status.sendgrid.com.',
	],
	[
		'get',
		{ status: 200, transportError: 'aborted', maybeProcessed: true, attempts: 2 },
		"SendGrid's response could not be read",
		"SendGrid returned 200, but not the documented response (aborted). Check the credential's Base URL. It was sent 2 times.",
	],
	[
		'get',
		{ status: 429, body: '<html></html>', headers: { 'content-type': 'text/html' } },
		'The response did not come from SendGrid',
		"Check the credential's Base URL, and the proxy if you use one.",
	],
	[
		'refresh',
		{ transportError: 'The connection failed (ECONNRESET)', maybeProcessed: true },
		'SendGrid could not be reached',
		`The connection failed (ECONNRESET). Check your connection and the credential's Base URL. ${UNCERTAIN}`,
	],
	[
		'create',
		{ transportError: 'The connection failed (ENOTFOUND)', attempts: 3 },
		'SendGrid could not be reached',
		`The connection failed (ENOTFOUND). Check your connection and the credential's Base URL. It was sent 3 times. ${SAFE}`,
	],
	[
		'get',
		{ status: 200, body: {} },
		"SendGrid's response could not be read",
		"SendGrid returned 200, but not the documented response. Check the credential's Base URL.",
	],
])('%s: %j is "%s"', (of, response, message, description) => {
	const error = errorOf(response, of);
	expect(error.message).toBe(message);
	if (description instanceof RegExp) expect(error.description).toMatch(description);
	else expect(error.description).toBe(description);
});

describe('a response that is not of SendGrid', () => {
	const html = { 'content-type': 'text/html' };

	it.each([200, 204, 302, 400, 401, 403, 404, 418])('%d says nothing of SendGrid', (status) => {
		for (const headers of [html, { 'content-type': 'text/plain' }]) {
			const error = errorOf({ status, headers, body: 'Not here' }, 'delete');
			expect(error).not.toBeInstanceOf(NotFoundError);
			expect(error.message).toBe('The response did not come from SendGrid');
			expect(error.description).toBe(
				`Check the credential's Base URL, and the proxy if you use one. ${SAFE}`,
			);
		}
	});

	it.each<[Partial<ApiResponse>, boolean]>([
		[{ status: 404 }, true],
		[{ status: 404, headers: html }, false],
		[{ status: 404, body: { error: 'Segment does not exist.' } }, true],
		[{ status: 404, body: { errors: [] } }, true],
		[{ status: 404, body: { message: 'no Route matched' } }, false],
		[{ status: 404, body: [] }, false],
		[{ status: 404, body: 'x' }, false],
		[{ status: 401, body: { errors: [] } }, true],
		[{ status: 401, body: {} }, false],
		[{ status: 403, headers: html }, false],
		[{ status: 400, body: { message: 'x' } }, true],
		[{ status: 400, body: 'x' }, false],
		[{ status: 200, body: 'x', headers: { 'content-type': 'application/json' } }, true],
		[{ status: 204 }, true],
	])('%j: %s', (response, expected) => {
		expect(isFromSendGrid(responseOf(response))).toBe(expected);
	});
});

describe('the class and details', () => {
	it.each(['get', 'update', 'delete', 'refresh', 'import'] as const)(
		'404 of %s is a NotFoundError',
		(of) => {
			expect(errorOf({ status: 404 }, of)).toBeInstanceOf(NotFoundError);
		},
	);

	it.each([
		['delete', 401],
		['delete', 403],
		['delete', 400],
		['refresh', 403],
		['list', 404],
	] as const)('%s: %d is none', (of, status) => {
		expect(errorOf({ status }, of)).not.toBeInstanceOf(NotFoundError);
	});

	it('have the status where there is one', () => {
		expect(errorOf({ status: 401 }).details).toEqual({ http_status: 401, segment_id: ID });
		expect(errorOf({ transportError: 'x' }).details).toEqual({ segment_id: ID });
		expect(toApiError(listSegmentsEndpoint, responseOf({ status: 500 }), {}).details).toEqual({
			http_status: 500,
		});
	});
});

it.each(Object.keys(endpoints) as Array<keyof typeof endpoints>)(
	'whatever became of %s: helpful words, and whether it may have taken effect',
	(of) => {
		const statuses = [undefined, 200, 301, 400, 401, 403, 404, 408, 409, 418, 429, 500, 503];
		for (const status of statuses) {
			for (const maybeProcessed of [true, false]) {
				const error = errorOf({ status, maybeProcessed, transportError: 'Gone' }, of);
				const isUncertain = maybeProcessed && !readOnly.includes(of);
				expect(error.maybeProcessed).toBe(isUncertain);
				expect(error.description.includes(UNCERTAIN)).toBe(isUncertain);
				expect(error.description).toMatch(/\.$/);
				expect(`${error.message} ${error.description}`).not.toMatch(FORBIDDEN_WORDS);
			}
		}
	},
);

describe('extractApiMessages', () => {
	it.each<[unknown, string]>([
		[{ errors: [{ field: 'query_dsl', message: 'bad' }] }, "'SQL Query': bad"],
		[{ errors: [{ field: 'id', message: 'bad' }] }, "'Segment': bad"],
		[{ errors: [{ field: 'ids', message: 'bad' }] }, "'Segment IDs': bad"],
		[{ errors: [{ field: 'segment_id', message: 'bad' }] }, "'Segment': bad"],
		[{ errors: [{ field: 'parent_list_ids', message: 'bad' }] }, "'Parent List': bad"],
		[{ errors: [{ field: 'user_time_zone', message: 'bad' }] }, "'Time Zone': bad"],
		[
			{ errors: [{ field: 'name', message: 'in use' }] },
			"'Name' is already used by another segment",
		],
		[{ errors: [{ field: 'name', message: 'too long' }] }, "'Name': too long"],
		[{ errors: [{ field: 'constructor', message: 'bad' }] }, "'constructor': bad"],
		[{ errors: [{ field: '__proto__', message: 'bad' }] }, "'__proto__': bad"],
		[{ errors: [{ field: null, message: 'a' }, { message: 'b' }, { field: 'c' }] }, 'a; b'],
		[{ errors: [{ field: 42, message: 'a' }, null, 1, {}, { message: { toString: 1 } }] }, 'a'],
		[JSON.parse('{"__proto__": {"error": "inherited"}}'), ''],
		[{ error: 'Segment does not exist.' }, 'Segment does not exist.'],
		[{ error: 'x'.repeat(9_999) }, `${'x'.repeat(500)}…`],
		[{ errors: Array(1_000).fill({ message: 'a' }) }, Array(20).fill('a').join('; ')],
		...[undefined, null, 'text', 42, [], {}, { errors: { length: 5 } }].map(
			(body): [unknown, string] => [body, ''],
		),
	])('%j', (body, text) => {
		expect(extractApiMessages(body)).toBe(text);
	});
});
