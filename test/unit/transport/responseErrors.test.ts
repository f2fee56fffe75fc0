import type { INodeProperties } from 'n8n-workflow';
import { NotFoundError } from '../../../nodes/SendGridSegments/errors';
import { nodeProperties } from '../../../nodes/SendGridSegments/operations';
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
import { says } from '../fakeSendGrid';
import { ID } from '../parseItem';

const endpoints = {
	get: getSegmentEndpoint,
	list: listSegmentsEndpoint,
	create: createSegmentEndpoint,
	update: updateSegmentEndpoint,
	delete: deleteSegmentEndpoint,
	refresh: refreshSegmentEndpoint,
	import: getContactImportEndpoint,
};

type Name = keyof typeof endpoints;

const names = Object.keys(endpoints) as Name[];

const readOnly: Name[] = ['get', 'list', 'import'];

const responseOf = (partial: Partial<ApiResponse>): ApiResponse => ({
	headers: {},
	maybeProcessed: false,
	serverTime: 0,
	rateLimit: {},
	attempts: 1,
	...partial,
});

const errorOf = (partial: Partial<ApiResponse>, of: Name = 'get', mayRead?: boolean) =>
	toApiError(endpoints[of], responseOf(partial), {
		id: ID,
		details: { segment_id: ID },
		mayRead,
	});

const html = { 'content-type': 'text/html' };
const SAFE = 'Nothing was changed, so it is safe to try again.';
const UNCERTAIN = 'The request may still have taken effect. Check in SendGrid before you retry.';

it.each<[Name, Partial<ApiResponse>, string, string]>([
	[
		'get',
		{ status: 404, body: { error: 'x' } },
		`Segment ${ID} does not exist`,
		'Choose the segment',
	],
	['import', { status: 404 }, `The contact import ${ID} does not exist`, 'Use the job ID'],
	['create', { status: 404 }, 'SendGrid refused the request (404)', 'The parent list may not'],
	['list', { status: 404 }, 'SendGrid refused the request (404)', "credential's Base URL"],
	[
		'create',
		{ status: 400, body: says('query is not valid') },
		'query is not valid',
		'nothing was changed. Correct the value',
	],
	[
		'create',
		{ status: 400, body: { errors: [{ field: 'name', message: 'already in use' }] } },
		"'Name' is already used by another segment",
		'use Create or Update to change the existing segment',
	],
	['create', { status: 400 }, 'SendGrid refused the request (400)', "credential's Base URL"],
	[
		'update',
		{ status: 418, body: says('no coffee') },
		'SendGrid refused the request (418)',
		'SendGrid said: "no coffee"',
	],
	['delete', { status: 302 }, 'SendGrid returned a redirect (302)', 'It was not followed'],
	[
		'delete',
		{ status: 429, rateLimit: { resetAt: Date.parse('2026-06-10T12:00:00Z') } },
		"SendGrid's rate limit was reached",
		`It resets on Jun 10, 2026, 12:00 (UTC). Try again after that. ${SAFE}`,
	],
	['get', { status: 429 }, "SendGrid's rate limit was reached", 'Try again later'],
	[
		'delete',
		{ status: 503, maybeProcessed: true, attempts: 3, body: says('down') },
		'SendGrid returned 503',
		`SendGrid said: "down". See https://status.sendgrid.com. The request was sent 3 times. ${UNCERTAIN}`,
	],
	[
		'get',
		{ status: 500, body: '<html></html>', headers: html },
		'SendGrid returned 500',
		'unavailable',
	],
	[
		'get',
		{ status: 200, transportError: 'aborted', attempts: 2 },
		"SendGrid's response could not be read",
		"documented response (aborted). Check the credential's Base URL. The request was sent 2 times.",
	],
	[
		'get',
		{ status: 200, body: {} },
		"SendGrid's response could not be read",
		'SendGrid returned 200',
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
		`The request was sent 3 times. ${SAFE}`,
	],
])('%s: %j is "%s"', (of, response, message, advice) => {
	const error = errorOf(response, of);
	expect(error.message).toBe(message);
	expect(error.description).toContain(advice);
});

it('a request that n8n refused was not sent, and what to look at are the settings', () => {
	const transportError = 'Domain not allowed';
	const error = errorOf({ transportError, isRefusedByN8n: true }, 'refresh');
	expect(error.message).toBe('SendGrid could not be reached');
	expect(error.description).toBe(
		`n8n did not send the request: Domain not allowed. Check the settings of the credential, the proxy and n8n. ${SAFE}`,
	);
});

describe('a refused key', () => {
	it.each<[number, string]>([
		[401, 'unauthorized'],
		[400, 'authorization required'],
	])('%d (%s) is about the key, and an account in the EU', (status, words) => {
		for (const of of names) {
			const error = errorOf({ status, body: says(words) }, of);
			expect(error.message).toBe('SendGrid rejected the API key');
			expect(error.description).toMatch(/replace it .+ An account in the EU needs the Base URL/);
			expect(error.details).toEqual({ http_status: status, segment_id: ID });
		}
	});

	const ip = 'SendGrid does not accept requests from this IP address';
	const scope = 'The API key has no access to Marketing segments';
	const readOnlyKey = 'The API key may read segments, but not change them';
	const plan = 'Manual refresh is not available to this API key or plan';
	const other = 'SendGrid refused the request (403)';
	const scopes = 'access forbidden. please ensure you have the correct scopes defined.';

	it.each<[Name, string, boolean | undefined, string, string]>([
		['get', 'Your IP address is not whitelisted.', false, ip, 'Settings > IP Access Management'],
		['refresh', 'IP not on the allowlist', true, ip, 'Settings > IP Access Management'],
		['delete', scopes, true, readOnlyKey, '"Full Access"'],
		['refresh', scopes, true, readOnlyKey, '"Full Access"'],
		['update', 'missing permission', true, readOnlyKey, 'full access to "Marketing"'],
		['delete', scopes, false, scope, 'add the scope "Marketing"'],
		['get', scopes, false, scope, 'add the scope "Marketing"'],
		['list', scopes, undefined, scope, 'add the scope "Marketing"'],
		['get', 'access forbidden: IP 10.0.0.1 is not allowed', false, ip, 'IP Access Management'],
		['get', 'zip codes are not shipped', false, other, 'Check your SendGrid account'],
		['delete', 'Your account has been suspended.', true, other, 'Check your SendGrid account'],
		['create', 'forbidden', true, scope, 'add the scope "Marketing"'],
		['delete', '', false, scope, 'add the scope "Marketing"'],
		['refresh', '', false, plan, 'Basic or Advanced'],
		['refresh', 'not part of your plan', true, plan, 'Basic or Advanced'],
	])('403 of %s, "%s", where it may read: %s', (of, words, mayRead, message, advice) => {
		const body = words ? says(words) : undefined;
		const error = errorOf({ status: 403, body }, of, mayRead);
		expect(error.message).toBe(message);
		expect(error.description).toContain(advice);
		expect(error.description.includes(`SendGrid said: "${words}".`)).toBe(words !== '');
	});
});

describe('a response that is not from SendGrid', () => {
	it.each([200, 204, 302, 400, 401, 403, 404, 418, 429])(
		'%d says nothing of SendGrid',
		(status) => {
			for (const headers of [html, { 'content-type': 'text/plain' }]) {
				const error = errorOf({ status, headers, body: 'Not here' }, 'delete');
				expect(error).not.toBeInstanceOf(NotFoundError);
				expect(error.message).toBe('The response did not come from SendGrid');
				expect(error.description).toBe(
					`Check the credential's Base URL, and the proxy if you use one. ${SAFE}`,
				);
			}
		},
	);

	it.each<[Partial<ApiResponse>, boolean]>([
		[{ status: 404 }, true],
		[{ status: 404, headers: html }, false],
		[{ status: 404, body: { error: 'Segment does not exist.' } }, true],
		[{ status: 404, body: { errors: [] } }, true],
		[{ status: 404, body: { message: 'no Route matched' } }, false],
		[{ status: 404, body: [] }, false],
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

it('404 is a NotFoundError of what the request names, and of nothing else', () => {
	const notFound = names.filter((of) => errorOf({ status: 404 }, of) instanceof NotFoundError);
	expect(notFound).toEqual(names.filter((of) => of !== 'list'));
	for (const status of [400, 401, 403, 410, 500]) {
		for (const of of names) expect(errorOf({ status }, of)).not.toBeInstanceOf(NotFoundError);
	}
});

it('the details have the status if there is one', () => {
	expect(errorOf({ status: 503 }).details).toEqual({ http_status: 503, segment_id: ID });
	expect(errorOf({ transportError: 'x' }).details).toEqual({ segment_id: ID });
});

it.each(names)('whatever became of %s: what to do, and whether it may have taken effect', (of) => {
	const statuses = [undefined, 200, 301, 400, 401, 403, 404, 408, 409, 418, 429, 500, 503];
	for (const status of statuses) {
		for (const maybeProcessed of [true, false]) {
			const error = errorOf({ status, maybeProcessed, transportError: 'Gone' }, of);
			const isUncertain = maybeProcessed && !readOnly.includes(of);
			expect(error.description.includes(UNCERTAIN)).toBe(isUncertain);
			expect(error.description).toMatch(/\.$/);
			expect(`${error.message} ${error.description}`).not.toMatch(FORBIDDEN_WORDS);
		}
	}
});

describe('extractApiMessages', () => {
	it.each<[unknown, string]>([
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

	/** The labels of the node's fields and of all that can be added to them. */
	const labels = (fields: INodeProperties[]): string[] =>
		fields.flatMap(({ displayName, options = [] }) => [
			displayName,
			...labels(options.filter((option): option is INodeProperties => 'displayName' in option)),
		]);

	const FIELDS =
		'emails id ids name parent_list_ids query_dsl segment_id segment_ids user_time_zone';

	it.each(FIELDS.split(' '))('names the field of "%s" as the node labels it', (field) => {
		const [, label] = /^'(.+)': bad$/.exec(
			extractApiMessages({ errors: [{ field, message: 'bad' }] }),
		)!;
		expect(label).not.toBe(field);
		expect(labels(nodeProperties)).toContain(label);
	});
});
