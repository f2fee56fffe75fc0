import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { pollSegments } from '../../../nodes/SendGridSegments/trigger/poll';
import { rawResponse, useFakeTimers } from '../fakes';
import { register, type Respond } from './n8n';

beforeEach(() => useFakeTimers(Date.parse('2026-08-20T12:00:00Z')));
afterEach(() => {
	jest.useRealTimers();
	jest.restoreAllMocks();
});

const errors = { errors: [{ message: 'no' }] };

/** What a poll throws, whatever it waits for before. */
async function failureOf(registration: Parameters<typeof register>[0], ms = 10 * 60_000) {
	const failed = pollSegments(register(registration).functions).catch((thrown: unknown) => thrown);
	await jest.advanceTimersByTimeAsync(ms);
	return await failed;
}

test.each<[string, Respond, string | null, object | undefined]>([
	['401', () => rawResponse(401, errors), '401', { cause: 'credential-invalid' }],
	['403', () => rawResponse(403, errors), '403', { cause: 'credential-invalid' }],
	['429', () => rawResponse(429, errors), '429', { cause: 'rate-limited' }],
	[
		'429 that says when',
		() => rawResponse(429, errors, { 'x-ratelimit-reset': '120' }),
		'429',
		{ cause: 'rate-limited', retryAfterMs: 120_000 },
	],
	['503', () => rawResponse(503, errors), '503', { cause: 'temporarily-unavailable' }],
	['no response', () => new Promise(() => {}), null, { cause: 'temporarily-unavailable' }],
	['400', () => rawResponse(400, errors), '400', undefined],
	['a redirect', () => rawResponse(302), '302', undefined],
])('of SendGrid: %s', async (_what, respond, httpCode, failure) => {
	const thrown = await failureOf({ respond });
	expect(thrown).toBeInstanceOf(NodeApiError);
	expect(thrown).toMatchObject({ httpCode });
	expect((thrown as { failure?: object }).failure).toEqual(failure);
});

test('of time: a poll ends before n8n gives up on it', async () => {
	const respond = () => new Promise(() => {});
	const thrown = await failureOf({ respond, budgetMs: 10_000 }, 10_000);
	expect(thrown).toBeInstanceOf(NodeApiError);
	expect(thrown).toMatchObject({
		message: 'SendGrid did not return the segments in time',
		failure: { cause: 'temporarily-unavailable' },
	});
});

test.each<[string, Partial<Parameters<typeof register>[0]>, object | undefined]>([
	['a setting', { parameters: { events: ['opened'] } }, { cause: 'configuration-invalid' }],
	['the credential', { apiKey: '' }, { cause: 'configuration-invalid' }],
])('of the user: %s', async (_what, registration, failure) => {
	const respond = () => rawResponse(500);
	const thrown = await failureOf({ respond, ...registration });
	expect(thrown).toBeInstanceOf(NodeOperationError);
	expect(thrown).toMatchObject({ failure });
});
