import type { Fault, Simulator } from '../../../simulator';
import type { Operation } from './operations';

/** `refused`: nothing was changed. `uncertain`: the request may have taken effect. */
export type Outcome = 'succeeded' | 'refused' | 'uncertain';

/** How often the request arrived, what it came to, and what a failure says. */
export type Expected = [requests: number, outcome: Outcome, message?: RegExp];

/** What goes wrong with one item's request, each time unless `times` says otherwise, and what has to come of it. */
export interface FaultRow {
	title: string;
	fault: Fault | ((simulator: Simulator, operation: Operation) => Fault);
	read: Expected;
	repeatable: Expected;
	once: Expected;
	/** By the title of operations that differ from their kind. */
	but?: Record<string, Expected>;
}

const unreachable = /^SendGrid could not be reached$/;
const unreadable = /^SendGrid's response could not be read$/;
const limited = /^SendGrid's rate limit is reached$/;
const answered = (status: number) => new RegExp(`^SendGrid answered ${status}$`);
const redirected = (status: number) =>
	new RegExp(`^SendGrid answered with a redirect \\(${status}\\)$`);

/** One that may be sent again is; the others may have taken effect. */
const lost = (message: RegExp) => ({
	read: [3, 'refused', message] as Expected,
	repeatable: [3, 'uncertain', message] as Expected,
	once: [1, 'uncertain', message] as Expected,
});

const uncertainAtOnce = (message: RegExp) => ({
	read: [1, 'refused', message] as Expected,
	repeatable: [1, 'uncertain', message] as Expected,
	once: [1, 'uncertain', message] as Expected,
});

/** One that may be sent again succeeds then. */
const recovered = (message: RegExp) => ({
	read: [2, 'succeeded'] as Expected,
	repeatable: [2, 'succeeded'] as Expected,
	once: [1, 'uncertain', message] as Expected,
});

const sentAgain = {
	read: [2, 'succeeded'] as Expected,
	repeatable: [2, 'succeeded'] as Expected,
	once: [2, 'succeeded'] as Expected,
};

/** A clear no, which needs no second try. */
const refused = (message: RegExp) => ({
	read: [1, 'refused', message] as Expected,
	repeatable: [1, 'refused', message] as Expected,
	once: [1, 'refused', message] as Expected,
});

/** No attempt is used up, but there is an end to it. */
const turnedAway = {
	read: [10, 'refused', limited] as Expected,
	repeatable: [10, 'refused', limited] as Expected,
	once: [10, 'refused', limited] as Expected,
};

/** The reset of the general rate limit, so many seconds from now. */
const reset = (simulator: Simulator, seconds: number) => ({
	'x-ratelimit-remaining': '0',
	'x-ratelimit-reset': String(Math.floor(simulator.clock.now().getTime() / 1000) + seconds),
});

const noRateLimitHeaders = {
	'x-ratelimit-limit': null,
	'x-ratelimit-remaining': null,
	'x-ratelimit-reset': null,
};

/** The status of the success that the reference describes. */
const successOf = ({ title, hit }: Operation) =>
	title === 'create' ? 201 : hit === 'GET' || hit === 'PATCH' ? 200 : 202;

/** A success whose body is not what it should be; where none is due, that does not matter. */
const brokenSuccess = (body: string, contentType?: string): FaultRow['fault'] => {
	return (_, operation) => ({
		apply: 'after',
		status: successOf(operation),
		body,
		contentType,
	});
};

const needsBody = {
	...uncertainAtOnce(unreadable),
	but: {
		delete: [1, 'succeeded'] as Expected,
		'delete with its definition': [1, 'succeeded'] as Expected,
		refresh: [1, 'succeeded'] as Expected,
	},
};

const redirect = (status: number): FaultRow => ({
	title: `${status}`,
	fault: (simulator) => ({
		status,
		headers: { location: `${simulator.url}/v3/marketing/segments/2.0?elsewhere=1` },
	}),
	...refused(redirected(status)),
});

export const faultRows: FaultRow[] = [
	{
		title: 'reset before the answer, not carried out',
		fault: { drop: 'beforeAnswer' },
		...lost(unreachable),
	},
	{
		title: 'reset once before the answer, carried out',
		fault: { drop: 'beforeAnswer', apply: 'after', times: 1 },
		// The second try of a delete finds the segment gone: the first has deleted it.
		...recovered(unreachable),
	},
	{
		title: 'closed in the middle of the headers',
		fault: { drop: 'midHeaders' },
		...lost(unreachable),
	},
	{
		title: 'reset in the middle of the body',
		fault: { drop: 'midBody', apply: 'after' },
		...lost(unreadable),
		but: {
			delete: [1, 'succeeded'],
			'delete with its definition': [1, 'succeeded'],
			refresh: [1, 'succeeded'],
		},
	},
	{
		title: 'reset in the middle of the body of a 500',
		fault: { status: 500, body: { error: 'internal' }, drop: 'midBody' },
		...lost(answered(500)),
	},
	{ title: '408', fault: { status: 408 }, ...lost(/^SendGrid refused the request \(408\)$/) },
	{
		title: '429, reset at once',
		fault: (simulator) => ({ status: 429, headers: reset(simulator, 0) }),
		...turnedAway,
	},
	{
		title: '429 once, reset in a second',
		fault: (simulator) => ({ status: 429, headers: reset(simulator, 1), times: 1 }),
		...sentAgain,
	},
	{
		title: '429, reset in more than a minute',
		fault: (simulator) => ({ status: 429, headers: reset(simulator, 120) }),
		...refused(limited),
		but: { refresh: [1, 'refused', /^The account has used its 10 refreshes for today$/] },
	},
	{
		title: '429, Retry-After in seconds',
		fault: {
			status: 429,
			headers: { ...noRateLimitHeaders, 'x-ratelimit-remaining': '0', 'retry-after': '0' },
		},
		...turnedAway,
	},
	{
		title: '429, Retry-After as a date',
		fault: (simulator) => ({
			status: 429,
			headers: {
				...noRateLimitHeaders,
				'x-ratelimit-remaining': '0',
				'retry-after': simulator.clock.now().toUTCString(),
			},
		}),
		...turnedAway,
	},
	{
		title: '429, Retry-After of two minutes',
		fault: { status: 429, headers: { ...noRateLimitHeaders, 'retry-after': '120' } },
		...refused(limited),
		but: { refresh: [1, 'refused', /^The account has used its 10 refreshes for today$/] },
	},
	{
		title: '429 without a reset',
		fault: { status: 429, headers: noRateLimitHeaders },
		...refused(limited),
		but: { refresh: [1, 'refused', /^The account has used its 10 refreshes for today$/] },
	},
	{
		title: '429 with a reset that is no date',
		fault: { status: 429, headers: { 'x-ratelimit-reset': '9'.repeat(300) } },
		...refused(limited),
		but: { refresh: [1, 'refused', /^The account has used its 10 refreshes for today$/] },
	},
	{ title: '500', fault: { status: 500, body: { error: 'internal' } }, ...lost(answered(500)) },
	{
		title: '500 once, carried out',
		fault: { status: 500, apply: 'after', times: 1 },
		...recovered(answered(500)),
	},
	{
		title: '502 with HTML',
		fault: {
			status: 502,
			body: '<html><body><h1>502 Bad Gateway</h1></body></html>',
			contentType: 'text/html',
		},
		...lost(answered(502)),
	},
	{ title: '503', fault: { status: 503 }, ...lost(answered(503)) },
	{
		title: '503 once, Retry-After in a second',
		fault: { status: 503, headers: { 'retry-after': '1' }, times: 1 },
		...recovered(answered(503)),
	},
	{
		title: '503, Retry-After of two minutes',
		fault: { status: 503, headers: { 'retry-after': '120' } },
		...uncertainAtOnce(answered(503)),
	},
	{ title: 'a success without a body', fault: brokenSuccess(''), ...needsBody },
	{ title: 'a success with half a body', fault: brokenSuccess('{"id": "5'), ...needsBody },
	{
		title: 'a success with HTML',
		fault: brokenSuccess('<html>Welcome</html>', 'text/html'),
		...uncertainAtOnce(/^The response did not come from SendGrid$/),
	},
	{ title: 'a success with null', fault: brokenSuccess('null'), ...needsBody },
	{ title: 'a success with a list', fault: brokenSuccess('[]'), ...needsBody },
	{
		title: 'a success with fields of the wrong kind',
		fault: brokenSuccess('{"id": 5, "job_id": {}, "results": {"0": {}}}'),
		...needsBody,
	},
	{
		title: 'a list of segments without IDs',
		fault: brokenSuccess('{"results": [{"name": "No ID"}], "id": ""}'),
		...needsBody,
	},
	{
		title: '200 with JSON of the wrong shape',
		fault: { status: 200, body: { ok: true } },
		...uncertainAtOnce(unreadable),
	},
	{
		title: 'a success that is not the documented one',
		fault: { status: 206, body: { id: 'x', results: [], job_id: 'x' } },
		...uncertainAtOnce(unreadable),
	},
	redirect(301),
	redirect(302),
	redirect(303),
	redirect(307),
	redirect(308),
	{ title: '304', fault: { status: 304 }, ...refused(redirected(304)) },
	{ title: '401', fault: { status: 401 }, ...refused(/^SendGrid rejected the API key$/) },
	{
		title: '403',
		fault: { status: 403 },
		...refused(/^The API key has no access to Marketing segments$/),
		but: { refresh: [1, 'refused', /^Manual refresh is not available/] },
	},
	{
		title: '409',
		fault: { status: 409 },
		...refused(/^SendGrid refused the request \(409\)$/),
	},
];
